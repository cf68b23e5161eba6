"""The outcome file of one job, open for append: `outcomes.jsonl`, one sealed line an outcome.

Held by that job's runner and by nobody else. What was synced stays; what was appended since is kept
in memory until it is synced, so that after a failed sync (the kernel may have dropped those pages)
the file is written anew instead of being trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import trio
from msgspec import Struct

from state.artifacts import PARTS
from state.atomic import discard, read_range, remove_tree, sweep_temps, temp_name, write_all
from state.disk import Disk
from state.files import Files
from state.folders import JobFolders
from state.lines import seal_of, sealed
from state.model import OutcomeRecord
from state.replay import Replayed, replay_lines
from state.views import DeskKey, Replay

NAME = "outcomes.jsonl"
UNSYNCED_MAX_BYTES = 8 * 1024 * 1024


class Place(Struct, frozen=True):
    """Where the file is, the check that writing there is still allowed, and whom to tell at the
    end that nobody writes it any more."""

    folders: JobFolders
    desk: DeskKey
    job_id: str
    check_writable: Callable[[], None]
    closed: Callable[[], object]

    @property
    def seal(self) -> int:
        return seal_of(self.desk, self.job_id)


class OutcomeFile:
    """The `OutcomeLog` port. Calls are taken one at a time; each does its work in a thread."""

    def __init__(self, disk: Disk, place: Place, handle: int, found: Replayed) -> None:
        self._disk = disk
        self._place = place
        self._files = place.folders.files
        self._seal = place.seal
        self._replay = found.replay
        self._lock = trio.Lock()
        # All below is written by the thread of the one call under way.
        self._handle = handle
        self._good_bytes = found.end
        self._synced_bytes = found.end
        self._unsynced = bytearray()
        self._ragged = False  # a failed append could not be cut off again
        self._suspect = False  # a sync failed: nothing since the last good one is to be trusted
        self._closed = False  # written by aclose

    @classmethod
    async def opened(cls, disk: Disk, place: Place) -> OutcomeFile:
        """Open it for append, made where it is missing, repaired and synced."""
        handle, found = await disk.run_long(_open_repaired, place)
        return cls(disk, place, handle, found)

    @property
    def replay(self) -> Replay:
        """What the file held when it was opened."""
        return self._replay

    @property
    def good_bytes(self) -> int:
        """Whole lines reach to here; readers look no further."""
        return self._good_bytes

    async def append(self, records: Sequence[OutcomeRecord]) -> None:
        """Write the lines (not synced). Raises StorageError; then none of them counts."""
        async with self._lock:
            await self._disk.run(self._append, records)

    async def sync(self) -> None:
        """Return once every appended line survives a power loss. Raises StorageError."""
        async with self._lock:
            await self._disk.run(self._sync)

    async def aclose(self) -> None:
        """Close the file; nothing waits, so that it also works while being cancelled. A second
        call does nothing: the descriptor may be somebody else's by then."""
        if not self._closed:
            self._closed = True
            self._place.closed()
            self._files.close(self._handle)

    def _append(self, records: Sequence[OutcomeRecord]) -> None:
        self._place.check_writable()
        if self._ragged:
            self._cut_back()
        if len(self._unsynced) > UNSYNCED_MAX_BYTES:
            self._sync()
        data = b"".join([sealed(record, self._seal) for record in records])
        try:
            write_all(self._files, self._handle, data)
        except OSError:
            self._ragged = True
            with suppress(OSError):  # then the next append begins with it
                self._cut_back()
            raise
        self._unsynced += data
        self._good_bytes += len(data)

    def _cut_back(self) -> None:
        """Remove what a failed append left of its lines; until that worked nothing is appended."""
        self._files.truncate(self._handle, self._good_bytes)
        self._ragged = False

    def _sync(self) -> None:
        if self._suspect:
            self._write_anew()
        elif self._unsynced:
            try:
                self._files.fdatasync(self._handle)
            except OSError:
                self._suspect = True
                raise
        self._synced_bytes = self._good_bytes
        self._unsynced.clear()

    def _write_anew(self) -> None:
        """A new file of what was synced and what is in memory, in the place of the suspect one."""
        files = self._files
        with self._place.folders.job(self._place.desk, self._place.job_id) as folder:
            temp = temp_name(NAME)
            fresh = files.create(folder, temp)
            try:
                for piece in read_range(files, self._handle, 0, self._synced_bytes):
                    write_all(files, fresh, piece)
                write_all(files, fresh, bytes(self._unsynced))
                files.fsync(fresh)
                files.rename(folder, temp, folder, NAME)
            except BaseException:
                files.close(fresh)
                discard(files, folder, temp)
                raise
            suspect, self._handle = self._handle, fresh
            self._ragged = False
            files.close(suspect)
            files.fsync_dir(folder)
        self._suspect = False


def _open_repaired(place: Place) -> tuple[int, Replayed]:
    """Open, read through, cut a torn end, and sync: what is counted must survive a power loss."""
    files = place.folders.files
    with place.folders.job(place.desk, place.job_id) as folder:
        sweep_temps(files, folder)
        remove_tree(files, folder, PARTS)  # artifacts that a dead server did not finish
        try:
            handle = files.open_append(folder, NAME)
        except FileNotFoundError:
            handle = files.create(folder, NAME)
        try:
            return handle, _repaired(files, folder, handle, place.seal)
        except BaseException:
            files.close(handle)
            raise


def _repaired(files: Files, folder: int, handle: int, seal: int) -> Replayed:
    size = files.facts_of(handle).size_bytes
    found = replay_lines(files, handle, size, seal)
    if found.end < size:
        files.truncate(handle, found.end)
    if size:
        files.fdatasync(handle)
    else:
        # New, or made by somebody who did not get to this: nothing is appended before its name is
        # durable.
        files.fsync_dir(folder)
    return found
