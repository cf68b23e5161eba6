"""The store's work done in line, without threads: hundreds of thousands of states leave no time
for them, and one order of things is what can be replayed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar, TypeVarTuple, Unpack

from state.disk import Disk, storage_error

T = TypeVar("T")
Args = TypeVarTuple("Args")


class InlineDisk(Disk):
    """`meanwhile`, once set, is awaited within the next sync of a folder, after it took effect:
    what is done then comes too late for it."""

    def __init__(self) -> None:
        super().__init__(threads=1)
        self.meanwhile: Callable[[], Awaitable[None]] | None = None  # taken by `run`

    async def run(self, work: Callable[[Unpack[Args]], T], *args: *Args) -> T:
        try:
            done = work(*args)
        except OSError as error:
            raise storage_error(error) from error
        if self.meanwhile is not None and work.__name__ == "fsync_dir":
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        return done

    async def run_long(self, work: Callable[[Unpack[Args]], T], *args: *Args) -> T:
        return await self.run(work, *args)

    def check_cancelled(self) -> None:
        """Nothing is cancelled here."""
