"""The list of jobs: rows, filters, keyboard, the menu, deletion, hostile names, a thousand jobs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import fewer_than
from tests.e2e.support.samples import HOSTILE, a_busy_desk, make_job

pytestmark = pytest.mark.browser


def test_a_row_says_it_all_in_one_order(fake, open_desk):
    fake.put(make_job("spring list", total=1000, ok=400, failed=12))
    row = open_desk().locator("[data-job]")
    expect(row.locator(".mark")).to_have_attribute("title", "Running")
    facts = ["spring list", "fetch", "412 / 1,000", "31.2/s", "about", "5 min", "Pause"]
    in_order = re.compile(".*".join(map(re.escape, facts)), re.DOTALL)
    expect(row).to_have_text(in_order, use_inner_text=True)
    bar = row.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuenow", "41")
    expect(bar.locator(".segment")).to_have_count(3)  # ok, failed, in flight


def test_an_unknown_total_is_striped_and_counted(fake, open_desk):
    fake.put(make_job("growing", total=0))
    row = open_desk().locator("[data-job]")
    expect(row.locator(".bar.unknown")).to_be_visible()
    expect(row.locator(".counts")).to_have_text("0")


def test_filters_count_and_choose(fake, open_desk):
    fake.put(*a_busy_desk())
    page = open_desk()
    expect(page.locator(".filter", has_text="With failures")).to_contain_text("4")
    page.locator(".filter", has_text="Paused").click()
    expect(page.locator("[data-job]")).to_have_count(1)
    page.locator(".filter", has_text="All").click()
    page.get_by_role("searchbox").fill("LIST")
    expect(page.locator("[data-job] .name")).to_have_text(["spring list", "autumn list"])
    page.get_by_role("searchbox").fill("nothing like it")
    page.get_by_role("button", name="Show all jobs").click()
    expect(page.locator("[data-job]")).to_have_count(8)


def test_kinds_are_filters_only_where_there_are_several(fake, open_desk):
    fake.put(make_job("a"), make_job("b"))
    page = open_desk()
    expect(page.locator(".filters h2")).to_have_count(0)
    fake.put(make_job("c", kind="visit"))
    page.locator(".filter", has_text="visit").click()
    expect(page.locator("[data-job] .name")).to_have_text(["c"])


def test_the_keyboard_reaches_everything(fake, open_desk):
    jobs = [make_job(f"job {at}", minutes_ago=at) for at in range(3)]
    fake.put(*jobs)
    page = open_desk()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="job 1")).to_be_focused()
    page.keyboard.press("p")
    expect(page.locator(f"[data-job='{jobs[1]['id']}'] .mark")).to_have_class(re.compile("paused"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/jobs/{jobs[1]['id']}$"))
    page.keyboard.press("Escape")
    expect(page).to_have_url(fake.address)
    page.keyboard.press("?")
    expect(page.get_by_role("complementary", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.get_by_role("form", name="New job")).to_be_visible()
    page.keyboard.type("n?p/")  # in a field, keys are text
    expect(page.locator("textarea[name=items]")).to_have_value("n?p/")


def test_the_menu_opens_and_closes_by_keyboard(fake, open_desk):
    fake.put(make_job("spring list"))
    page = open_desk()
    more = page.get_by_role("button", name="More for spring list")
    more.press("Enter")
    expect(page.get_by_role("menuitem", name="Download results")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(more).to_be_focused()


def test_escape_closes_the_dialog_and_leaves_the_job_open(fake, open_desk):
    job = make_job("spring list")
    fake.put(job)
    page = open_desk(f"/jobs/{job['id']}")
    page.get_by_role("button", name="Delete: spring list").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".job-head")).to_be_visible()


def test_deleting_asks_first(fake, open_desk):
    fake.put(make_job("to keep", minutes_ago=1), make_job("to delete", minutes_ago=2))
    page = open_desk()
    page.get_by_role("button", name="More for to delete").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("to delete")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("[data-job]")).to_have_count(2)
    page.get_by_role("button", name="More for to delete").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator("[data-job] .name")).to_have_text(["to keep"])


def test_a_job_deleted_elsewhere_leaves_the_list(fake, open_desk):
    stays, goes = make_job("stays"), make_job("goes")
    fake.put(stays, goes)
    page = open_desk()
    fake.do(lambda desk: (desk.jobs.pop(goes["id"]), desk.touch()))
    expect(page.locator("[data-job] .name")).to_have_text(["stays"])


def test_hostile_text_stays_text(fake, open_desk):
    fake.put(make_job(HOSTILE, status="failed", total=3, failed=3, error=HOSTILE, kind=HOSTILE))
    page = open_desk()
    expect(page.locator("[data-job] .name")).to_have_text(HOSTILE)
    page.locator("[data-job] .name").click()
    expect(page.locator(".job-error")).to_have_text(HOSTILE)
    expect(page.locator("main img, .pane img")).to_have_count(0)
    expect(page).not_to_have_title("1")


def test_a_thousand_jobs_draw_a_screenful(fake, open_desk):
    names = [f"job {at:04}" for at in range(1000)]
    fake.put(*(make_job(name, minutes_ago=at) for at, name in enumerate(names)))
    page = open_desk()
    expect(page.locator(".filter", has_text="All")).to_contain_text("1,000")
    fewer_than(page.locator("[data-job]"), 60)
    page.locator("[data-row='0']").focus()
    page.keyboard.press("End")
    expect(page.get_by_role("link", name="job 0999")).to_be_focused()
    expect(page.get_by_role("link", name="job 0999")).to_be_in_viewport()


def test_status_changes_are_said_and_ticks_are_not(fake, open_desk):
    job = make_job("spring list", total=10, ok=1)
    fake.put(job)
    page = open_desk()
    said = page.locator("[aria-live=polite]")
    fake.put({**job, "counts": {**job["counts"], "ok": 2, "done": 2}})
    expect(page.locator("[data-job] .counts")).to_have_text("2 / 10")
    expect(said).to_have_text("")
    fake.put({**job, "status": "completed"})
    expect(said).to_have_text("spring list: Completed.")
