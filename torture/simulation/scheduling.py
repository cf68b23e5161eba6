"""Running Trio so that a seed decides everything: the order of tasks, and the time.

Trio shuffles the tasks that can run, on purpose. Here the shuffle is drawn from the seed; the
switch is the one that Trio keeps for property tests (`_ALLOW_DETERMINISTIC_SCHEDULING`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import trio
from trio._core import _run
from trio.testing import MockClock

T = TypeVar("T")


def run_seeded(seed: int, main: Callable[[], Awaitable[T]]) -> T:
    """`trio.run(main)` on a clock that jumps, with tasks in an order that `seed` alone decides."""
    with _seeded(seed):
        return trio.run(main, clock=MockClock(autojump_threshold=0))


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    scheduler: Any = _run
    before, allowed = scheduler._r.getstate(), scheduler._ALLOW_DETERMINISTIC_SCHEDULING
    scheduler._r.seed(seed)
    scheduler._ALLOW_DETERMINISTIC_SCHEDULING = True
    try:
        yield
    finally:
        scheduler._r.setstate(before)
        scheduler._ALLOW_DETERMINISTIC_SCHEDULING = allowed
