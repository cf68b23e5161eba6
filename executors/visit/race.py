"""Waits for one thing on the browser's loop beside all that may end it. Used by `visit.journey`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

TICK_S = 1.0


class TooLong(Exception):
    """It did not end in time; it was cancelled."""


class Interrupted(Exception):
    """Something else ended it; the message is the reason."""


async def race(
    act: Coroutine[Any, Any, T],
    *,
    timeout_s: float,
    fatal: asyncio.Future[str] | None,
    tick: Callable[[], None],
) -> T:
    """What `act` returns or raises; meanwhile a `tick` a second. Raises TooLong after `timeout_s`,
    Interrupted as soon as there is a `fatal` reason."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    task = loop.create_task(act)
    try:
        while True:
            waiting: set[asyncio.Future[Any]] = {task} if fatal is None else {task, fatal}
            left_s = min(TICK_S, max(0.0, deadline - loop.time()))
            await asyncio.wait(waiting, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            if fatal is not None and fatal.done():
                raise Interrupted(fatal.result())
            if task.done():
                return task.result()
            if loop.time() >= deadline:
                raise TooLong
            tick()
    finally:
        await _ended(task)


async def _ended(task: asyncio.Task[Any]) -> None:
    """Cancel what is still under way. Playwright's calls end at once when they are cancelled."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        # Fetched, so that the loop does not tell of it: the race was decided without it.
        task.exception()
