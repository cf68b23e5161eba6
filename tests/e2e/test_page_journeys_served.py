"""Journeys the whole way: the page, the desk, a worker's Chromium on the sample site, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support.reading import holds, picture_is
from tests.e2e.support.real_server import sample_origin, serving

pytestmark = pytest.mark.browser

END_MS = 180_000


@pytest.fixture(scope="module")
def nightdesk(tmp_path_factory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("nightdesk") / "data") as address:
        yield address


@pytest.fixture
def land(windows, nightdesk):
    def landed() -> Page:
        page = windows.open(f"{nightdesk}/", locale="en-GB")
        expect(page).to_have_url(re.compile(r"/s/[0-9a-f-]{36}$"))
        page.wait_for_selector(".examples")
        return page

    return landed


def box(page: Page):
    return page.locator("#background-task-status")


def test_sample_journeys_outlive_the_tab_and_leave_what_they_found(land, windows):
    page = land()
    desk = page.url
    page.get_by_role("button", name=re.compile("journeys of a browser")).click()
    expect(page).to_have_url(f"{desk}/journeys")
    # Whether they run still or have ended by now: they go on, or are done, without this tab.
    expect(box(page)).to_contain_text("/ 4")
    page.close()

    other = windows.open(f"{desk}/journeys", locale="zh-CN")
    expect(box(other)).to_contain_text("后台任务全部完成！", timeout=END_MS)
    expect(other.locator("[data-journey] .c-last")).to_have_text([re.compile("已完成")] * 4)
    found = other.locator("[data-journey]", has_text="自动生成")
    found.locator(".name").click()
    expect(other.get_by_text("路径由服务器生成")).to_be_visible()
    expect(other.locator(".step-say").nth(3)).to_be_visible()
    other.get_by_role("link", name="查看结果").click()
    other.locator("[data-item-row='0']").click()
    shot = other.locator(".done-steps img").last
    picture_is(shot, 1280)
    expect(other.locator(".extracted table")).to_contain_text("The Night Train")


def test_a_journey_made_here_fails_where_it_says_so_and_shows_itself_live(land, nightdesk):
    page = land()
    page.get_by_role("link", name="Journeys").click()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Nobody answers")
    page.get_by_label("Begins at").fill("nothing")
    kinds = page.get_by_role("group", name="Add a step")
    kinds.get_by_role("button", name="Wait for").click()
    page.locator(".step-fields input[name=selector]").fill("#never")
    page.locator(".step-fields input[name=timeout_s]").fill("15")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Begins at")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Begins at").fill(f"{sample_origin(nightdesk)}/shop/")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile("/journeys#[0-9a-f]{8}$"))
    page.get_by_label("Select Nobody answers").check()
    page.get_by_role("button", name="Run 1 selected").click()
    page.get_by_role("button", name="Watch the browser").click()
    seen = page.locator(".screen.seen canvas")
    # Its browser starts first: on a busy machine that takes longer than pages do.
    expect(seen).to_be_visible(timeout=END_MS)
    holds(seen, "canvas => canvas.width > 300")
    expect(box(page)).to_contain_text("None of them went well.", timeout=END_MS)
    expect(page.locator("[data-journey] .c-last")).to_contain_text("#never")
    page.get_by_role("link", name="See the results").click()
    page.locator("[data-item-row='0']").click()
    failure = page.locator(".failure")
    expect(failure).to_contain_text("#never")
    picture_is(failure.get_by_role("img"), 1280)
