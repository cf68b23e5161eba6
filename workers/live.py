"""The newest picture of every item at work that somebody looks at, for the whole house.

Filled by the attachments of a crew (`workers.attachment`), read through `workers.pool.Pools`. Small
by its nature, an item at work has one picture at most; and bounded in bytes all the same, since it
is workers that send them.
"""

from __future__ import annotations

import math
from collections import OrderedDict

from msgspec import Struct

from actors.ports import DeskKey, LiveFrame
from workers.protocol import WATCH_S

# A picture older than that says nothing of the page any more.
FRAME_MAX_AGE_S = 10.0
MAX_BYTES = 16 * 1024 * 1024
# The worker is told as often that somebody looks: well within the time that it believes it.
RENEW_S = 1.0

Place = tuple[DeskKey, str]


class _Kept(Struct, frozen=True):
    frame: LiveFrame
    at: float


class LiveFrames:
    """Every attribute is written by the methods below, in synchronous code."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        # By job and item, the oldest picture first.
        self._kept: OrderedDict[tuple[Place, int], _Kept] = OrderedDict()
        self._size_bytes = 0
        # When a job was last looked at, by job; the longest ago first.
        self._looks: OrderedDict[Place, float] = OrderedDict()
        # When its workers were told so.
        self._told: dict[Place, float] = {}

    @property
    def size_bytes(self) -> int:
        return self._size_bytes

    def look(self, place: Place, index: int | None, now: float) -> LiveFrame | None:
        """The newest picture of that item, or of the job's first that has one."""
        self._looks[place] = now
        self._looks.move_to_end(place)
        self._forget(now)
        found = [
            kept.frame
            for (at, number), kept in self._kept.items()
            if at == place and index in (None, number)
        ]
        return min(found, key=lambda frame: frame.index, default=None)

    def renew(self, place: Place, now: float) -> bool:
        """Whether the job's workers are to be told now that somebody looks."""
        if now - self._told.get(place, -math.inf) < RENEW_S:
            return False
        self._told[place] = now
        return True

    def put(self, place: Place, index: int, data: bytes, now: float) -> None:
        """A new picture. One that nobody looks for any more is not kept."""
        self.drop(place, index)
        self._forget(now)
        if place in self._looks:
            self._kept[place, index] = _Kept(LiveFrame(index, data), now)
            self._size_bytes += len(data)
            while self._size_bytes > self._max_bytes:
                self._remove(next(iter(self._kept)))

    def drop(self, place: Place, index: int) -> None:
        """The item is over."""
        if (place, index) in self._kept:
            self._remove((place, index))

    def leave(self, place: Place) -> None:
        """The job is over, or left."""
        self._looks.pop(place, None)
        self._told.pop(place, None)
        for key in [key for key in self._kept if key[0] == place]:
            self._remove(key)

    def _forget(self, now: float) -> None:
        """Let go what is too old, and jobs that nobody looks at."""
        while self._kept:
            oldest, kept = next(iter(self._kept.items()))
            if now - kept.at <= FRAME_MAX_AGE_S:
                break
            self._remove(oldest)
        while self._looks:
            place, at = next(iter(self._looks.items()))
            if now - at <= WATCH_S:
                break
            self.leave(place)

    def _remove(self, key: tuple[Place, int]) -> None:
        self._size_bytes -= len(self._kept.pop(key).frame.data)
