"""What the page's tests share: one Chromium, a scripted desk a module, and pages that may not err.

The browser ends with this folder's tests and not with the session: Playwright's sync API keeps an
asyncio loop in this thread, which Trio's tests elsewhere should not meet. To start one takes a
second, so no module has its own without need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.e2e.support import chromium
from tests.e2e.support.fake_desk import FakeDesk, FakeServer
from tests.e2e.support.reading import PATIENCE_MS
from tests.e2e.support.samples import make_job

OpenPage = Callable[..., Page]

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium.browser(playwright) as running:
        yield running


@pytest.fixture(scope="module")
def fake_server() -> Iterator[FakeServer]:
    with FakeServer(make_job).running() as server:
        yield server


@pytest.fixture
def fake(fake_server: FakeServer) -> FakeServer:
    fake_server.do(FakeDesk.reset)
    return fake_server


USUAL = {"locale": "en-GB", "viewport": {"width": 1440, "height": 900}}


@pytest.fixture(scope="module")
def usual_context(browser: Browser) -> Iterator[BrowserContext]:
    """One context for all pages that ask for nothing special: its cache keeps the page's files."""
    context = browser.new_context(**USUAL)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


class Windows:
    """Opens pages and remembers what went wrong in them."""

    def __init__(self, browser: Browser, usual: BrowserContext) -> None:
        self._browser = browser
        self._usual = usual
        self._contexts: list[BrowserContext] = []
        self._pages: list[Page] = []
        self.errors: list[str] = []

    def context(self, **options: Any) -> BrowserContext:
        """A browser of its own: nothing of the other pages' cookies, cache or storage."""
        context = self._browser.new_context(**{**USUAL, **options})
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        return context

    def open(self, address: str, **options: Any) -> Page:
        context = self.context(**options) if options else self._usual
        page = context.new_page()
        self._pages.append(page)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._listen)
        page.goto(address)
        return page

    def _listen(self, message: Any) -> None:
        """A breach of the security policy is a bug; a refused request is a test's doing."""
        if message.type == "error" and "Content Security Policy" in message.text:
            self.errors.append(message.text)

    def close(self) -> None:
        for opened in [*self._pages, *self._contexts]:
            opened.close()


@pytest.fixture
def windows(browser: Browser, usual_context: BrowserContext) -> Iterator[Windows]:
    opened = Windows(browser, usual_context)
    yield opened
    opened.close()
    assert opened.errors == []


@pytest.fixture
def open_desk(windows: Windows, fake: FakeServer) -> OpenPage:
    """`open_desk(path, **context options)`: the scripted desk's page, once it is live."""

    def opened(path: str = "", **options: Any) -> Page:
        page = windows.open(fake.address + path, **options)
        page.wait_for_selector("[data-link=live]")
        page.wait_for_selector(".empty, .job-list [data-job], .job-list button")
        return page

    return opened
