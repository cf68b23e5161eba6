"""What was refused or read, on its way to a desk's audit log. Bounded, and quiet about floods.

Written by whoever has something to note, at once and without waiting; taken by the session. What is
carried out does not come this way: its lines go with the save that makes it true.
"""

from __future__ import annotations

from collections.abc import Callable

import trio
from msgspec import Struct
from msgspec.structs import replace

from state.audit import AuditLine

# Of lines that differ in nothing but time, job and revision so many are kept in each window; the
# rest is counted, and told in one line at its end.
REPEATS = 10
WINDOW_S = 60.0
# Kinds of lines that are told apart in a window: who asks under ever new names cannot fill memory.
KINDS = 256

NEVER = float("inf")

_Kind = tuple[str, str, str, str]


class _Seen(Struct):
    """How often a kind was noted, and the last line of it."""

    count: int
    last: AuditLine


class Notes:
    """Lines that wait. `wake` is called when the first of them does."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        # All are written by `add` and `take`, which never wait. In the loop's time: since when
        # lines wait, and when the window ends.
        self._lines: list[AuditLine] = []
        self._seen: dict[_Kind, _Seen] = {}
        self.since: float | None = None
        self._window_ends = NEVER
        self._suppressed = False

    @property
    def due(self) -> float:
        """When lines that were only counted are to be told."""
        return self._window_ends if self._suppressed else NEVER

    def add(self, line: AuditLine) -> None:
        """Take a line in, or count it."""
        now = trio.current_time()
        if now >= self._window_ends:
            self._end_window()
        if not self._seen:
            self._window_ends = now + WINDOW_S
        kind = (line.who, line.what, line.outcome, line.origin)
        if kind not in self._seen and len(self._seen) >= KINDS:
            kind = ("", "", "", "")
        seen = self._seen.setdefault(kind, _Seen(0, line))
        seen.count += 1
        seen.last = line
        if seen.count > REPEATS:
            first, self._suppressed = not self._suppressed, True
        else:
            first = not self._lines
            self._lines.append(line)
            self.since = now if self.since is None else self.since
        if first:
            self._wake()

    def take(self, *, closing: bool = False) -> list[AuditLine]:
        """All lines that wait; at the end of a window, or when `closing`, also the counts."""
        if closing or trio.current_time() >= self._window_ends:
            self._end_window()
        lines, self._lines, self.since = self._lines, [], None
        return lines

    def _end_window(self) -> None:
        for seen in self._seen.values():
            if seen.count > REPEATS:
                self._lines.append(replace(seen.last, job=None, more=seen.count - REPEATS))
        self._seen = {}
        self._suppressed = False
        self._window_ends = NEVER
