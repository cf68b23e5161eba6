"""How fast a running job goes: items a second over the last seconds, and when it will be done.

Pure; owned by the runner, which tells it the time.
"""

from __future__ import annotations

from collections import deque

WINDOW_S = 5.0


class Pulse:
    """Remembers how many items were done, of how many, at a few recent times."""

    def __init__(self, now: float, done: int, total: int) -> None:
        # All three are written by `beat`. When the job will be done, in seconds: None while nothing
        # gets done, or as much is found as gets done.
        self._beats: deque[tuple[float, int, int]] = deque([(now, done, total)])
        self.rate_per_s = 0.0
        self.eta_s: float | None = None

    def beat(self, now: float, done: int, total: int) -> None:
        """Note that `done` items of `total` are over; the oldest kept beat is the one a window
        ago."""
        self._beats.append((now, done, total))
        while len(self._beats) > 2 and self._beats[1][0] <= now - WINDOW_S:
            self._beats.popleft()
        since, before, total_before = self._beats[0]
        passed_s = now - since
        self.rate_per_s = (done - before) / passed_s if passed_s > 0 else 0.0
        # By how much less there is to do: of a job that grows that is less than gets done.
        shrunk = (done - before) - (total - total_before)
        self.eta_s = (total - done) * passed_s / shrunk if passed_s > 0 and shrunk > 0 else None
