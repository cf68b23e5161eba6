"""Where CPU-bound steps of a request run: beside the loop when they are large, few at a time.

The limiter is the front end's own, so that a burst of uploads never waits behind, or delays, the
store's threads or the resolver's. One client network has one of its threads at a time, so that who
hands in what is slow to check keeps nobody waiting but itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast
from weakref import WeakValueDictionary

import trio

T = TypeVar("T")

# Parsing this much takes about a millisecond: below it a thread costs more than it spares.
LARGE_BODY_BYTES = 64 * 1024
LARGE_ITEM_COUNT = 1_000


class _Turns:
    """A limiter for `trio.to_thread`: first one's own turn, then one of all threads. Both are held
    until the thread has ended, also where nobody waits for it any more."""

    def __init__(self, threads: trio.CapacityLimiter) -> None:
        self._own = trio.CapacityLimiter(1)
        self._threads = threads

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        await self._own.acquire_on_behalf_of(borrower)
        try:
            await self._threads.acquire_on_behalf_of(borrower)
        except BaseException:
            self._own.release_on_behalf_of(borrower)
            raise

    def release_on_behalf_of(self, borrower: object) -> None:
        self._threads.release_on_behalf_of(borrower)
        self._own.release_on_behalf_of(borrower)


class Threads:
    """Built once by `web.app`; shared by everything in `web` that computes for long."""

    def __init__(self, count: int) -> None:
        self._limiter = trio.CapacityLimiter(count)
        # Written by `run`: the turns of those whose work runs or waits.
        self._turns: WeakValueDictionary[str, _Turns] = WeakValueDictionary()

    async def run(self, work: Callable[[], T], *, large: bool, whose: str) -> T:
        """`work()`, in a thread if it is large, in its turn among that of the network `whose`. It
        must be pure: a leaver does not wait for it."""
        if not large:
            return work()
        turns = self._turns.get(whose)
        if turns is None:
            turns = self._turns[whose] = _Turns(self._limiter)
        # It needs of a limiter what a `_Turns` has.
        limiter = cast(trio.CapacityLimiter, turns)
        return await trio.to_thread.run_sync(work, limiter=limiter, abandon_on_cancel=True)

    async def step(self, work: Callable[[], T]) -> T:
        """One step of something with a file or other state of its own: waited for to its end."""
        return await trio.to_thread.run_sync(work, limiter=self._limiter)
