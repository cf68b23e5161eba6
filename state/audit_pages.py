"""Reading the audit logs of desks by offset, over both files of each.

Called in the store's threads.
"""

from __future__ import annotations

from contextlib import ExitStack

from msgspec import Struct

from state.audit import (
    HEAD_MAX_BYTES,
    LINE_MAX_BYTES,
    NAME,
    OLDER,
    AuditLine,
    AuditPage,
    audit_seal,
    head_in,
    line_in,
)
from state.errors import JobFilesMissing
from state.files import Files
from state.folders import JobFolders
from state.plain import NOT_A_FILE, open_plain
from state.views import DeskKey


class _Generation(Struct, frozen=True):
    handle: int
    base: int
    size: int

    @property
    def end(self) -> int:
        return self.base + self.size


class AuditPages:
    """Changes nothing. `state.audit_files.DeskAudits` adds the write side."""

    def __init__(self, folders: JobFolders) -> None:
        self._folders = folders
        self._files: Files = folders.files

    def read(self, desk: DeskKey, after: int, limit_bytes: int) -> AuditPage:
        """Whole lines from `after` on (from the next line, where it is within one)."""
        with ExitStack() as held:
            kept = self._generations(desk, held)
            if not kept:
                return AuditPage((), 0, 0, 0)
            start, size = kept[0].base, kept[-1].end
            position = max(after, start)
            found = next((one for one in kept if position < one.end), None)
            if found is None:
                return AuditPage((), size, start, size)
            # Between two files nothing is missing, but where the older one was lost.
            position = max(position, found.base)
            lines, bad, following = self._page(desk, found, position, limit_bytes)
            return AuditPage(lines, following, start, size, bad)

    def size_bytes(self, desk: DeskKey) -> int:
        """What both files take up."""
        with ExitStack() as held:
            return sum(one.size for one in self._generations(desk, held))

    def _generations(self, desk: DeskKey, held: ExitStack) -> list[_Generation]:
        """The open files, the older one first."""
        try:
            folder = held.enter_context(self._folders.existing_desk(desk))
        except FileNotFoundError:
            return []
        except OSError as error:
            if error.errno in NOT_A_FILE:
                return []  # something else is in its place: its jobs tell their user
            raise
        # The newest first: one that is put aside in between is then seen twice, and not missed.
        newest = self._generation(desk, folder, NAME, held)
        older = self._generation(desk, folder, OLDER, held)
        if newest is None:
            return [] if older is None else [older]
        if older is None or older.base >= newest.base:
            return [newest]
        return [older, newest]

    def _generation(
        self, desk: DeskKey, folder: int, name: str, held: ExitStack
    ) -> _Generation | None:
        try:
            handle = open_plain(self._files, folder, name)
        except (FileNotFoundError, JobFilesMissing):
            return None
        held.callback(self._files.close, handle)
        size = self._files.facts_of(handle).size_bytes
        data = self._files.read(handle, HEAD_MAX_BYTES, 0).partition(b"\n")[0]
        head = head_in(data, audit_seal(desk))
        if head is None:
            # Its place is lost with its head. It is after all that is older.
            base = self._end_of_older(desk, folder) if name == NAME else 0
            return _Generation(handle, base, size)
        return _Generation(handle, head.base, size)

    def _end_of_older(self, desk: DeskKey, folder: int) -> int:
        with ExitStack() as held:
            older = self._generation(desk, folder, OLDER, held)
            return 0 if older is None else older.end

    def _page(
        self, desk: DeskKey, found: _Generation, position: int, limit_bytes: int
    ) -> tuple[tuple[AuditLine, ...], int, int]:
        """(the lines, how many were bad, where to go on)."""
        offset = position - found.base
        # One byte before tells whether a line begins there.
        start = max(0, offset - 1)
        data = self._files.read(found.handle, max(limit_bytes, LINE_MAX_BYTES), start)
        begin = 0 if offset == 0 else data.find(b"\n") + 1
        end = data.rfind(b"\n") + 1
        if end == 0 and start + len(data) < found.size:
            # More than a line, and no end: nobody wrote that.
            return (), 1, found.base + start + len(data)
        if end <= begin:  # the rest of a line, or one that is being written
            return (), 0, max(position, found.base + start + end)
        seal = audit_seal(desk)
        parts = data[begin : end - 1].split(b"\n")
        if start + begin == 0 and head_in(parts[0], seal) is not None:
            del parts[0]
        lines = [line_in(part, seal) for part in parts]
        good = tuple(line for line in lines if line is not None)
        return good, len(lines) - len(good), found.base + start + end
