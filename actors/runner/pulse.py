"""How fast a running job goes: items a second over the last seconds, and when it will be done.

Pure; owned by the runner, which tells it the time.
"""

from __future__ import annotations

from collections import deque

WINDOW_S = 5.0


class Pulse:
    """Remembers how many items were done at a few recent times."""

    def __init__(self, now: float, done: int) -> None:
        # Written by `beat`.
        self._beats: deque[tuple[float, int]] = deque([(now, done)])
        self.rate_per_s = 0.0

    def beat(self, now: float, done: int) -> None:
        """Note that `done` items are over; the oldest kept beat is the one a window ago."""
        self._beats.append((now, done))
        while len(self._beats) > 2 and self._beats[1][0] <= now - WINDOW_S:
            self._beats.popleft()
        since, before = self._beats[0]
        self.rate_per_s = (done - before) / (now - since) if now > since else 0.0

    def eta_s(self, left: int) -> float | None:
        """Seconds until `left` items are done at this rate; None while nothing gets done."""
        return left / self.rate_per_s if self.rate_per_s > 0 else None
