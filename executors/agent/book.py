"""The book of a task on a desk: pieces are files of the job, money is the desk's to allow.

Made by `executors.agent.run` for each task; see `executors.agent.ports.Book`.
"""

from __future__ import annotations

from collections.abc import Sequence

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

    async def pieces(self) -> Sequence[bytes]:
        pieces, self._pieces = self._pieces, ()
        return pieces

    async def reserve(self, most: Spend, so_far: Spend) -> None:
        await self._context.reserve(most, so_far)

    async def hand_over(self, piece: bytes, so_far: Spend) -> None:
        """What it has cost is told along with it."""
        self._count += 1
        await self._context.artifact(self._task.piece(self._count), piece, so_far)

    async def keep(self, piece: bytes, so_far: Spend) -> None:
        await self.hand_over(piece, so_far)
        await self._context.settle(so_far)

    async def finish(self, piece: bytes, so_far: Spend) -> None:
        """The end of an item is written behind the files that it has handed over."""
        await self.hand_over(piece, so_far)
