"""The live log of one running job: lines for its user, buffered, and quiet about repetitions.

Owned by the runner, which flushes it together with the outcomes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from msgspec import UNSET, UnsetType

from actors.house import House
from actors.ports import DeskKey
from state.errors import StorageError
from state.job_events import JobEvent
from state.model import LogLine

# Of the same message so many lines are kept in each window; the rest is counted.
REPEATS = 20
WINDOW_S = 10.0
# So many different messages are known in a window: who says more than that repeats little.
KNOWN = 4_000
# What may wait while the disk does not take it: ten seconds of 2,000 usual lines each, or more.
# What is said beyond that is left out, and counted.
BUFFER_BYTES = 4 * 1024 * 1024
# What a line costs besides its message.
LINE_BYTES = 100


class JobLog:
    """Every attribute is written by the owning runner's tasks, between awaits."""

    def __init__(
        self, desk: DeskKey, job_id: str, house: House, clock: Callable[[], float]
    ) -> None:
        self._desk = desk
        self._job_id = job_id
        self._store = house.store
        self._now = house.now
        self._clock = clock
        self._lines: list[LogLine] = []
        self._waiting_bytes = 0
        self._dropped = 0
        self._seen: Counter[tuple[str, str]] = Counter()
        self._window_ends = clock() + WINDOW_S
        # Up to where the file can be read; 0 before this run has written of it.
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._lines)

    def say(
        self,
        level: str,
        message: str,
        index: int | None = None,
        event: JobEvent | UnsetType = UNSET,
    ) -> None:
        if self._clock() >= self._window_ends:
            self._next_window()
        if not self._repeats(level, message):
            self._put(LogLine(self._now(), level, message, index, event))

    def end(self, level: str, message: str, event: JobEvent) -> None:
        """The last words, after the count of what was left out."""
        self._next_window()
        self._put(LogLine(self._now(), level, message, event=event))

    async def flush(self) -> None:
        """Append the lines that wait. Raises StorageError; then they still wait."""
        lines, self._lines = self._lines, []
        try:
            self.size_bytes = await self._store.append_log(self._desk, self._job_id, lines)
        except StorageError:
            self._lines = lines + self._lines
            raise
        self._waiting_bytes -= sum(map(_weight, lines))

    def _repeats(self, level: str, message: str) -> bool:
        """Whether it was said often enough."""
        said = (level, message)
        if len(self._seen) >= KNOWN and said not in self._seen:
            return False
        self._seen[said] += 1
        return self._seen[said] > REPEATS

    def _next_window(self) -> None:
        seen, self._seen = self._seen, Counter()
        self._window_ends = self._clock() + WINDOW_S
        for (level, message), count in seen.items():
            if count > REPEATS:
                more = f"{message} (and {count - REPEATS} more like this)"
                self._put(LogLine(self._now(), level, more))
        left_out = f"{self._dropped} lines were left out: the disk was behind"
        if self._dropped and self._took(LogLine(self._now(), "warning", left_out)):
            self._dropped = 0

    def _put(self, line: LogLine) -> None:
        if not self._took(line):
            self._dropped += 1

    def _took(self, line: LogLine) -> bool:
        """Whether there was room for it."""
        waiting_bytes = self._waiting_bytes + _weight(line)
        if waiting_bytes > BUFFER_BYTES:
            return False
        self._waiting_bytes = waiting_bytes
        self._lines.append(line)
        return True


def _weight(line: LogLine) -> int:
    return LINE_BYTES + len(line.message)
