"""Connections between two requests: kept by origin, counted, the longest unused closed first.

Used by `workers.net.client`. Every operation takes constant time, whatever the number of origins.
"""

from __future__ import annotations

from collections import OrderedDict, deque

import trio

from workers.net.lines import Line, LineKey


class IdleConnections:
    """Keeps what may be used again, within `max_sockets` together with those in use.

    All fields are written by the tasks of the requests, in steps without an await between.
    """

    def __init__(self, *, max_sockets: int, idle_s: float) -> None:
        self._max_sockets = max_sockets
        self._idle_s = idle_s
        self._in_use = 0
        self._by_key: dict[LineKey, deque[Line]] = {}
        # Least recently used first, with the time it was put here.
        self._since: OrderedDict[Line, tuple[LineKey, float]] = OrderedDict()

    @property
    def in_use(self) -> int:
        return self._in_use

    def __len__(self) -> int:
        return len(self._since)

    def take(self, key: LineKey) -> Line | None:
        """A live connection to there, counted as in use, or None."""
        waiting = self._by_key.get(key)
        while waiting:
            line = waiting.pop()
            del self._since[line]
            if not waiting:
                del self._by_key[key]
            if not line.is_stale():
                self._in_use += 1
                return line
            line.close()
        return None

    def reserve(self) -> None:
        """Count one more in use, making room for it."""
        if self._in_use + len(self._since) >= self._max_sockets:
            self._close_oldest()
        self._in_use += 1

    def release(self) -> None:
        """One in use was closed, or did not open."""
        self._in_use -= 1

    def put(self, key: LineKey, line: Line) -> None:
        """One in use may be used again."""
        now = trio.current_time()
        self._in_use -= 1
        self._by_key.setdefault(key, deque()).append(line)
        self._since[line] = (key, now)
        while self._since and next(iter(self._since.values()))[1] < now - self._idle_s:
            self._close_oldest()

    def close_all(self) -> None:
        while self._since:
            self._close_oldest()

    def _close_oldest(self) -> None:
        if not self._since:
            return
        line, (key, _) = self._since.popitem(last=False)
        waiting = self._by_key[key]
        # The oldest of all is the oldest of its origin.
        waiting.popleft()
        if not waiting:
            del self._by_key[key]
        line.close()
