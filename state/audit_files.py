"""Appending to the audit logs of desks: `audit.jsonl`, put aside when it is full.

Called by `state.store` and `state.saves` in the store's threads, for a desk by its session alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from msgspec import Struct

from state.atomic import naming, opened, write_all
from state.audit import (
    FORMAT,
    HEAD_MAX_BYTES,
    NAME,
    OLDER,
    AuditLine,
    Head,
    audit_seal,
)
from state.audit_pages import AuditPages
from state.errors import JobFilesMissing
from state.folders import JobFolders
from state.lines import sealed
from state.plain import open_plain, set_aside
from state.views import DeskKey

_SCAN_BYTES = 64 * 1024
# Files that stay open until they are synced, within a second or so: each is one descriptor. Of more
# desks that are at work at once the others are opened for each append.
_HELD_MAX = 256


class _Held(Struct, frozen=True):
    """A file that is kept open between an append and the sync that follows, and its size."""

    handle: int
    size: int


class DeskAudits(AuditPages):
    """Appends to and reads the audit logs of all desks. One caller at a time writes for a desk."""

    def __init__(self, folders: JobFolders, *, max_bytes: int) -> None:
        super().__init__(folders)
        self._max_bytes = max_bytes
        # Desks whose file has a durable name; written by the threads of their own writers.
        self._named: set[DeskKey] = set()
        # Written likewise: the files that were appended to and not synced since.
        self._held: dict[DeskKey, _Held] = {}

    def append(self, desk: DeskKey, lines: Sequence[AuditLine]) -> None:
        """Append them (not synced), all or none."""
        seal = audit_seal(desk)
        data = b"".join([sealed(line, seal) for line in lines])
        # Taken out while it is used: what fails is closed, and looked at anew by the next append.
        held = self._held.pop(desk, None) or self._open(desk)
        try:
            if held.size > HEAD_MAX_BYTES and held.size + len(data) > self._max_bytes:
                held = self._begun_anew(desk, held)
            with naming(NAME):
                size = held.size + self._write(held, data)
            self._folders.sizes.add_audit(desk, len(data))
        except BaseException:
            self._files.close(held.handle)
            raise
        if len(self._held) < _HELD_MAX:
            self._held[desk] = _Held(held.handle, size)
        else:
            self._files.close(held.handle)

    def _write(self, held: _Held, data: bytes) -> int:
        try:
            write_all(self._files, held.handle, data)
        except OSError:
            with suppress(OSError):  # then the next append begins by cutting it
                self._files.truncate(held.handle, held.size)
            raise
        return len(data)

    def _open(self, desk: DeskKey) -> _Held:
        """The file, with a head and without the last line that a crash cut short."""
        with self._folder(desk) as folder:
            handle = self._opened(desk, folder)
            try:
                with naming(NAME):
                    size = self._mended(handle)
                    if size == 0:
                        head = Head(FORMAT, self._end_of_older(desk, folder))
                        size = self._write(_Held(handle, 0), sealed(head, audit_seal(desk)))
                self._folders.sizes.set_audit(desk, self.size_bytes(desk))
            except BaseException:
                self._files.close(handle)
                raise
            return _Held(handle, size)

    def _opened(self, desk: DeskKey, folder: int) -> int:
        try:
            return open_plain(self._files, folder, NAME, append=True)
        except FileNotFoundError:
            pass
        except JobFilesMissing:
            # A desk does not wait for its log: what stands in its place is kept elsewhere.
            aside = self._folders.quarantine
            set_aside(self._files, folder, NAME, aside, f"{desk}.{NAME}")
        self._named.discard(desk)
        return self._files.create(folder, NAME)

    def _mended(self, handle: int) -> int:
        """The size of the file without the last line that a crash cut short, which is cut off."""
        size = self._files.facts_of(handle).size_bytes
        end = size
        while end and self._files.read(handle, 1, end - 1) != b"\n":
            start = max(0, end - _SCAN_BYTES)
            end = start + self._files.read(handle, end - start, start).rfind(b"\n") + 1
        if end < size:
            self._files.truncate(handle, end)
        return end

    def _begun_anew(self, desk: DeskKey, full: _Held) -> _Held:
        """The next file; the full one is synced and put aside."""
        with naming(NAME):
            self._files.fdatasync(full.handle)
        with self._folders.existing_desk(desk) as folder:
            self._files.rename(folder, NAME, folder, OLDER)
        fresh = self._open(desk)
        self._files.close(full.handle)
        return fresh

    def sync(self, desk: DeskKey) -> None:
        """Make what was appended survive a power loss, and let go of the file."""
        held = self._held.pop(desk, None)
        with self._folders.existing_desk(desk) as folder:
            handle = held.handle if held else open_plain(self._files, folder, NAME, append=True)
            with opened(self._files, handle), naming(NAME):
                self._files.fdatasync(handle)
            if desk not in self._named:
                self._files.fsync_dir(folder)
                self._named.add(desk)

    def close(self) -> None:
        """Let go of the files of desks that ended without a sync."""
        while self._held:
            self._files.close(self._held.popitem()[1].handle)

    @contextmanager
    def _folder(self, desk: DeskKey) -> Iterator[int]:
        """The desk's folder. One that is there is not synced anew: that is for those whose files
        must last."""
        with ExitStack() as held:
            try:
                folder = held.enter_context(self._folders.existing_desk(desk))
            except FileNotFoundError:
                folder = held.enter_context(self._folders.desk(desk))
            yield folder
