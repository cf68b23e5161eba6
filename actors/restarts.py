"""How often a desk may die before it is parked. Pure; used by the supervisor."""

from __future__ import annotations

from collections import deque

# The pause before a restart: at once for the first, doubling for those that follow closely.
FIRST_S = 0.05


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
