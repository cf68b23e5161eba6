"""A file of sealed lines, open for append: what was synced stays, whatever the disk does after it.

What was appended since the last sync is kept in memory, so that after a failed sync (the kernel may
have dropped those pages) the file is written anew instead of being trusted. Used by
`state.outcomes`, `state.growing` and `state.packs`, in the store's threads, one call at a time.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from msgspec import Struct

from state.atomic import discard, naming, read_range, temp_name, write_all
from state.files import Files
from state.folders import JobFolders
from state.lines import seal_of
from state.plain import open_plain
from state.sizes import JobAccount
from state.views import DeskKey

UNSYNCED_MAX_BYTES = 8 * 1024 * 1024

# A file of a job: desk, job, name.
Suspect = tuple[DeskKey, str, str]
T = TypeVar("T")
# Reads the first so many bytes of a handle: what there is, and where the file should end.
Scan = Callable[[Files, int, int], tuple[T, int]]


class Place(Struct, frozen=True):
    """Where the file is, the check that writing there is still allowed, and whom to tell at the
    end that nobody writes it any more. `suspects` are the store's files that the medium failed
    under and that were not written anew since; this file's entry is written by its one writer."""

    folders: JobFolders
    desk: DeskKey
    job_id: str
    name: str
    check_writable: Callable[[], None]
    closed: Callable[[], object]
    suspects: set[Suspect]

    @property
    def seal(self) -> int:
        return seal_of(self.desk, self.job_id)

    @property
    def account(self) -> JobAccount:
        return self.folders.account(self.desk, self.job_id)

    @property
    def suspect(self) -> bool:
        """A sync failed: nothing since the last good one is to be trusted, whoever has it open."""
        return (self.desk, self.job_id, self.name) in self.suspects

    def trust(self) -> None:
        """The file was written anew, durably."""
        self.suspects.discard((self.desk, self.job_id, self.name))

    def doubt(self) -> None:
        """The medium failed under it: what the kernel holds of it may never reach the disk."""
        self.suspects.add((self.desk, self.job_id, self.name))

    def sync(self, handle: int) -> None:
        """Sync; where that fails it is never tried again on this file."""
        try:
            with naming(self.name):
                self.folders.files.fdatasync(handle)
        except OSError:
            self.doubt()
            raise


class SealedFile:
    """All attributes are written by the thread of the one call under way."""

    def __init__(self, place: Place, handle: int, end: int) -> None:
        self._place = place
        self._files = place.folders.files
        self._handle = handle
        self._good_bytes = end
        self._synced_bytes = end
        self._unsynced = bytearray()
        self._ragged = False  # a failed append could not be cut off again

    @classmethod
    def opened(cls, place: Place, folder: int, scan: Scan[T]) -> tuple[SealedFile, T]:
        """Open it in its job's folder, made where it is missing; read it through, cut a torn end,
        and sync: what is counted must survive a power loss."""
        files = place.folders.files
        try:
            handle = open_plain(files, folder, place.name, append=True)
        except FileNotFoundError:
            handle = files.create(folder, place.name)
        try:
            with naming(place.name):
                size = files.facts_of(handle).size_bytes
                found, end = scan(files, handle, size)
            if place.suspect:
                # What was just read may be in the kernel's memory only, which it calls clean.
                handle = _replaced(place, folder, handle, end, b"")
                files.fsync_dir(folder)
                place.trust()
            else:
                _repair(place, folder, handle, size, end)
        except BaseException:
            files.close(handle)
            raise
        return cls(place, handle, end), found

    @property
    def handle(self) -> int:
        """To read from, between two calls: a sync may put a new file in its place."""
        return self._handle

    @property
    def good_bytes(self) -> int:
        """Whole lines reach to here; readers look no further."""
        return self._good_bytes

    @property
    def synced_bytes(self) -> int:
        """Lines that survive a power loss reach to here."""
        return self._synced_bytes

    def append(self, data: bytes) -> None:
        """Write whole lines (not synced). On an error none of them counts."""
        self._place.check_writable()
        if self._ragged:
            self._cut_back()
        if len(self._unsynced) > UNSYNCED_MAX_BYTES:
            self.sync()
        account = self._place.account
        account.claim(len(data))
        try:
            with naming(self._place.name):
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

    def sync(self) -> None:
        """Return once every appended line survives a power loss."""
        if self._place.suspect:
            self._write_anew()
        elif self._unsynced:
            self._place.sync(self._handle)
        self._synced_bytes = self._good_bytes
        self._unsynced.clear()

    def close(self) -> None:
        """Once: the descriptor may be somebody else's afterwards."""
        self._files.close(self._handle)

    def _cut_back(self) -> None:
        """Remove what a failed append left of its lines; until that worked nothing is appended."""
        self._files.truncate(self._handle, self._good_bytes)
        self._ragged = False

    def _write_anew(self) -> None:
        """A new file of what was synced and what is in memory, in the place of the suspect one."""
        place = self._place
        with place.folders.job(place.desk, place.job_id) as folder:
            memory = bytes(self._unsynced)
            self._handle = _replaced(place, folder, self._handle, self._synced_bytes, memory)
            self._ragged = False
            self._files.fsync_dir(folder)
        place.trust()


def _replaced(place: Place, folder: int, suspect: int, size: int, more: bytes) -> int:
    """The handle of a new, synced file of the first `size` bytes and `more`; the suspect one is
    closed. Its name is not durable yet."""
    files, name = place.folders.files, place.name
    temp = temp_name(name)
    fresh = files.create(folder, temp)
    try:
        with naming(name):
            for piece in read_range(files, suspect, 0, size):
                write_all(files, fresh, piece)
            write_all(files, fresh, more)
            files.fsync(fresh)
        files.rename(folder, temp, folder, name)
    except BaseException:
        files.close(fresh)
        with suppress(OSError):  # what cannot be unlinked now is swept when the job is opened next
            discard(files, folder, temp)
        raise
    files.close(suspect)
    return fresh


def _repair(place: Place, folder: int, handle: int, size: int, end: int) -> None:
    files = place.folders.files
    if end < size:
        files.truncate(handle, end)
    if size:
        place.sync(handle)
    # Whether it is new, or was made or put in an older one's place by a server that died before it
    # got to this: what is counted, or appended, is of a file whose name is durable.
    files.fsync_dir(folder)
