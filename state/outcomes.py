"""The outcome file of one job, open for append: `outcomes.jsonl`, one sealed line an outcome.

Held by that job's runner and by nobody else. What was synced stays; what was appended since is kept
in memory until it is synced, so that after a failed sync (the kernel may have dropped those pages)
the file is written anew instead of being trusted.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from contextlib import suppress

import trio
from msgspec import Struct

from state.artifacts import PARTS
from state.atomic import (
    discard,
    naming,
    read_range,
    remove_tree,
    sweep_temps,
    temp_name,
    write_all,
)
from state.disk import Disk
from state.files import Files
from state.folders import JobFolders
from state.lines import seal_of, sealed
from state.model import OutcomeRecord
from state.plain import open_plain
from state.replay import Replayed, replay_lines
from state.sizes import JobAccount, tree_bytes
from state.views import DeskKey, Replay

NAME = "outcomes.jsonl"
UNSYNCED_MAX_BYTES = 8 * 1024 * 1024


class Place(Struct, frozen=True):
    """Where the file is, the check that writing there is still allowed, and whom to tell at the
    end that nobody writes it any more. `suspects` are the store's files that the medium failed
    under and that were not written anew since; this file's entry is written by its one writer."""

    folders: JobFolders
    desk: DeskKey
    job_id: str
    check_writable: Callable[[], None]
    closed: Callable[[], object]
    suspects: set[tuple[DeskKey, str]]

    @property
    def seal(self) -> int:
        return seal_of(self.desk, self.job_id)

    @property
    def account(self) -> JobAccount:
        return self.folders.account(self.desk, self.job_id)

    @property
    def suspect(self) -> bool:
        """A sync failed: nothing since the last good one is to be trusted, whoever has it open."""
        return (self.desk, self.job_id) in self.suspects

    def trust(self) -> None:
        """The file was written anew, durably."""
        self.suspects.discard((self.desk, self.job_id))

    def doubt(self) -> None:
        """The medium failed under it: what the kernel holds of it may never reach the disk."""
        self.suspects.add((self.desk, self.job_id))

    def sync(self, handle: int) -> None:
        """Sync; where that fails it is never tried again on this file."""
        try:
            with naming(NAME):
                self.folders.files.fdatasync(handle)
        except OSError:
            self.doubt()
            raise


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
        account = self._place.account
        account.claim(len(data))
        try:
            with naming(NAME):
                write_all(self._files, self._handle, data)
        except OSError as error:
            account.release(len(data))
            self._ragged = True
            if error.errno == errno.EIO:
                self._place.doubt()
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
        if self._place.suspect:
            self._write_anew()
        elif self._unsynced:
            self._place.sync(self._handle)
        self._synced_bytes = self._good_bytes
        self._unsynced.clear()

    def _write_anew(self) -> None:
        """A new file of what was synced and what is in memory, in the place of the suspect one."""
        with self._place.folders.job(self._place.desk, self._place.job_id) as folder:
            memory = bytes(self._unsynced)
            self._handle = _replaced(self._files, folder, self._handle, self._synced_bytes, memory)
            self._ragged = False
            self._files.fsync_dir(folder)
        self._place.trust()


def _replaced(files: Files, folder: int, suspect: int, size: int, more: bytes) -> int:
    """The handle of a new, synced file of the first `size` bytes and `more`; the suspect one is
    closed. Its name is not durable yet."""
    temp = temp_name(NAME)
    fresh = files.create(folder, temp)
    try:
        with naming(NAME):
            for piece in read_range(files, suspect, 0, size):
                write_all(files, fresh, piece)
            write_all(files, fresh, more)
            files.fsync(fresh)
        files.rename(folder, temp, folder, NAME)
    except BaseException:
        files.close(fresh)
        with suppress(OSError):  # what cannot be unlinked now is swept when the job is opened next
            discard(files, folder, temp)
        raise
    files.close(suspect)
    return fresh


def _open_repaired(place: Place) -> tuple[int, Replayed]:
    """Open, read through, cut a torn end, and sync: what is counted must survive a power loss."""
    files = place.folders.files
    with place.folders.job(place.desk, place.job_id) as folder:
        sweep_temps(files, folder)
        remove_tree(files, folder, PARTS)  # artifacts that a dead server did not finish
        try:
            handle = open_plain(files, folder, NAME, append=True)
        except FileNotFoundError:
            handle = files.create(folder, NAME)
        try:
            with naming(NAME):
                size = files.facts_of(handle).size_bytes
                found = replay_lines(files, handle, size, place.seal)
            if place.suspect:
                # What was just read may be in the kernel's memory only, which it calls clean.
                handle = _replaced(files, folder, handle, found.end, b"")
                files.fsync_dir(folder)
                place.trust()
            else:
                _repair(place, folder, handle, size, found.end)
            # Whatever wrote here last may have died before it could tell.
            place.folders.sizes.set(place.desk, place.job_id, tree_bytes(files, folder))
        except BaseException:
            files.close(handle)
            raise
        return handle, found


def _repair(place: Place, folder: int, handle: int, size: int, end: int) -> None:
    files = place.folders.files
    if end < size:
        files.truncate(handle, end)
    if size:
        place.sync(handle)
    # Whether it is new, or was made or put in an older one's place by a server that died before it
    # got to this: what is counted, or appended, is of a file whose name is durable.
    files.fsync_dir(folder)
