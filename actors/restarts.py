"""How often a desk may die before it is parked. Pure; used by the supervisor."""

from __future__ import annotations

from collections import deque

# The pause before a restart: at once for the first, doubling for those that follow closely.
FIRST_S = 0.05


# Where the disk fails: as often as it takes, the desk being back soon after the disk is.
PATIENCE_MAX_S = 2.0
CALM_S = 10.0


class Patience:
    """The pauses between the lives of a desk that dies of its disk; such deaths park nobody.
    Written by the supervisor's task of one desk."""

    def __init__(self) -> None:
        self._pause_s = FIRST_S
        self._died_at = float("-inf")

    def spend(self, now: float) -> float:
        """The seconds to wait: twice as long as before, unless it went well for a while."""
        calm = now - self._died_at > CALM_S
        self._pause_s = FIRST_S if calm else min(2 * self._pause_s, PATIENCE_MAX_S)
        self._died_at = now
        return self._pause_s


class RestartBudget:
    """At most `limit` restarts within `window_s`. Written by the supervisor's task of one desk."""

    def __init__(self, limit: int, window_s: float) -> None:
        self._limit = limit
        self._window_s = window_s
        self._restarts: deque[float] = deque()

    def spend(self, now: float) -> float | None:
        """The seconds to wait before this restart, or None where there must be no more."""
        while self._restarts and self._restarts[0] <= now - self._window_s:
            self._restarts.popleft()
        if len(self._restarts) >= self._limit:
            return None
        recent = len(self._restarts)
        self._restarts.append(now)
        return float(FIRST_S * (2**recent - 1))
