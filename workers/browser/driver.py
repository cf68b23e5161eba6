"""Playwright's driver: a process of its own for each browser, of which nothing is left behind.

Used by `workers.browser.launch`, on the asyncio loop. The driver may die or stop at any moment, and
Playwright itself waits for its first word for ever, and raises whatever comes.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

from playwright.async_api import Playwright, async_playwright

from actors.ports import BrowserUnavailable
from workers.keeper import descendants, parent_of

# A process that was killed is gone in milliseconds.
_KILL_TIMEOUT_S = 5.0


@asynccontextmanager
async def open_driver(
    *, start_timeout_s: float, close_timeout_s: float, report: Callable[[str], None]
) -> AsyncIterator[Playwright]:
    """Raises BrowserUnavailable. It is killed where it does not start, or does not end by itself;
    `report` gets words about the latter."""
    playwright, processes = await _start(start_timeout_s)
    try:
        yield playwright
    finally:
        try:
            await asyncio.wait_for(playwright.stop(), close_timeout_s)
        except TimeoutError:
            report(f"Playwright's driver did not end within {close_timeout_s:g} s and is killed\n")
            _kill(processes)


async def _start(timeout_s: float) -> tuple[Playwright, set[int]]:
    """It, and its process."""
    others = _children()
    starting = asyncio.ensure_future(async_playwright().start())
    starting.add_done_callback(_look)
    is_up, why = False, f"it said nothing within {timeout_s:g} s"
    try:
        await asyncio.wait({starting}, timeout=timeout_s)
        if starting.done():
            why = str(starting.exception())
            is_up = starting.exception() is None
    finally:
        # Playwright does not say which process it is; one driver at a time is started here.
        processes = _children() - others
        if not is_up:
            _kill(processes)
            await asyncio.wait({starting}, timeout=_KILL_TIMEOUT_S)
    if is_up:
        return starting.result(), processes
    raise BrowserUnavailable(f"Playwright's driver did not start: {why}")


def _children() -> set[int]:
    me = os.getpid()
    return {pid for pid in descendants(me) if parent_of(pid) == me}


def _kill(processes: Iterable[int]) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _look(future: asyncio.Future[Any]) -> None:
    """At an error that may come too late for anybody; asyncio reports those nobody looked at."""
    if not future.cancelled():
        future.exception()
