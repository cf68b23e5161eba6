"""Texts printed one after the other on pages that are kept for a while: the Trio side of `pdf`.

A fresh page costs five times what a letter does. Each job has pages of its own, isolated: without
scripts and without a network nothing of a text is left when the next one takes its place. A page
goes when nobody has used it for a moment, after so many texts, and with any failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from math import inf
from typing import Any, Protocol

import trio

from actors.ports import BrowserGone, ItemContext, OpenPage, PageOptions
from workers.browser.printing import ISOLATED, prepare, printed

# A kept page keeps others from theirs for so long at most.
KEPT_S = 1.0
TEXTS_A_PAGE = 50


class Way(Protocol):
    """To the browser's loop and back: a part of `workers.browser.bridge.Bridge`."""

    async def run(self, work: Callable[[], Coroutine[Any, Any, bytes]]) -> bytes: ...
    def here(self, act: Callable[..., Any], *args: Any) -> None: ...


class Drive(Protocol):
    """`drive` of the job's browser."""

    def __call__(
        self,
        options: PageOptions,
        work: Callable[[OpenPage], Awaitable[None]],
        context: ItemContext,
    ) -> Awaitable[None]: ...


class Press:
    """The pages of one job. They are open in tasks of `nursery`, which is their worker's."""

    def __init__(self, drive: Drive, way: Way, nursery: trio.Nursery) -> None:
        self._drive = drive
        self._way = way
        self._nursery = nursery
        # Those that wait for a text; written by `pdf`.
        self._idle: list[KeptPage] = []

    async def pdf(self, html: str, context: ItemContext, time_s: float) -> bytes:
        """See `actors.ports.BrowserTool.pdf`."""
        page = self._taken() or self._opening(context)
        is_whole = False
        try:
            opened = await page.wait_open()
            pdf = await self._way.run(lambda: printed(opened, html, time_s))
            is_whole = True
        finally:
            if is_whole and page.rest(trio.current_time()):
                self._idle.append(page)
            else:
                page.end()
        return pdf

    def _taken(self) -> KeptPage | None:
        while self._idle:
            page = self._idle.pop()
            if page.take(trio.current_time()):
                return page
        return None

    def _opening(self, context: ItemContext) -> KeptPage:
        page = KeptPage(self._way)
        self._nursery.start_soon(page.run, self._drive, context)
        return page


class KeptPage:
    """One page, from its opening to its end. `run` is its task."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._scope = trio.CancelScope()
        # Set when it is open, or will not be.
        self._settled = trio.Event()
        # Written by `_stay`, on the browser's loop, before it is settled.
        self._opened: OpenPage | None = None
        # Written by `run`: why it is open no more.
        self._error: Exception | None = None
        # Written by `rest`.
        self._texts = 0

    async def run(self, drive: Drive, context: ItemContext) -> None:
        with self._scope:
            try:
                await drive(ISOLATED, self._stay, context)
            except Exception as error:  # noqa: BLE001  whoever prints on it gets it as it is
                self._error = error
        self._settled.set()

    async def wait_open(self) -> OpenPage:
        """Raises what its opening or its browser raised."""
        await self._settled.wait()
        if self._error is not None:
            raise self._error
        if self._opened is None:
            raise BrowserGone("the page was closed before it was open")
        return self._opened

    def take(self, now: float) -> bool:
        """For one more text; False where it is gone, or going."""
        if self._error is not None or self._scope.deadline <= now:
            return False
        self._scope.deadline = inf
        return True

    def rest(self, now: float) -> bool:
        """It waits for the next text, for a moment; False where it has had enough of them."""
        self._texts += 1
        self._scope.deadline = now + KEPT_S
        return self._texts < TEXTS_A_PAGE

    def end(self) -> None:
        self._scope.cancel()

    async def _stay(self, opened: OpenPage) -> None:
        await prepare(opened)
        self._opened = opened
        self._way.here(self._settled.set)
        await asyncio.Event().wait()
