"""One heap of alarms for the whole process, and the one task that waits for the earliest.

Owned by the supervisor. Sessions and the supervisor set alarms; nobody keeps a timer of their own,
so desks that wait for nothing cost no wake-ups.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable
from itertools import count

import trio

from actors.signal import Signal


class Alarms:
    """At most one alarm a key. Times are those of `trio.current_time()`."""

    def __init__(self) -> None:
        # Written by any task of the loop through `set` and `cancel`, and by the task in `run`.
        self._due: dict[Hashable, tuple[int, Callable[[], None]]] = {}
        self._heap: list[tuple[float, int, Hashable]] = []
        self._numbers = count()
        self._signal = Signal()

    def set(self, key: Hashable, at: float, action: Callable[[], None]) -> None:
        """Call `action` at that time, instead of whatever was set for this key."""
        number = next(self._numbers)
        self._due[key] = (number, action)
        heapq.heappush(self._heap, (at, number, key))
        if self._heap[0][1] == number:
            self._signal.fire()
        elif len(self._heap) > 2 * len(self._due) + 64:
            self._drop_replaced()

    def cancel(self, key: Hashable) -> None:
        self._due.pop(key, None)

    async def run(self) -> None:
        """Wait for alarms and call their actions, which must neither wait nor raise."""
        while True:
            self._ring(trio.current_time())
            next_at = self._heap[0][0] if self._heap else float("inf")
            with trio.move_on_at(next_at):
                await self._signal.wait()

    def _ring(self, now: float) -> None:
        while self._heap and self._heap[0][0] <= now:
            _, number, key = heapq.heappop(self._heap)
            standing = self._due.get(key)
            if standing is not None and standing[0] == number:
                del self._due[key]
                standing[1]()

    def _drop_replaced(self) -> None:
        self._heap = [
            entry
            for entry in self._heap
            if entry[2] in self._due and self._due[entry[2]][0] == entry[1]
        ]
        heapq.heapify(self._heap)
