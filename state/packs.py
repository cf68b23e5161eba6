"""Small artifacts of a job, many to a file: appended, synced, and only then named in the index.

A pack is written by one `Packs` from its first byte to its last: who opens the job next begins
another, and so does this one after a write or a sync that failed, since what the kernel holds of
such a file is not to be trusted. Held by that job's runner and by nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from zlib import crc32

import trio
from msgspec import Struct

from state.artifacts import safe_parts
from state.atomic import discard, naming, opened, write_all
from state.disk import Disk
from state.errors import ArtifactTooLarge, JobFilesMissing
from state.files import Files
from state.pack_index import Found, Named, PackLine, encoded, pack_name, pack_number, replayed
from state.plain import open_plain
from state.sealed_file import Place, SealedFile
from state.views import Artifact


class PackPlace(Struct, frozen=True):
    """Where the index is, and what a line in it needs: the wall clock, and how large an artifact
    may become."""

    index: Place
    now: Callable[[], float]
    limit_bytes: int

    @property
    def files(self) -> Files:
        return self.index.folders.files


class _Small(Struct, frozen=True, gc=False):
    name: str
    data: bytes


class _Pack(Struct):
    """The file that is appended to. Written by the thread of the one call under way."""

    number: int
    handle: int
    end: int = 0  # what is synced ends here


class Packs:
    """The `ArtifactPack` port. One `sync` at a time; each does its work in one thread."""

    def __init__(
        self,
        disk: Disk,
        place: PackPlace,
        index: SealedFile | None,
        last_number: int,
        named: Named,
    ) -> None:
        self._disk = disk
        self._place = place
        self._lock = trio.Lock()
        # Added and not yet taken by a sync. Written by `add`, `record` and `sync`, in the loop.
        self._waiting: list[_Small | PackLine] = []
        self._waiting_bytes = 0
        self._batch_bytes = 0
        self._closed = False
        # All below is written under the lock: by `sync`, and by its thread.
        self._batch: list[_Small | PackLine] = []
        self._lines = b""  # of what is in a synced pack, on their way into the index
        self._index = index
        self._pack: _Pack | None = None
        self._last_number = last_number
        self._named = named

    @classmethod
    async def opened(cls, disk: Disk, place: PackPlace) -> Packs:
        """Open the index, repaired where there is one. Raises JobFilesMissing, StorageError."""
        return cls(disk, place, *await disk.run_long(_open_repaired, place))

    @property
    def buffered_bytes(self) -> int:
        """What was added and is not on disk yet."""
        return self._waiting_bytes + self._batch_bytes

    @property
    def clean(self) -> bool:
        """Everything that was added is synced."""
        index = self._index
        synced = index is None or index.synced_bytes == index.good_bytes
        return synced and not (self._waiting or self._batch or self._lines)

    @property
    def synced_bytes(self) -> int | None:
        """The index is durable to here; readers look no further. None where there is none yet."""
        return None if self._index is None else self._index.synced_bytes

    def may_have(self, name: str) -> bool:
        """Whether the index may hold such a line, durable or not."""
        return name in self._named

    def add(self, name: str, data: bytes) -> None:
        """Take a small artifact along with the next sync. Raises ValueError, ArtifactTooLarge."""
        safe_parts(name)
        if len(data) > self._place.limit_bytes:
            raise ArtifactTooLarge(f"{name} is larger than {self._place.limit_bytes} bytes")
        self._waiting.append(_Small(name, data))
        self._waiting_bytes += len(data)

    def record(self, made: Artifact) -> None:
        """Let one that was committed as a file of its own be the newest of its name, from the next
        sync on."""
        if made.crc32 is None:
            raise ValueError(f"the checksum of {made.name} is not known")
        self._waiting.append(PackLine(made.name, made.size_bytes, made.modified_at, made.crc32))

    async def prepare(self) -> None:
        """Have the files there before there is anything to write. Raises StorageError."""
        async with self._lock:
            await self._disk.run(self._prepare)

    async def sync(self) -> None:
        """Return once all that was added before survives a power loss. Raises StorageError; then
        the next call tries it again."""
        try:
            # Where nobody syncs, nobody else has a turn before this begins.
            self._lock.acquire_nowait()
        except trio.WouldBlock:
            await self._lock.acquire()
        try:
            await self._sync_waiting()
        finally:
            self._lock.release()

    async def _sync_waiting(self) -> None:
        self._batch += self._waiting
        self._batch_bytes += self._waiting_bytes
        self._waiting, self._waiting_bytes = [], 0
        if self.clean:
            return
        try:
            await self._disk.run(self._sync)
        finally:
            if not self._batch:
                self._batch_bytes = 0

    async def aclose(self) -> None:
        """Close the files; nothing waits, so that it also works while being cancelled. A second
        call does nothing. What was not synced is forgotten."""
        if self._closed:
            return
        self._closed = True
        self._place.index.closed()
        if self._pack is not None:
            self._place.files.close(self._pack.handle)
        if self._index is not None:
            self._index.close()

    def _sync(self) -> None:
        if self._batch:
            self._place.index.check_writable()
            self._lines += self._packed(self._batch)
            self._batch = []
        index = self._index = self._index or self._new_index()
        if self._lines:
            index.append(self._lines)
            self._lines = b""
        index.sync()

    def _prepare(self) -> None:
        self._place.index.check_writable()
        self._pack = self._pack or self._begun()
        self._index = self._index or self._new_index()

    def _new_index(self) -> SealedFile:
        place = self._place.index
        with place.folders.job(place.desk, place.job_id) as folder:
            return SealedFile.opened(place, folder, partial(replayed, place.seal))[0]

    def _packed(self, batch: Sequence[_Small | PackLine]) -> bytes:
        """The index's lines of the batch, when the bytes of the small ones are durable."""
        small = [made.data for made in batch if isinstance(made, _Small)]
        number, offset = self._append(b"".join(small)) if small else (0, 0)
        at, seal = self._place.now(), self._place.index.seal
        lines = []
        for made in batch:
            if isinstance(made, _Small):
                size = len(made.data)
                line = PackLine(made.name, size, at, crc32(made.data), number, offset)
                offset += size
            else:
                line = made
            self._named.add(line.name)
            lines.append(encoded(line, seal))
        return b"".join(lines)

    def _append(self, data: bytes) -> tuple[int, int]:
        """(the pack, the offset in it) where the data is now, durably."""
        place, files = self._place.index, self._place.files
        place.account.claim(len(data))
        try:
            pack = self._pack = self._pack or self._begun()
            with naming(pack_name(pack.number)):
                write_all(files, pack.handle, data)
                files.fdatasync(pack.handle)
        except OSError:
            place.account.release(len(data))
            self._give_up()
            raise
        offset = pack.end
        pack.end += len(data)
        return pack.number, offset

    def _begun(self) -> _Pack:
        place, files = self._place.index, self._place.files
        number = self._last_number + 1
        with place.folders.job(place.desk, place.job_id) as folder:
            handle = files.create(folder, pack_name(number))
            self._last_number = number
            try:
                files.fsync_dir(folder)
            except BaseException:
                files.close(handle)
                with suppress(OSError):  # it is empty, and goes with the job
                    discard(files, folder, pack_name(number))
                raise
        return _Pack(number, handle)

    def _give_up(self) -> None:
        """Never write to this pack again. What is beyond its good end belongs to nothing: it is cut
        off where the disk allows, and else when the job is opened next."""
        pack, self._pack = self._pack, None
        if pack is None:
            return
        place, files = self._place.index, self._place.files
        try:
            with suppress(OSError, JobFilesMissing):
                if pack.end:
                    files.truncate(pack.handle, pack.end)
                else:
                    with place.folders.job(place.desk, place.job_id) as folder:
                        discard(files, folder, pack_name(pack.number))
        finally:
            files.close(pack.handle)


def _open_repaired(place: PackPlace) -> tuple[SealedFile | None, int, Named]:
    """The index, if there is one, the number of the last pack, and what the index may hold."""
    files, index = place.files, place.index
    with index.folders.job(index.desk, index.job_id) as folder:
        names = files.list(folder)
        packs = [number for name in names if (number := pack_number(name)) is not None]
        last = max(packs, default=0)
        if index.name not in names:
            return None, last, Named()
        file, found = SealedFile.opened(index, folder, partial(replayed, index.seal))
        try:
            if not found.bad_lines:
                for number in packs:
                    cut_unnamed(place, folder, number, found)
        except BaseException:
            file.close()
            raise
        return file, max(last, *found.ends, 0), found.named


def cut_unnamed(place: PackPlace, folder: int, number: int, found: Found) -> None:
    """Cut off the bytes of a pack that no line of the index names behind them: a server died before
    it wrote that, or what it named was removed. One with nothing in it goes, too."""
    files, name = place.files, pack_name(number)
    facts, end = files.facts(folder, name), found.ends.get(number, 0)
    if not facts.regular or (end and facts.size_bytes <= end):
        return
    if end:
        with opened(files, open_plain(files, folder, name, append=True)) as handle:
            files.truncate(handle, end)
    else:
        discard(files, folder, name)
    place.index.account.release(facts.size_bytes - end)
