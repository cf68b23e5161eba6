"""The page in a browser that blocks pop-ups, as browsers do by default: it is found out by a click
before anything is leased."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.support import chromium

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(playwright):
    """With the pop-up blocker that Playwright switches off."""
    allowing = ["--disable-popup-blocking"]
    with chromium.browser(playwright, ignore_default_args=allowing) as running:
        yield running


def test_a_browser_that_blocks_pop_ups_is_told_from_one_that_permits_them(fake, open_desk):
    page = open_desk("#tab")
    page.get_by_role("button", name="Let this tab open pages").click()
    expect(page.locator(".tab-state.blocked")).to_contain_text("blocks pop-ups")
    expect(page.get_by_role("button", name="Test again")).to_be_visible()
    assert fake.do(lambda desk: desk.batch.tabs) == []
    assert page.context.pages == [page]
