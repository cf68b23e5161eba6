"""What the memory store keeps of the audit log of one desk."""

from __future__ import annotations

from collections.abc import Sequence

from state.audit import AuditLine, AuditPage
from state.lines import sealed


class MemoryAudit:
    """A log whose lines have offsets, which is cut in two as the files would be. Written by the
    store that owns it."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lines: list[tuple[int, int, AuditLine]] = []  # (begin, end, line)
        self._size = 0
        # Where the older half and the newer one begin, and up to where it would survive.
        self._start = 0
        self._base = 0
        self._synced = 0

    def append(self, lines: Sequence[AuditLine]) -> None:
        """Keep them (not synced)."""
        sized = [(len(sealed(line, 0)), line) for line in lines]
        room = self._max_bytes - sum(size for size, _ in sized)
        if self._size > self._base and self._size - self._base > room:
            self._start, self._base, self._synced = self._base, self._size, self._size
            self._lines = [kept for kept in self._lines if kept[0] >= self._start]
        for size, line in sized:
            self._lines.append((self._size, self._size + size, line))
            self._size += size

    def sync(self) -> None:
        """From here on `lose_unsynced` spares what was appended."""
        self._synced = self._size

    def lose_unsynced(self) -> None:
        """Forget what a crash of the machine would take."""
        self._size = self._synced
        self._lines = [kept for kept in self._lines if kept[1] <= self._synced]

    @property
    def size_bytes(self) -> int:
        return self._size - self._start

    def read(self, after: int, limit_bytes: int) -> AuditPage:
        """Whole lines that begin at `after` or later, as many as `limit_bytes` hold."""
        found: list[AuditLine] = []
        begun = end = max(after, self._start)
        for begin, line_end, line in self._lines:
            if begin < begun:
                continue
            if found and line_end - begun > limit_bytes:
                break
            found.append(line)
            end = line_end
        return AuditPage(tuple(found), min(end, self._size), self._start, self._size)
