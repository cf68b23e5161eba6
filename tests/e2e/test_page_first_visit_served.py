"""A first visit as a browser counts it: every answer with its head, until the first view is whole.

Counted by Chromium, of a real server: the way to a desk of one's own, the page's files, and what
the page then asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support.reading import until
from tests.e2e.support.real_server import serving

pytestmark = pytest.mark.browser

FIRST_VISIT_BYTES = 185_000
# Six connections ask for them one after the other: rounds that a slow network takes.
FILES = 105


@pytest.fixture(scope="module")
def nightdesk(tmp_path_factory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("nightdesk") / "data") as address:
        yield address


class Wire:
    """What came to a page, in bytes. Written by Chromium's events alone."""

    def __init__(self, page: Page) -> None:
        self.asked: dict[str, str] = {}
        self.came: dict[str, int] = {}
        self._redirects: list[int] = []
        said = page.context.new_cdp_session(page)
        said.on("Network.requestWillBeSent", self._note_request)
        said.on("Network.loadingFinished", self._note_end)
        # A question that the page takes back: nobody polls once the socket is there.
        said.on("Network.loadingFailed", lambda event: self.came.setdefault(event["requestId"], 0))
        said.send("Network.enable")

    @property
    def size_bytes(self) -> int:
        return sum(self._redirects) + sum(self.came.values())

    def is_quiet(self) -> bool:
        return self.asked.keys() == self.came.keys()

    def _note_request(self, event: dict[str, Any]) -> None:
        self.asked[event["requestId"]] = event["request"]["url"]
        if "redirectResponse" in event:
            self._redirects.append(event["redirectResponse"]["encodedDataLength"])

    def _note_end(self, event: dict[str, Any]) -> None:
        self.came[event["requestId"]] = event["encodedDataLength"]


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_a_first_visit_is_small(windows, nightdesk, locale):
    page = windows.context(locale=locale).new_page()
    wire = Wire(page)
    page.goto(f"{nightdesk}/")
    page.wait_for_selector("[data-link=live]")
    # What comes last: the sample's items, and what shows the address as a picture.
    expect(page.locator(".examples button").first).to_be_visible()
    expect(page.locator(".qr-box button")).to_be_visible()
    until(page, wire.is_quiet)
    files = sorted(url for url in wire.asked.values() if "/page/" in url)
    assert any("/app/components/qr.js" in url for url in files)
    assert any("/i18n/" in url for url in files)
    assert wire.size_bytes < FIRST_VISIT_BYTES, files
    assert len(files) < FILES, files
