"""How long the newest of something took: kept by who does it, read for the operator's overview."""

from __future__ import annotations

from collections import deque

# So many are looked at: at full speed the last half second, on a quiet server the last hour.
KEPT = 512


class Latencies:
    """The newest durations, in seconds. Written by `add`, from synchronous code."""

    def __init__(self, kept: int = KEPT) -> None:
        self._newest: deque[float] = deque(maxlen=kept)

    def add(self, took_s: float) -> None:
        self._newest.append(took_s)

    def quantiles(self, *shares: float) -> tuple[float | None, ...]:
        """Of each share (0.5: the median) the duration that so many did not exceed; None where
        there is none yet."""
        ordered = sorted(self._newest)
        if not ordered:
            return tuple(None for _ in shares)
        last = len(ordered) - 1
        return tuple(ordered[min(last, int(share * len(ordered)))] for share in shares)
