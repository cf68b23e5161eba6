"""The live log of one running job: lines for its user, buffered, and quiet about repetitions.

Owned by the runner, which flushes it together with the outcomes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from actors.house import House
from actors.ports import DeskKey
from state.errors import StorageError
from state.model import LogLine

# Of the same message so many lines are kept in each window; the rest is counted.
REPEATS = 20
WINDOW_S = 10.0
# Lines that may wait while the disk does not take them.
BUFFER = 2_000


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
        self._dropped = 0
        self._seen: Counter[tuple[str, str]] = Counter()
        self._window_ends = clock() + WINDOW_S

    def __len__(self) -> int:
        return len(self._lines)

    def say(self, level: str, message: str, index: int | None = None) -> None:
        if self._clock() >= self._window_ends:
            self._next_window()
        self._seen[level, message] += 1
        if self._seen[level, message] <= REPEATS:
            self._put(level, message, index)

    def end(self, level: str, message: str) -> None:
        """The last words, after the count of what was left out."""
        self._next_window()
        self._put(level, message, None)

    async def flush(self) -> None:
        """Append the lines that wait. Raises StorageError; then they still wait."""
        lines, self._lines = self._lines, []
        try:
            await self._store.append_log(self._desk, self._job_id, lines)
        except StorageError:
            self._lines = lines + self._lines
            raise

    def _next_window(self) -> None:
        seen, self._seen = self._seen, Counter()
        self._window_ends = self._clock() + WINDOW_S
        for (level, message), count in seen.items():
            if count > REPEATS:
                self._put(level, f"{message} (and {count - REPEATS} more like this)", None)
        if self._dropped and len(self._lines) < BUFFER:
            dropped, self._dropped = self._dropped, 0
            self._put("warning", f"{dropped} lines were left out", None)

    def _put(self, level: str, message: str, index: int | None) -> None:
        if len(self._lines) >= BUFFER:
            self._dropped += 1
        else:
            self._lines.append(LogLine(self._now(), level, message, index))
