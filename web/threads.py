"""Where CPU-bound steps of a request run: beside the loop when they are large, few at a time.

The limiter is the front end's own, so that a burst of uploads never waits behind, or delays, the
store's threads or the resolver's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import trio

T = TypeVar("T")

# Parsing this much takes about a millisecond: below it a thread costs more than it spares.
LARGE_BODY_BYTES = 64 * 1024
LARGE_ITEM_COUNT = 1_000


class Threads:
    """Built once by `web.app`; shared by everything in `web` that computes for long."""

    def __init__(self, count: int) -> None:
        self._limiter = trio.CapacityLimiter(count)

    async def run(self, work: Callable[[], T], *, large: bool) -> T:
        """`work()`, in a thread if it is large. It must be pure: a leaver does not wait for it."""
        if not large:
            return work()
        return await trio.to_thread.run_sync(work, limiter=self._limiter, abandon_on_cancel=True)

    async def step(self, work: Callable[[], T]) -> T:
        """One step of something with a file or other state of its own: waited for to its end."""
        return await trio.to_thread.run_sync(work, limiter=self._limiter)
