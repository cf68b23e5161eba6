"""Parts that come when they are wanted: while they are on their way, and where they do not come."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import until
from tests.e2e.support.samples import a_busy_desk

pytestmark = pytest.mark.browser

AUDIT = re.compile(r"/components/audit\.js$")


def test_a_part_that_does_not_come_says_so_and_comes_when_it_can(fake, windows):
    fake.put(*a_busy_desk())
    page = windows.open(fake.address, service_workers="block")
    page.wait_for_selector("[data-link=live]")
    refused = []
    page.route(AUDIT, lambda route: (refused.append(route.request.url), route.abort()))
    # By the address: who points at a link has it asked for before it is wanted.
    page.evaluate("location.hash = 'audit'")
    missing = page.locator(".pane [role=alert]")
    expect(missing).to_contain_text("could not be loaded")
    # By itself it was asked for once more, and is not again while the button is there.
    assert len(refused) == 2
    # Whoever comes back asks anew, and is not told of what failed before.
    held = []
    page.route(AUDIT, lambda route: held.append(route))
    page.evaluate("location.hash = 'domains'")
    expect(missing).to_have_count(0)
    page.evaluate("location.hash = 'audit'")
    expect(page.locator(".pane [data-opening]")).to_have_count(1)
    for at in range(2):
        until(page, lambda at=at: len(held) > at)
        expect(missing).to_have_count(0)
        held[at].abort()
    expect(missing).to_contain_text("could not be loaded")
    page.unroute(AUDIT)
    missing.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Who did what", level=1)).to_be_visible()


def test_what_did_not_come_while_the_server_was_away_comes_by_itself(fake, windows):
    fake.put(*a_busy_desk())
    page = windows.open(fake.address, service_workers="block")
    page.wait_for_selector("[data-link=live]")
    page.route("**/api/**", lambda route: route.abort())
    page.route(AUDIT, lambda route: route.abort())
    fake.do(lambda desk: desk.set_sockets(False))
    page.wait_for_selector("[data-link=offline]")
    page.get_by_role("link", name="Who did what").click()
    expect(page.locator(".pane [role=alert]")).to_contain_text("could not be loaded")
    page.unroute(AUDIT)
    # First the socket: it would be asked for in vain else, and not again before the back-off ends.
    fake.do(lambda desk: desk.set_sockets(True))
    page.unroute("**/api/**")
    expect(page.get_by_role("heading", name="Who did what", level=1)).to_be_visible()


def test_a_page_that_is_older_than_its_server_says_so(fake, windows):
    fake.put(*a_busy_desk())
    page = windows.open(fake.address, service_workers="block")
    page.wait_for_selector("[data-link=live]")
    page.route(
        re.compile(r"/components/(audit|lazy)\.js$"), lambda route: route.fulfill(status=404)
    )
    page.get_by_role("link", name="Who did what").click()
    missing = page.locator(".pane [role=alert]")
    expect(missing).to_contain_text("has been updated")
    expect(missing.get_by_role("button")).to_have_text(["Reload the page"])


def test_keys_wait_for_the_part_that_was_asked_for(fake, windows):
    """What is typed right after `n` belongs to the form, and pauses no job."""
    fake.put(*a_busy_desk())
    page = windows.open(fake.address, service_workers="block")
    page.wait_for_selector("[data-link=live]")
    held = []
    page.route(re.compile(r"/components/new-job\.js$"), lambda route: held.append(route))
    page.locator("[data-row]").first.focus()
    page.keyboard.press("n")
    expect(page.locator("[data-opening]")).to_have_count(1)
    page.keyboard.press("p")
    until(page, lambda: held)
    held[0].continue_()
    expect(page.locator("textarea[name=items]")).to_be_focused()
    verbs = fake.do(lambda desk: [one[1] for one in desk.requests if one[0] == "POST"])
    assert verbs == []


def test_keys_do_not_wait_for_what_comes_by_itself(fake, windows):
    """On a desk without a job a part of the first view is on its way for a moment."""
    page = windows.open("about:blank", service_workers="block")
    held = []
    page.route(re.compile(r"/components/qr\.js$"), lambda route: held.append(route))
    page.goto(fake.address)
    page.wait_for_selector(".empty")
    until(page, lambda: held)
    page.keyboard.press("n")
    expect(page.locator("textarea[name=items]")).to_be_focused()
    held[0].continue_()


def test_only_the_language_in_use_is_loaded(fake, windows):
    page = windows.open("about:blank", service_workers="block")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(fake.address)
    page.wait_for_selector("[data-link=live]")
    tables = [url for url in asked if "/i18n/" in url]
    assert tables
    assert [url for url in tables if "zh" in url] == []
    page.route(re.compile("/i18n/zh"), lambda route: route.abort())
    page.get_by_role("button", name="中文").click()
    expect(page.locator(".notice")).to_contain_text("中文")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.unroute(re.compile("/i18n/zh"))
    page.locator(".notice").get_by_role("button", name="Try again").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_role("link", name="新建任务")).to_be_visible()
