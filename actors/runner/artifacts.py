"""Files that the items of one running job hand over, on their way to the store.

Owned by the runner, whose receiving task feeds it chunk by chunk. A large artifact is durable when
its last chunk was taken. Small ones wait for each other: the book has them synced before it writes
the outcomes that came after them.
"""

from __future__ import annotations

from collections.abc import Iterable

import trio

from actors.house import House
from actors.ports import ArtifactChunk, ArtifactPack, ArtifactWriter, DeskKey
from state.errors import ArtifactTooLarge, StorageError

# A larger one is a file of its own.
SMALL_MAX_BYTES = 256 * 1024
# Small ones that may wait in memory for the next sync.
WAITING_MAX_BYTES = 4 * 1024 * 1024


class Spoiled(Exception):
    """What the item handed over was not kept. `by_disk`: the item itself is fine and may run
    again."""

    def __init__(self, message: str, *, by_disk: bool) -> None:
        super().__init__(message)
        self.by_disk = by_disk


class Artifacts:
    """Every attribute is written by the runner's receiving task."""

    def __init__(self, desk: DeskKey, job_id: str, house: House) -> None:
        self._desk = desk
        self._job_id = job_id
        self._store = house.store
        self._open: dict[int, dict[str, ArtifactWriter]] = {}
        self._spoiled: dict[int, Spoiled] = {}
        # Opened at the first artifact, or when one is to be expected: most jobs make none. Written
        # under its lock.
        self._pack: ArtifactPack | None = None
        self._opening = trio.Lock()
        # How many pieces were taken, and how many of them are durable (`sync`, of any task); by
        # item, the number of its last.
        self._taken = 0
        self._synced = 0
        self._syncing = trio.Lock()
        self._last: dict[int, int] = {}

    @property
    def waiting(self) -> bool:
        """There is something to sync."""
        return self._pack is not None and not self._pack.clean

    async def sync(self) -> None:
        """Make durable, and show, what was taken before. Raises StorageError; it then waits on."""
        if self._pack is None:
            return
        wanted, is_done = self._taken, False
        try:
            # Where nobody syncs, nobody else has a turn before this begins.
            self._syncing.acquire_nowait()
        except trio.WouldBlock:
            await self._syncing.acquire()
            # Those before have, if they began when it was there.
            is_done = self._synced >= wanted
        try:
            if not is_done:
                taken = self._taken
                await self._pack.sync()
                self._synced = max(self._synced, taken)
        finally:
            self._syncing.release()

    async def prepare(self) -> None:
        """An artifact is to be expected. Raises StorageError, as the first sync would then, too."""
        await (await self._opened()).prepare()

    async def take(self, chunk: ArtifactChunk) -> None:
        """Write one chunk. What goes wrong is kept for the end of its item."""
        if chunk.index in self._spoiled:
            return
        self._last.setdefault(chunk.index, 0)
        try:
            await (self._add if self._is_small(chunk) else self._write)(chunk)
        except (ValueError, ArtifactTooLarge) as error:
            await self._spoil(chunk, Spoiled(str(error), by_disk=False))
        except StorageError as error:
            await self._spoil(chunk, Spoiled(str(error), by_disk=True))
        # Only now does a sync cover it: one that began while this waited for the disk does not.
        self._taken += 1
        self._last[chunk.index] = self._taken

    async def settle(self, index: int) -> Spoiled | None:
        """The item is over: drop what it did not finish, and say whether anything was spoiled."""
        self._last.pop(index, None)
        if index in self._open:
            await self._abort(self._open.pop(index).values())
        return self._spoiled.pop(index, None)

    async def aclose(self) -> None:
        for index in list(self._open):
            await self.settle(index)
        if self._pack is not None:
            await self._pack.aclose()

    def spoiled(self, index: int) -> Spoiled | None:
        """What of the item was not kept, as far as is known before it is over."""
        return self._spoiled.get(index)

    def is_unsynced(self, index: int) -> bool:
        """Whether the item has handed over anything that is not durable yet."""
        return self._last.get(index, 0) > self._synced

    def takes_at_once(self, chunk: ArtifactChunk) -> bool:
        """Without waiting for the disk: a small one for which there is room in memory."""
        return self._pack is not None and self._is_small(chunk) and _has_room(self._pack, chunk)

    def holds(self, index: int) -> bool:
        return index in self._last

    def _is_small(self, chunk: ArtifactChunk) -> bool:
        """It is all of a file that waits in memory for the next sync."""
        begun = chunk.name in self._open.get(chunk.index, ())
        return chunk.last and not begun and len(chunk.data) <= SMALL_MAX_BYTES

    async def _add(self, chunk: ArtifactChunk) -> None:
        pack = await self._opened()
        if not _has_room(pack, chunk):
            await pack.sync()
        pack.add(chunk.name, chunk.data)

    async def _opened(self) -> ArtifactPack:
        if self._pack is None:
            async with self._opening:
                if self._pack is None:
                    self._pack = await self._store.open_artifacts(self._desk, self._job_id)
        return self._pack

    async def _write(self, chunk: ArtifactChunk) -> None:
        writers = self._open.setdefault(chunk.index, {})
        writer = writers.get(chunk.name)
        if writer is None:
            writer = await self._store.create_artifact(self._desk, self._job_id, chunk.name)
            writers[chunk.name] = writer
        await writer.write(chunk.data)
        if chunk.last:
            pack = await self._opened()
            pack.record(await writer.commit())
            del writers[chunk.name]

    async def _spoil(self, chunk: ArtifactChunk, spoiled: Spoiled) -> None:
        self._spoiled[chunk.index] = spoiled
        await self._abort(self._open.pop(chunk.index, {}).values())

    @staticmethod
    async def _abort(writers: Iterable[ArtifactWriter]) -> None:
        for writer in writers:
            await writer.abort()


def _has_room(pack: ArtifactPack, chunk: ArtifactChunk) -> bool:
    return pack.buffered_bytes + len(chunk.data) <= WAITING_MAX_BYTES
