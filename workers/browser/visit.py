"""One page in a context of its own, from its opening to its being left. On the asyncio loop.

Made by `workers.browser.tool` for each drive; `workers.browser.browsers` gives it a browser.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from playwright.async_api import BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from actors.ports import BrowserGone, ItemContext, OpenPage, PageOptions, Refusal
from workers.browser.options import context_arguments
from workers.browser.picture import picture_of
from workers.browser.running import Running
from workers.chromium import ProxySetting

T = TypeVar("T")


class Visit(Generic[T]):
    """What is to be done, on how made a page, by which way out."""

    def __init__(
        self,
        options: PageOptions,
        work: Callable[[OpenPage], Awaitable[T]],
        context: ItemContext,
        proxy: ProxySetting,
        refusals: Callable[[], Sequence[Refusal]],
        when_open: Callable[[], None],
    ) -> None:
        """`when_open` is called when there is a page, right before the work begins."""
        self._options = options
        self._work = work
        self._context = context
        self._proxy = proxy
        self._refusals = refusals
        self._when_open = when_open
        # Written by `run`: the page while it is open.
        self._opened: _Opened | None = None

    async def run(self, running: Running) -> T:
        """Do it in that browser. Raises what the work raises, and BrowserGone."""
        arguments = context_arguments(self._options, self._proxy, running.started.user_agent)
        # Whatever becomes of us, the context comes about, and is left to be closed.
        opening = asyncio.ensure_future(running.started.browser.new_context(**arguments))
        try:
            context = await running.open(asyncio.shield(opening))
            page = await running.open(_blank(context))
            opened = _Opened(page, self._context, self._refusals, running)
            self._opened = opened
            running.health.pages.add(opened)
            self._when_open()
            try:
                return await running.race(self._work(opened))
            finally:
                self._opened = None
                running.health.pages.discard(opened)
        finally:
            running.leave(opening)

    async def picture(self) -> bytes | None:
        """How the page looks; None where it does not say so in time, or is not open."""
        return None if self._opened is None else await picture_of(self._opened.page)


async def _blank(context: BrowserContext) -> Page:
    """A page to begin on. Raises BrowserGone where its process dies before anybody was there."""
    try:
        return await context.new_page()
    except PlaywrightError as error:
        raise BrowserGone("the browser gave no page: its process died") from error


class _Opened:
    """See `actors.ports.OpenPage`."""

    def __init__(
        self,
        page: Page,
        context: ItemContext,
        refusals: Callable[[], Sequence[Refusal]],
        running: Running,
    ) -> None:
        self._page = page
        self._context = context
        self._refusals = refusals
        self._running = running
        # Written by `blame`.
        self._crash_reason: str | None = None
        self._heed(page)
        page.context.on("page", self._heed)

    @property
    def page(self) -> Page:
        return self._page

    @property
    def context(self) -> ItemContext:
        return self._context

    def refusals(self) -> Sequence[Refusal]:
        return self._refusals()

    def crash_reason(self) -> str | None:
        return self._crash_reason

    async def make_sure(self) -> None:
        await self._running.make_sure()

    def blame(self, reason: str) -> None:
        self._crash_reason = reason

    def _heed(self, page: Page) -> None:
        page.on("crash", self._crashed)

    def _crashed(self, _page: Page) -> None:
        if (reason := self._running.health.claim()) is not None:
            self.blame(reason)
