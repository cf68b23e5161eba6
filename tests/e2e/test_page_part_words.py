"""The words of a part come with it: not before, not without, and in the language that is spoken."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e.support.reading import until

pytestmark = pytest.mark.browser

LATER = re.compile(r"/i18n/(en|zh)-")


def tables_of(page: Page) -> list[str]:
    """Written as the page asks: the tables of words, by their file's names."""
    asked: list[str] = []

    def listen(request: Request) -> None:
        if "/i18n/" in request.url:
            asked.append(request.url.rpartition("/")[2])

    page.on("request", listen)
    return asked


def test_the_first_view_has_one_table_and_a_part_brings_the_others(fake, windows):
    page = windows.open("about:blank", service_workers="block")
    asked = tables_of(page)
    page.goto(fake.address)
    page.wait_for_selector("[data-link=live]")
    page.wait_for_selector(".empty")
    assert asked == ["en.js"]
    page.keyboard.press("n")
    expect(page.locator("textarea[name=items]")).to_be_focused()
    expect(page.get_by_role("heading", name="New job")).to_be_visible()
    assert "en-forms.js" in asked
    assert len(asked) == len(set(asked))


def test_a_part_without_its_words_is_not_shown_and_can_be_had_again(fake, windows):
    page = windows.open("about:blank", service_workers="block")
    page.goto(fake.address)
    page.wait_for_selector("[data-link=live]")
    page.route(LATER, lambda route: route.abort())
    page.get_by_role("link", name="New job").first.click()
    missing = page.locator(".lazy-missing")
    expect(missing).to_contain_text("could not be loaded")
    expect(page.locator("textarea[name=items]")).to_have_count(0)
    page.unroute(LATER)
    missing.get_by_role("button", name="Try again").click()
    expect(page.locator("textarea[name=items]")).to_be_visible()


def test_a_language_that_is_chosen_while_words_are_on_their_way_has_them_too(fake, windows):
    page = windows.open("about:blank", service_workers="block")
    page.goto(fake.address)
    page.wait_for_selector("[data-link=live]")
    held = []
    page.route(re.compile(r"/i18n/en-forms\.js$"), lambda route: held.append(route))
    page.get_by_role("link", name="New job").first.click()
    until(page, lambda: held)
    page.get_by_role("button", name="中文").click()
    held[0].continue_()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_text("网址，每行一个").first).to_be_visible()
