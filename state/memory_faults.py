"""What is to go wrong in the memory store: a part of it, written by the test that owns it."""

from __future__ import annotations

from collections import deque

import trio


class Faults:
    """By operation."""

    def __init__(self) -> None:
        self._errors: dict[str, deque[Exception]] = {}
        self._delays_s: dict[str, float] = {}

    def fail(self, operation: str, error: Exception, *, times: int = 1) -> None:
        """The next `times` calls of that operation raise `error` and change nothing."""
        self._errors.setdefault(operation, deque()).extend([error] * times)

    def delay(self, operation: str, seconds: float) -> None:
        """Every call of that operation sleeps so long (virtual) before it does anything."""
        self._delays_s[operation] = seconds

    async def meet(self, operation: str) -> None:
        """Called by the store at the beginning of each operation."""
        await trio.sleep(self._delays_s.get(operation, 0.0))
        waiting = self._errors.get(operation)
        if waiting:
            raise waiting.popleft()
