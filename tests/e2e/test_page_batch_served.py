"""Tokens, schedules and values to take, by the page of a real server."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import expect

from nightdesk import Client
from tests.e2e.support.reading import texts, until
from tests.e2e.support.real_server import sample_origin, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("batch") / "data") as served:
        yield served


@pytest.fixture
def form(windows, address):
    page = windows.open(f"{address}/s/local#new", timezone_id="Asia/Shanghai")
    page.locator("textarea[name=items]").fill(f"{sample_origin(address)}/page/1\n")
    return page


def test_the_ledger_of_a_new_desk_has_its_opening_balance(windows, address):
    page = windows.open(f"{address}/s/local")
    page.get_by_role("link", name="Tokens 10,000").click()
    row = page.locator(".ledger tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Opening balance")
    expect(row).to_contain_text("+10,000")


def far_from_now():
    """When a schedule begins and ends whose next pass is hours away: none is due while it is
    looked at, whatever the hour."""
    hour = datetime.now(timezone(timedelta(hours=8))).hour
    return ("20:00", "22:00") if hour < 12 else ("06:00", "08:00")


def test_a_schedule_is_seen_before_it_is_made_and_after(form):
    start, end = far_from_now()
    form.locator("input[name=scheduled]").check()
    form.locator("input[name=schedule_start]").fill(start)
    form.locator("input[name=schedule_end]").fill(end)
    with form.expect_response(lambda told: "CN" in (told.request.post_data or "")):
        form.locator("select[name=schedule_holidays]").select_option("CN")
    shown = form.locator(".next-passes li")
    expect(shown).to_have_count(5)
    expect(shown.first).to_have_text(re.compile(rf"{start} GMT\+8$"))
    [first, *_] = until(form, lambda: texts(shown))
    form.locator("input[name=schedule_end]").fill(start)
    expect(form.locator("#schedule-end-wrong")).not_to_be_empty()
    form.locator("input[name=schedule_end]").fill(end)
    expect(shown.first).to_have_text(first)
    form.get_by_role("button", name="Start the schedule").click()
    passes = form.locator(".of-passes")
    expect(passes).to_contain_text(first)
    expect(passes).to_contain_text("None was due yet.")
    form.get_by_role("button", name=re.compile("^Pause")).last.click()
    expect(form.locator(".job-head .status-text")).to_contain_text("Paused")
    form.get_by_role("button", name=re.compile("^Resume")).last.click()
    expect(form.locator(".job-head .status-text")).to_have_text("Scheduled")


def test_values_are_taken_and_seen_with_their_page(form, address):
    form.get_by_text("Take values from each page").click()
    form.get_by_role("button", name="Add a value").click()
    row = form.locator(".extract-rule")
    row.locator("[name=extract_as]").fill("title")
    row.locator("[name=extract_what]").fill("title")
    form.get_by_role("button", name="Start", exact=True).click()
    form.wait_for_url("**/jobs/*")
    with Client(address, desk="local") as client:
        client.wait(form.url.rsplit("/", 1)[1])
    form.locator("[data-item-row='0']").click()
    taken = form.locator(".outcome .extracted", has_text="title")
    expect(taken.locator(".value")).to_contain_text(re.compile(r"\w"))
