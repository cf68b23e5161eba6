"""Computing beside a worker's loop, so that it goes on saying that it lives. Used by its tools."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import trio

T = TypeVar("T")


async def compute(work: Callable[[], T]) -> T:
    """`work()`, in a thread. A worker whose item is stopped meanwhile is killed, so nothing has to
    wait for it. Raises what it raises."""
    return await trio.to_thread.run_sync(lambda: _sparing(work), abandon_on_cancel=True)


def _sparing(work: Callable[[], T]) -> T:
    """Where memory ends, the error holds on to all that was built through its traceback, and with
    nothing left not even the word of it would get out of the thread: so another one is raised once
    the first is gone with what it held."""
    try:
        return work()
    except MemoryError:
        pass
    raise MemoryError
