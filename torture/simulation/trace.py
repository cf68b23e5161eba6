"""What happened in one simulation, line by line, and which promises it saw broken.

Written by everything in the simulation. The digest is over every line, each with the number of
task steps before it: two runs with the same digest have scheduled the same steps.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque

import trio

TAIL = 400


class Trace:
    """The tail is kept for a failure's report; the first broken promise ends the simulation."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._tail: deque[str] = deque(maxlen=TAIL)
        # Written by the watcher: how many steps tasks have made.
        self.steps = 0
        self.violations: list[str] = []
        self.counts: Counter[str] = Counter()
        # Around the whole simulation.
        self.scope = trio.CancelScope()

    def say(self, what: str) -> None:
        line = f"{trio.current_time():10.3f} {self.steps:7d}  {what}"
        self._hash.update(line.encode())
        self._tail.append(line)

    def count(self, what: str, by: int = 1) -> None:
        self.counts[what] += by

    def broken(self, what: str) -> None:
        """A promise is broken: say which, and stop."""
        self.say(f"BROKEN: {what}")
        self.violations.append(f"at {trio.current_time():.3f} s: {what}")
        self.scope.cancel()

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    @property
    def tail(self) -> list[str]:
        return list(self._tail)
