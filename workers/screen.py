"""What one job's items may show of their pages, in the worker: nothing, unless somebody looks.

Owned by `workers.hosted`, which names the items at work; handed to the worker's browser, which asks
`watched` before it takes a picture and calls `show` in the worker's loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import trio

from workers.outgoing import Outgoing
from workers.protocol import PICTURE_MAX_BYTES, WATCH_S, Picture


class Screen:
    """Every attribute is written in the worker's loop."""

    def __init__(
        self, job: int, outgoing: Outgoing, clock: Callable[[], float] = trio.current_time
    ) -> None:
        self._job = job
        self._outgoing = outgoing
        self._clock = clock
        # Written by `begin`, `end` and `close`.
        self._at_work: set[int] = set()
        # Written by `watch`.
        self._watched_until = -math.inf

    def begin(self, index: int) -> None:
        self._at_work.add(index)

    def end(self, index: int) -> None:
        self._at_work.discard(index)

    def close(self) -> None:
        """The job is left: nothing more is shown of it."""
        self._at_work.clear()

    def watch(self) -> None:
        """Somebody looks, now and for a while."""
        self._watched_until = self._clock() + WATCH_S

    def watched(self) -> bool:
        return self._clock() < self._watched_until

    def show(self, index: int, data: bytes) -> None:
        """The newest picture of an item. One that comes too late, or is too large, is not shown."""
        if index in self._at_work and len(data) <= PICTURE_MAX_BYTES and self.watched():
            self._outgoing.show(Picture(self._job, index, data))
