"""Watches one page while a journey drives it: dialogs, popups, downloads, crashes, places.

What a page may do on its own is bounded here; what is too much sets `fatal`, which the journey
waits for beside its steps. All of it runs on the browser's loop; the context is the journey's
alone and is closed after it. A handler must not raise: Playwright would hand that to whoever calls
it next, on whatever page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    Download,
    Error,
    Frame,
    Page,
    WebError,
)

from actors.ports import Refusal
from executors.navigation import arrived
from executors.visit.labels import cut
from executors.visit.report import Report

MAX_OPEN_POPUPS = 3
MAX_POPUPS = 50
MAX_DIALOGS = 100
MAX_DOWNLOADS = 50
# Beyond these, the page is not listened to any more: each line is a message to this process.
MAX_CONSOLE_HEARD = 500
# A browser that dies tells of its pages first, and then of itself.
DYING_S = 0.5


class PageGuard:
    """Its counts are written by the events of the page."""

    def __init__(
        self, page: Page, report: Report, *, accept: bool, crash_reason: Callable[[], str | None]
    ) -> None:
        self._page = page
        self._report = report
        self._accept = accept
        self._crash_reason = crash_reason
        # Its result is the reason for which the journey cannot go on.
        self.fatal: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._heard = 0
        self._dialogs = 0
        self._downloads = 0
        self._popups: set[Page] = set()

    def watch(self) -> None:
        """Before the first step."""
        context = self._page.context
        if context.browser is not None:
            context.browser.on("disconnected", self._disconnected)
        context.on("dialog", self._answer)
        context.on("page", self._opened)
        context.on("console", self._said)
        context.on("weberror", self._threw)
        self._page.on("download", self._downloading)
        self._page.on("framenavigated", self._moved)
        self._page.on("crash", self._crashed)
        self._page.on("close", self._closed)

    def unwatch(self) -> None:
        """After the last: the browser outlives the page, whose own listeners go with it."""
        if self._page.context.browser is not None:
            self._page.context.browser.remove_listener("disconnected", self._disconnected)

    async def browser_gone(self) -> bool:
        """Whether the browser ended, which tells of its pages first."""
        browser = self._page.context.browser
        if browser is not None and browser.is_connected():
            await asyncio.wait({self._gone}, timeout=DYING_S)
        return browser is None or not browser.is_connected()

    def end(self, reason: str) -> None:
        """Nothing more can come of this page."""
        if not self.fatal.done():
            self.fatal.set_result(reason)

    async def _answer(self, dialog: Dialog) -> None:
        """`beforeunload` is always let through: leaving is the journey's to decide."""
        leaving = dialog.type == "beforeunload"
        if not leaving:
            self._dialogs += 1
            self._report.dialog(dialog.type, dialog.message)
        if self._dialogs > MAX_DIALOGS:
            self.end(f"the page opened more than {MAX_DIALOGS} dialogs")
        # A dialog whose page is gone needs no answer.
        with suppress(Error):
            if leaving or self._accept:
                await dialog.accept(dialog.default_value)
            else:
                await dialog.dismiss()

    async def _opened(self, popup: Page) -> None:
        self._report.popups += 1
        if self._report.popups > MAX_POPUPS:
            self.end(f"the page opened more than {MAX_POPUPS} windows")
        elif len(self._popups) < MAX_OPEN_POPUPS:
            self._popups.add(popup)
            popup.on("close", self._popup_closed)
            popup.on("framenavigated", self._popup_moved)
            popup.on("download", self._downloading)
            return
        await _close(popup)

    def _popup_closed(self, popup: Page) -> None:
        self._popups.discard(popup)

    async def _popup_moved(self, frame: Frame) -> None:
        if frame.parent_frame is None and (reason := arrived(frame.url)) is not None:
            self._report.refuse([Refusal(cut(frame.url, 100), f"a window: {reason}")])
            await _close(frame.page)

    def _said(self, message: ConsoleMessage) -> None:
        self._hear(message.type, message.text)

    def _threw(self, error: WebError) -> None:
        self._hear("error", str(error.error))

    def _hear(self, level: str, text: str) -> None:
        self._heard += 1
        if self._heard <= MAX_CONSOLE_HEARD:
            self._report.say(level, text)
        if self._heard == MAX_CONSOLE_HEARD:
            # Not listening stops the messages where they begin.
            self._page.context.remove_listener("console", self._said)
            self._page.context.remove_listener("weberror", self._threw)
            self._report.say("warning", f"the page said more than {MAX_CONSOLE_HEARD} lines")

    async def _downloading(self, download: Download) -> None:
        self._report.download(download.url, download.suggested_filename)
        self._downloads += 1
        if self._downloads > MAX_DOWNLOADS:
            self.end(f"the page began more than {MAX_DOWNLOADS} downloads")
        with suppress(Error):
            await download.cancel()

    def _moved(self, frame: Frame) -> None:
        if frame.parent_frame is None and (reason := arrived(frame.url)) is not None:
            self.end(f"the page went to {cut(frame.url, 100)}: {reason}")

    def _disconnected(self, browser: Browser) -> None:
        if not self._gone.done():
            self._gone.set_result(None)

    def _crashed(self, page: Page) -> None:
        self.end(self._crash_reason() or "the page crashed")

    def _closed(self, page: Page) -> None:
        self.end(self._crash_reason() or "the page was closed")


async def _close(popup: Page) -> None:
    # It may close itself meanwhile, or be closed with its context.
    with suppress(Error):
        await popup.close()
