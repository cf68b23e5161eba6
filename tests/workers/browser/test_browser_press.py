"""Which texts share a page: a real loop beside Trio's, and pages that are none of a browser's."""

from __future__ import annotations

import asyncio
from math import inf

import pytest
import trio

from actors.ports import BrowserUnavailable, PrintFailed
from tests.workers.browser.conftest import Notes
from workers.browser import press as press_module
from workers.browser.bridge import open_bridge
from workers.browser.press import Press


class Page:
    """Prints the text itself, but for one that never ends."""

    def __init__(self):
        self.texts = []
        self.routes = 0
        self.closed = trio.Event()

    async def route(self, pattern, handler):
        self.routes += 1

    async def set_content(self, html, *, wait_until, timeout):
        self.texts.append(html)
        if html == "never":
            await asyncio.Event().wait()

    async def pdf(self, **paper):
        return self.texts[-1].encode()


class Shop:
    """A press, and all the pages that it opened."""

    def __init__(self, bridge, nursery):
        self.pages = []
        self.fails = False
        self._bridge = bridge
        self.press = Press(self.drive, bridge, nursery)

    async def drive(self, options, work, context):
        assert options.isolated
        if self.fails:
            raise BrowserUnavailable("there is none")
        page = Page()
        opened = type("Opened", (), {"page": page, "context": context})()
        self.pages.append(page)
        try:
            await self._bridge.run(lambda: work(opened))
        finally:
            page.closed.set()

    async def print(self, html, time_s=60.0):
        return await self.press.pdf(html, Notes(), time_s)


@pytest.fixture
async def shop(nursery, monkeypatch):
    monkeypatch.setattr(press_module, "KEPT_S", inf)
    async with (
        open_bridge(stop_timeout_s=10.0, report=lambda _: None) as bridge,
        trio.open_nursery() as pages,
    ):
        yield Shop(bridge, pages)
        pages.cancel_scope.cancel()


async def test_one_text_after_the_other_goes_to_one_page(shop):
    assert [await shop.print(text) for text in ("a", "b")] == [b"a", b"b"]
    assert [page.texts for page in shop.pages] == [["a", "b"]]
    assert shop.pages[0].routes == 1


async def test_texts_at_once_have_a_page_each(shop):
    async with trio.open_nursery() as nursery:
        for text in "ab":
            nursery.start_soon(shop.print, text)
    assert sorted(page.texts for page in shop.pages) == [["a"], ["b"]]


async def test_a_page_that_failed_is_used_no_more(shop):
    with pytest.raises(PrintFailed):
        await shop.print("never", time_s=0.0)
    assert await shop.print("b") == b"b"
    assert [page.texts for page in shop.pages] == [["never"], ["b"]]
    with trio.fail_after(60):
        await shop.pages[0].closed.wait()


async def test_a_page_goes_after_so_many_texts(shop, monkeypatch):
    monkeypatch.setattr(press_module, "TEXTS_A_PAGE", 2)
    for text in "abc":
        await shop.print(text)
    assert [page.texts for page in shop.pages] == [["a", "b"], ["c"]]


async def test_a_page_that_nobody_uses_goes(shop, monkeypatch):
    monkeypatch.setattr(press_module, "KEPT_S", 0.0)
    for text in "ab":
        await shop.print(text)
    assert [page.texts for page in shop.pages] == [["a"], ["b"]]


async def test_without_a_browser_whoever_prints_is_told_and_may_try_again(shop):
    shop.fails = True
    with pytest.raises(BrowserUnavailable, match="there is none"):
        await shop.print("a")
    shop.fails = False
    assert await shop.print("a") == b"a"


async def test_an_item_that_is_stopped_takes_its_page_along(shop):
    with trio.CancelScope() as scope:
        scope.cancel()
        await shop.print("a")
    assert await shop.print("b") == b"b"
    assert [page.texts for page in shop.pages if page.texts] == [["b"]]
