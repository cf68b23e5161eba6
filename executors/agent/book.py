"""The book of a task on a desk: pieces are files of the job, money is the desk's to allow.

Made by `executors.agent.run` for each task; see `executors.agent.ports.Book`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from actors.ports import ItemContext
from executors.agent.items import AgentItem
from state.spending import Spend


class DeskBook:
    """Written by the one task that works on the item."""

    def __init__(self, task: AgentItem, context: ItemContext, pieces: Sequence[bytes]) -> None:
        """`pieces` are those that came along with the item."""
        self._task = task
        self._context = context
        # Until they are asked for, which is done once: they may be many megabytes.
        self._pieces = pieces
        self._count = len(pieces)
        # What it has cost, where nobody has been told yet. Written by `reserve`, `hand_over` and
        # `keep`.
        self._untold: Spend | None = None

    @asynccontextmanager
    async def settled(self) -> AsyncIterator[None]:
        """A task says as it ends what it has cost. One that the disk ends has no words of its own:
        its last call is paid all the same."""
        failure: OSError | None = None
        try:
            yield
        except OSError as error:
            failure = error
        if failure is not None:
            if self._untold is not None:
                await self._context.settle(self._untold)
            raise failure

    async def pieces(self) -> Sequence[bytes]:
        pieces, self._pieces = self._pieces, ()
        return pieces

    async def reserve(self, most: Spend, so_far: Spend) -> None:
        self._untold = None
        await self._context.reserve(most, so_far)

    async def hand_over(self, piece: bytes, so_far: Spend) -> None:
        """What it has cost is told with the next `reserve`."""
        self._count += 1
        self._untold = so_far
        await self._context.artifact(self._task.piece(self._count), piece)

    async def keep(self, piece: bytes, so_far: Spend) -> None:
        await self.hand_over(piece, so_far)
        self._untold = None
        await self._context.settle(so_far)

    async def finish(self, piece: bytes, so_far: Spend) -> None:
        """The end of an item is written behind the files that it has handed over, and says what it
        has cost."""
        await self.hand_over(piece, so_far)
