"""A `BrowserTool` of bare Playwright, for tests of what is driven by one: no gateway, no pool.

Its browser lives in an asyncio loop of its own in a thread, as the real tool's does.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager, suppress

import trio
from playwright.async_api import Error, async_playwright

from tests.e2e.support.chromium import QUIET, find
from workers.browser.bridge import open_bridge
from workers.browser.options import context_arguments


class BareOpenPage:
    """See `actors.ports.OpenPage`. `refused` is what a test says was refused."""

    def __init__(self, page, context, tool):
        self.page = page
        self.context = context
        self._tool = tool

    def refusals(self):
        return tuple(self._tool.refused)

    def crash_reason(self):
        return self._tool.crash_reason


class ContextOverThere:
    """The item's context on the browser's loop."""

    def __init__(self, context):
        self._context = context

    def progress(self, fraction, stage="", *, done=0, total=0):
        self._context.progress(fraction, stage, done=done, total=total)

    def log(self, level, message):
        self._context.log(level, message)

    async def artifact(self, name, data):
        self._context.keep(name, data)


class BareBrowser:
    """The tool. `alone` records what it was asked for; `running` is the browser itself."""

    def __init__(self, bridge, running):
        self._bridge = bridge
        self.running = running
        self.alone = []
        self.options = []
        self.refused = []
        self.crash_reason = None

    async def drive(self, options, work, context, *, alone=False):
        self.alone.append(alone)
        self.options.append(options)
        return await self._bridge.run(lambda: self._drive(options, work, context))

    async def _drive(self, options, work, context):
        arguments = context_arguments(options, None, options.user_agent)
        fresh = await self.running.new_context(**arguments)
        try:
            page = await fresh.new_page()
            page.on("framenavigated", _crash_if_asked)
            return await work(BareOpenPage(page, ContextOverThere(context), self))
        finally:
            await fresh.close()

    async def kill(self):
        """The browser dies as by SIGKILL."""
        await self._bridge.run(self._kill)

    async def _kill(self):
        session = await self.running.new_browser_cdp_session()
        with suppress(Error):
            await session.send("Browser.crash")


async def _crash_if_asked(frame):
    if frame.url.endswith("/crash"):
        # The page is gone before it can answer.
        with suppress(Error):
            session = await frame.page.context.new_cdp_session(frame.page)
            await session.send("Page.crash")


@asynccontextmanager
async def bare_browser():
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    unheard = []
    async with open_bridge(stop_timeout_s=5, report=unheard.append) as bridge:
        playwright, running = await bridge.run(lambda: _launch(as_root))
        try:
            yield BareBrowser(bridge, running)
        finally:
            with trio.CancelScope(shield=True):
                await bridge.run(lambda: _stop(playwright, running))
    assert unheard == []


async def _launch(as_root):
    playwright = await async_playwright().start()
    running = await playwright.chromium.launch(
        executable_path=find(),
        args=[*QUIET, *as_root],
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    return playwright, running


async def _stop(playwright, running):
    await running.close()
    await playwright.stop()
