"""When each host may be asked next, where a job keeps a delay. Pure: the clock is an argument.

One `Turns` lives in each worker, for all of its jobs; items of a host go to one worker only.
"""

from __future__ import annotations

import math
from collections import OrderedDict

_KEPT = 4_096


class Turns:
    """All methods are called by the tasks of items, without an await between."""

    def __init__(self) -> None:
        # When the last request to a host was let go, or will be. Written by `_note`.
        self._taken: OrderedDict[str, float] = OrderedDict()

    def take(self, origin: str, delay_s: float, now: float) -> float:
        """0 where it is our turn, which is taken by that; else the seconds until it may be."""
        if delay_s <= 0.0:
            return 0.0
        wait_s = self._taken.get(origin, -math.inf) + delay_s - now
        if wait_s > 0.0:
            return wait_s
        self._note(origin, now)
        return 0.0

    def book(self, origin: str, delay_s: float, now: float) -> float:
        """The seconds until the next turn, which is ours."""
        if delay_s <= 0.0:
            return 0.0
        at = max(now, self._taken.get(origin, -math.inf) + delay_s)
        self._note(origin, at)
        return at - now

    def _note(self, origin: str, at: float) -> None:
        self._taken[origin] = at
        self._taken.move_to_end(origin)
        if len(self._taken) > _KEPT:
            self._taken.popitem(last=False)
