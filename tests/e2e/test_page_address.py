"""The desk's address on the page: seen, replaced, and what becomes of a window on the old one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.fake_desk import NEW_ID, FakeDesk
from tests.e2e.support.real_server import serving

pytestmark = pytest.mark.browser

GONE = "There is no desk at this address"


@pytest.fixture(scope="module")
def nightdesk(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("nightdesk") / "data") as address:
        yield address


def make_new(page):
    page.get_by_role("link", name="Address", exact=True).click()
    page.get_by_role("button", name="Make a new address").click()
    page.get_by_role("dialog").get_by_role("button", name="Make a new address").click()


def asked_with(fake):
    requests = fake.do(lambda desk: list(desk.requests))
    return [headers["Idempotency-Key"] for _, what, headers, _ in requests if what == "rotate-link"]


def test_one_window_moves_and_the_other_is_told(windows, nightdesk):
    page = windows.open(f"{nightdesk}/", locale="en-GB")
    expect(page).to_have_url(re.compile(r"/s/[0-9a-f-]{36}$"))
    old = page.url
    other = windows.open(old, locale="en-GB")
    expect(other.locator("[data-link=live]")).to_be_visible()
    make_new(page)
    expect(page).not_to_have_url(re.compile(re.escape(old)))
    expect(page.locator(".pane .address code").first).to_have_text(
        page.url.removesuffix("#address")
    )
    expect(page.locator("[data-link=live]")).to_be_visible()
    expect(other.get_by_role("heading", name=GONE)).to_be_visible()
    # It asks no more: what it would be told stays the same.
    seen = []
    other.on("request", lambda request: seen.append(request.url))
    other.on("websocket", lambda socket: seen.append(socket.url))
    other.clock.install()
    other.clock.run_for(120_000)
    assert seen == []
    # The browser comes back to the new address, by its cookie.
    home = page.context.new_page()
    home.goto(f"{nightdesk}/")
    expect(home).to_have_url(page.url.removesuffix("#address"))


def test_the_question_can_be_left(fake, open_desk):
    page = open_desk("#address")
    page.get_by_role("button", name="Make a new address").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("shut out at once")).to_be_visible()
    dialog.get_by_role("button", name="Keep the old one").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Make a new address").click()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert asked_with(fake) == []


def test_a_lost_answer_is_asked_for_again_with_the_same_key(fake, open_desk):
    trouble = (503, {"code": "storage_unavailable", "message": "not known"})
    fake.do(lambda desk: desk.refusals.update({"rotate-link": trouble}))
    page = open_desk()
    make_new(page)
    expect(page.get_by_role("dialog").get_by_text("No answer yet")).to_be_visible()
    fake.do(lambda desk: desk.refusals.clear())
    expect(page).to_have_url(re.compile(NEW_ID))
    keys = asked_with(fake)
    assert len(keys) >= 2
    assert len(set(keys)) == 1
    assert len(keys[0]) >= 20


def test_a_refusal_is_told_and_the_address_stays(fake, open_desk):
    full = (507, {"code": "storage_full", "message": "the disk is full"})
    fake.do(lambda desk: desk.refusals.update({"rotate-link": full}))
    page = open_desk()
    make_new(page)
    expect(page.get_by_role("alert").get_by_text("disk is full").first).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert NEW_ID not in page.url
    fake.do(FakeDesk.reset)


def test_nobody_has_to_wait_for_ever(fake, open_desk):
    trouble = (503, {"code": "desk_unavailable", "message": "it restarts"})
    fake.do(lambda desk: desk.refusals.update({"rotate-link": trouble}))
    page = open_desk()
    make_new(page)
    page.get_by_role("dialog").get_by_role("button", name="Stop waiting").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
