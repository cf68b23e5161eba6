"""Where the work of items is done: beside a worker's loop, or on it while it takes next to no time.

A thread for every item costs more than many an item does. So a job whose computations have all been
short lately does the next one on the loop, which hears and says nothing meanwhile; the first that
is not sends the job back to threads. A worker that is silent for as long as one item may take is
not killed for it (`workers.cpu.silence_s`). Used by the tools of a worker.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import trio

T = TypeVar("T")

# So many in a row that took no longer than that; as long as a message may wait for company anyway.
TRUSTED_AFTER = 4
SHORT_S = 0.02


class Computing:
    """The computations of one job in one worker."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        # Written by `_timed`, one computation after the other: how many in a row were short.
        self._short = 0

    async def run(self, work: Callable[[], T]) -> T:
        """`work()`. Raises what it raises."""
        if self._short < TRUSTED_AFTER:
            return await compute(lambda: self._timed(work))
        await trio.lowlevel.checkpoint_if_cancelled()
        return _sparing(lambda: self._timed(work))

    def _timed(self, work: Callable[[], T]) -> T:
        began = self._clock()
        try:
            return work()
        finally:
            self._short = self._short + 1 if self._clock() - began <= SHORT_S else 0


async def compute(work: Callable[[], T]) -> T:
    """`work()`, in a thread. One that is told to stop cannot: it is waited for, since it must not
    go on beside the next item, and what came of it is dropped. Where nobody waits that long (the
    job was left, the item's time is over) the worker is killed. Raises what it raises."""
    result = await trio.to_thread.run_sync(_sparing, work)
    await trio.lowlevel.checkpoint_if_cancelled()
    return result


def _sparing(work: Callable[[], T]) -> T:
    """Where memory ends, the error holds on to all that was built through its traceback, and with
    nothing left not even the word of it would get out of the thread: so another one is raised once
    the first is gone with what it held."""
    try:
        return work()
    except MemoryError:
        pass
    raise MemoryError
