"""Schedules, values to take and lists for tabs: what the page asks for, and how it shows them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import until
from tests.e2e.support.samples import make_job, stamp

pytestmark = pytest.mark.browser

SCHEDULE = {
    "start": "09:00",
    "end": "18:00",
    "interval_min": 60,
    "work_days": [1, 2, 3, 4, 5],
    "timezone": "Asia/Shanghai",
    "max_delay_min": 0,
    "holidays": "",
}
PASSES = [f"2026-11-23T0{hour}:00:00.000Z" for hour in range(1, 6)]


@pytest.fixture
def form(fake, open_desk):
    """The new-job form with an address in it."""
    page = open_desk("#new", timezone_id="Asia/Shanghai")
    page.locator("textarea[name=items]").fill("https://example.com/1")
    return page


def made(fake):
    return fake.do(lambda desk: [one[3] for one in desk.requests if one[1] == "jobs"])[-1]


def test_the_next_passes_are_shown_before_anything_is_made(fake, form):
    fake.do(lambda desk: desk.batch.passes.extend(PASSES))
    form.locator("input[name=kind][value=visit]").check()
    form.locator("input[name=scheduled]").check()
    shown = form.locator(".next-passes li")
    expect(shown).to_have_count(5)
    expect(shown.first).to_have_text("Mon 23 Nov, 09:00 GMT+8")
    fake.do(lambda desk: desk.batch.passes.clear())
    wanted = {**SCHEDULE, "interval_min": 30, "max_delay_min": 7, "holidays": "CN",
              "work_days": [1, 2, 3, 4, 5, 6]}  # fmt: skip
    form.locator("input[name=schedule_interval_min]").fill("30")
    form.locator("input[name=schedule_max_delay_min]").fill("7")
    form.locator("select[name=schedule_holidays]").select_option("CN")
    form.locator("input[name=work_days][value='6']").check()
    until(form, lambda: fake.do(lambda desk: desk.batch.previews[-1:]), [wanted])
    expect(shown).to_have_count(0)
    assert fake.do(lambda desk: [one for one in desk.requests if one[1] == "jobs"]) == []
    form.get_by_role("button", name="Start the schedule").click()
    form.wait_for_url("**/jobs/*")
    body = made(fake)
    assert (body["kind"], body["schedule"], body["start"]) == ("visit", wanted, True)


def test_what_is_wrong_with_a_schedule_stands_at_its_field(fake, form):
    wrong = [{"index": None, "field": "schedule.end", "reason": "is the start"}]
    error = {"code": "invalid_spec", "message": "no", "details": {"errors": wrong}}
    fake.do(lambda desk: desk.refusals.update(preview=(400, error)))
    form.locator("input[name=scheduled]").check()
    field = form.locator("input[name=schedule_end]")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(form.locator("#schedule-end-wrong")).to_have_text("is the start")


def test_a_job_without_a_schedule_says_nothing_of_one(fake, form):
    form.get_by_role("button", name="Start", exact=True).click()
    form.wait_for_url("**/jobs/*")
    assert made(fake).keys() == {"kind", "name", "numbered", "spec", "start", "items"}
    assert "extract" not in made(fake)["spec"]


def test_a_list_for_my_own_tabs(fake, form):
    form.locator("input[name=kind][value=tab]").check()
    expect(form.locator("input[name=scheduled]")).to_have_count(0)
    form.locator("input[name=sequential]").check()
    form.locator("input[name=new_window]").uncheck()
    form.get_by_text("More settings").click()
    form.locator("input[name=failover_after_min]").fill("5")
    form.get_by_role("button", name="Start", exact=True).click()
    form.wait_for_url("**/jobs/*")
    body = made(fake)
    assert body["kind"] == "tab"
    assert body["spec"] == {"delay_ms": 1000, "new_window": False, "sequential": True,
                            "failover_after_min": 5}  # fmt: skip


def test_values_to_take(fake, form):
    for _ in range(3):
        form.get_by_role("button", name="Add a value").click()
    rows = form.locator(".extract-rule")
    rows.nth(0).locator("[name=extract_as]").fill("links")
    rows.nth(0).locator("[name=extract_what]").fill("a.next")
    rows.nth(0).locator("[name=extract_attribute]").fill("href")
    rows.nth(0).locator("[name=extract_all]").check()
    rows.nth(1).locator("[name=extract_as]").fill("price")
    rows.nth(1).locator("select").select_option("json_path")
    rows.nth(1).locator("[name=extract_what]").fill("$.price")
    form.get_by_role("button", name="Start", exact=True).click()
    form.wait_for_url("**/jobs/*")
    assert made(fake)["spec"]["extract"] == [
        {"as": "links", "css": "a.next", "attribute": "href", "all": True},
        {"as": "price", "json_path": "$.price"},
    ]


def test_a_scheduled_job_shows_its_passes(fake, open_desk):
    due = [stamp(at) for at in (-30, -90, -150)]
    parent = make_job("offers", status="scheduled", total=40, schedule=SCHEDULE,
                      next_pass_at=due[0], kind="visit")  # fmt: skip
    child = make_job("offers, 10:00", status="completed", total=40, ok=40, parent=parent["id"])
    records = [
        {"slot_at": stamp(120), "at": stamp(119), "job_id": None, "skipped": "tokens"},
        {"slot_at": stamp(60), "at": stamp(59), "job_id": child["id"], "skipped": None},
    ]
    fake.put(parent, child)
    fake.do(lambda desk: desk.passes.update({parent["id"]: records}))
    fake.do(lambda desk: desk.batch.passes.extend(due))
    page = open_desk(f"/jobs/{parent['id']}")
    expect(page.locator(".of-passes .next-passes li")).to_have_count(3)
    row = page.locator(f"[data-job='{parent['id']}']")
    expect(row.locator(".counts")).to_contain_text("next ")
    expect(row.get_by_role("button", name="Pause: offers")).to_be_visible()
    passes = page.locator(".passes li")
    expect(passes).to_have_count(2)
    expect(passes.nth(1)).to_contain_text("not enough tokens")
    expect(page.locator(".of-passes")).to_contain_text("09:00 to 18:00")
    passes.nth(0).get_by_role("link", name="offers, 10:00").click()
    expect(page.get_by_role("heading", name="offers, 10:00")).to_be_visible()
    page.locator(".job-head").get_by_role("link", name="offers", exact=True).click()
    expect(passes).to_have_count(2)
