"""One heap of alarms for the whole process, and the one task that waits for the earliest.

Owned by the supervisor. Sessions and the supervisor set alarms; nobody keeps a timer of their own,
so desks that wait for nothing cost no wake-ups.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Hashable
from itertools import count

import trio

from actors.signal import Signal

# While alarms are set by the wall clock: how often is looked whether that was set anew, or went on
# while the machine slept. And what is no difference worth following.
WATCH_S = 60.0
DRIFT_S = 1.0


class Alarms:
    """At most one alarm a key. Times are those of `trio.current_time()`, except where they are said
    to be of the wall clock, which is `now`."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        # Written by any task of the loop through `set` and `cancel`, and by the task in `run`.
        self._due: dict[Hashable, tuple[int, Callable[[], None]]] = {}
        self._heap: list[tuple[float, int, Hashable]] = []
        self._numbers = count()
        self._signal = Signal()
        # Written by the same: alarms by the wall clock, and how far it is ahead of the other.
        self._wall: dict[Hashable, float] = {}
        self._ahead_s = 0.0

    def set(self, key: Hashable, at: float, action: Callable[[], None]) -> None:
        """Call `action` at that time, instead of whatever was set for this key."""
        self._wall.pop(key, None)
        self._set(key, at, action)

    def set_by_wall(self, key: Hashable, at: float, action: Callable[[], None]) -> None:
        """The same at a time of the wall clock, which is followed where it is set anew."""
        if not self._wall:
            self._ahead_s = self._now() - trio.current_time()
            self._signal.fire()
        self._set(key, trio.current_time() + at - self._now(), action)
        self._wall[key] = at

    def _set(self, key: Hashable, at: float, action: Callable[[], None]) -> None:
        number = next(self._numbers)
        self._due[key] = (number, action)
        heapq.heappush(self._heap, (at, number, key))
        if self._heap[0][1] == number:
            self._signal.fire()
        elif len(self._heap) > 2 * len(self._due) + 64:
            self._drop_replaced()

    def cancel(self, key: Hashable) -> None:
        self._due.pop(key, None)
        self._wall.pop(key, None)

    async def run(self) -> None:
        """Wait for alarms and call their actions, which must neither wait nor raise."""
        while True:
            self._follow_wall()
            self._ring(trio.current_time())
            next_at = self._heap[0][0] if self._heap else float("inf")
            if self._wall:
                next_at = min(next_at, trio.current_time() + WATCH_S)
            with trio.move_on_at(next_at):
                await self._signal.wait()

    def _follow_wall(self) -> None:
        ahead_s = self._now() - trio.current_time()
        if self._wall and abs(ahead_s - self._ahead_s) > DRIFT_S:
            self._ahead_s = ahead_s
            for key, at in self._wall.items():
                self._set(key, at - ahead_s, self._due[key][1])

    def _ring(self, now: float) -> None:
        while self._heap and self._heap[0][0] <= now:
            _, number, key = heapq.heappop(self._heap)
            standing = self._due.get(key)
            if standing is not None and standing[0] == number:
                del self._due[key]
                self._wall.pop(key, None)
                standing[1]()

    def _drop_replaced(self) -> None:
        self._heap = [
            entry
            for entry in self._heap
            if entry[2] in self._due and self._due[entry[2]][0] == entry[1]
        ]
        heapq.heapify(self._heap)
