"""A job's charts and its history on the page: by pointer, keyboard and numbers, and kept true."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.fake_charts import T0, a_bucket, a_series, at
from tests.e2e.support.reading import box_of, holds, until
from tests.e2e.support.samples import make_job

pytestmark = pytest.mark.browser

BUCKETS = (
    a_bucket(0, 30, 2, errors={"429": 1, "timeout": 1}, bytes=4_000),
    a_bucket(1, 40),
    a_bucket(30, 10, 1, errors={"5xx": 1}),
    a_bucket(59, 5),
)
PAUSED = {"from": at(2), "to": at(30), "reason": "paused"}


@pytest.fixture
def job(fake):
    job = make_job("spring list", status="partially_completed", total=88, ok=85, failed=3,
                   started_at=at(0), ended_at=at(60))  # fmt: skip
    fake.put(job)

    def tell(desk):
        desk.charts.series = a_series(*BUCKETS, to=60)
        desk.charts.timeline = {**desk.charts.timeline, "gaps": [PAUSED]}

    fake.do(tell)
    return job


def asked(fake):
    return fake.do(lambda desk: list(desk.charts.asked))


def moment(page):
    return page.get_by_role("slider", name="Moment in the charts")


def test_figures_are_read_by_keyboard_by_pointer_and_as_numbers(fake, open_desk, job):
    page = open_desk(f"/jobs/{job['id']}#chart", timezone_id="UTC")
    expect(page.locator(".chart canvas")).to_have_count(3)
    names = page.locator(".chart h2")
    expect(names).to_have_text(["Items per second", "Response time", "Errors"])
    # By the keyboard: what it is at is said, of all charts at once.
    moment(page).focus()
    page.keyboard.press("Home")
    expect(moment(page)).to_have_attribute("aria-valuenow", "0")
    said = "11:06:40: OK 30.0/s, Failed 2.0/s, Median 80 ms, 95 % took less 300 ms, "
    expect(moment(page)).to_have_attribute("aria-valuetext", re.compile(re.escape(said)))
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-chart=rate] .chart-legend")).to_contain_text("40.0/s")
    page.keyboard.press("PageDown")
    expect(moment(page)).to_have_attribute("aria-valuetext", re.compile(": Paused$"))
    expect(moment(page)).to_contain_text("11:06:51 · Paused")
    page.keyboard.press("End")
    expect(moment(page)).to_have_attribute("aria-valuenow", "59")
    # By the pointer: one cursor for all.
    page.locator("[data-chart=errors] .u-over").hover(position={"x": 1, "y": 20})
    expect(page.locator("[data-chart=rate] .chart-legend")).to_contain_text("30.0/s")
    # As a table, with what happened and nothing else.
    page.get_by_role("button", name="As numbers").click()
    rows = page.locator(".chart-numbers tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.nth(0)).to_contain_text("Asked to slow down (429) 1, Timed out 1")
    expect(page.locator(".chart canvas")).to_have_count(0)


def test_a_part_is_looked_at_closer_and_its_items_are_one_press_away(fake, open_desk, job):
    page = open_desk(f"/jobs/{job['id']}#chart")
    over = page.locator("[data-chart=rate] .u-over")
    box = box_of(over)
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 3 / 4, box["y"] + 20)
    page.mouse.up()
    items = page.get_by_role("link", name="Items of this time")
    expect(items).to_have_attribute(
        "href", re.compile(re.escape("#items?ended_from=2026-11-18T11:06:5"))
    )
    part = until(page, lambda: "from" in asked(fake)[-1] and asked(fake)[-1])
    assert "2026-11-18T11:06:54" <= part["from"] <= "2026-11-18T11:06:56"
    assert "2026-11-18T11:07:24" <= part["to"] <= "2026-11-18T11:07:26"
    page.get_by_role("button", name="Show all").click()
    expect(items).to_have_count(0)
    # The same by a press: nobody has to drag.
    closer = page.get_by_role("button", name="Look closer here")
    expect(closer).to_be_disabled()
    over.click(position={"x": 300, "y": 20})
    closer.click()
    expect(items).to_have_count(1)
    page.get_by_role("button", name="Show all").click()
    # The same by the keyboard, and back.
    moment(page).focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(items).to_have_count(1)
    page.keyboard.press("Escape")
    expect(items).to_have_count(0)


CHARTS = """async ([job, series, gaps, until]) => {
  const { chartsOf, rowsOf } = await import("/page/app/charts.js");
  const drawn = rowsOf(series, gaps, until);
  const said = (value) => (value === undefined ? "nothing" : value);
  return {
    open: drawn.open,
    charts: chartsOf(job, series, drawn).map(({ name, lines }) =>
      [name, ...lines.map(({ name, values }) => [name, ...values.map(said)])]),
  };
}"""


def test_pauses_are_gaps_and_what_is_not_over_is_no_low_rate(fake, open_desk):
    page = open_desk()
    buckets = [a_bucket(0, 2, usd="0.5"), a_bucket(4, 4, 1, usd="0.25", errors={"5xx": 1})]
    series = a_series(*buckets, to=5, growing=True)
    gaps = [{"from": at(2), "to": at(4), "reason": "paused"}]
    found = page.evaluate(CHARTS, [{"kind": "agent"}, series, gaps, T0 + 4.5])
    assert found["open"] == T0 + 4
    assert found["charts"] == [
        ["rate", ["ok", 2, 0, None, None, 8], ["failed", 0, 0, None, None, 2]],
        ["time", ["median", 52, "nothing", None, None, 54],
         ["p95", 300, "nothing", None, None, 300]],
        ["errors", ["5xx", 0, 0, None, None, 1]],
        ["cost", ["usd", 0.5, 0.5, None, None, 0.75]],
    ]  # fmt: skip
    # So little of the newest bucket is over that a rate would say nothing.
    found = page.evaluate(CHARTS, [{"kind": "fetch"}, series, gaps, T0 + 4.1])
    assert found["charts"][0][1] == ["ok", 2, 0, None, None, None]


def test_what_is_new_is_asked_for_alone_and_what_does_not_fit_anew(fake, open_desk, job):
    def grow(*buckets, revision, **rest):
        def change(desk):
            desk.charts.series = a_series(*buckets, to=60, growing=True, revision=revision, **rest)
            desk.touch({**job, "status": "running"})

        fake.do(change)

    grow(*BUCKETS[:2], revision=2)
    page = open_desk(f"/jobs/{job['id']}#chart")
    page.get_by_role("button", name="As numbers").click()
    rows = page.locator(".chart-numbers tbody tr")
    expect(rows).to_have_count(2)
    grow(*BUCKETS[:1], a_bucket(1, 41), BUCKETS[2], revision=3)
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("41")
    assert asked(fake)[-1]["since"] == at(1)
    # One that came late, before what is known: the sums do not fit, and all is read anew.
    grow(a_bucket(0, 31), a_bucket(1, 41), BUCKETS[2], revision=4)
    expect(rows.nth(0)).to_contain_text("31")
    assert "since" not in asked(fake)[-1]


def test_charts_that_were_left_are_let_go(fake, open_desk, job):
    """A page that is open for a week keeps no chart that was looked at once."""
    page = open_desk(f"/jobs/{job['id']}#chart")
    expect(page.locator(".chart canvas")).to_have_count(3)
    holds(
        page, "() => { window.left = new WeakRef(document.querySelector('.uplot')); return true }"
    )
    page.get_by_role("link", name="Items", exact=True).click()
    expect(page.locator(".chart")).to_have_count(0)
    memory = page.context.new_cdp_session(page)

    def is_gone():
        memory.send("HeapProfiler.collectGarbage")
        return page.evaluate("window.left.deref() === undefined")

    until(page, is_gone)


def test_nothing_yet_a_server_that_is_away_and_what_is_to_be_known(fake, open_desk, job):
    fake.do(lambda desk: setattr(desk.charts, "series", a_series(to=60, growing=True)))
    page = open_desk(f"/jobs/{job['id']}#chart")
    expect(page.get_by_text("Nothing has ended yet.")).to_be_visible()

    def tell(desk):
        replaced = {"ok": 0, "failed": 2, "skipped": 0}
        more = {"replaced": replaced, "astray": 1, "bad_lines": 3, "revision": 2}
        desk.charts.series = a_series(*BUCKETS, to=60, **more)
        desk.touch({**job})

    fake.do(tell)
    expect(page.get_by_text("2 endings that are shown here were replaced later")).to_be_visible()
    expect(page.get_by_text("a clock was wrong")).to_be_visible()
    expect(page.get_by_text("3 lines of the outcomes are damaged")).to_be_visible()
    refusal = (503, {"code": "overloaded", "message": "later"})
    fake.do(lambda desk: desk.refusals.update(series=refusal))
    fake.do(lambda desk: desk.touch({**job}))
    expect(page.locator(".charts .tab-error")).to_be_visible()
    expect(page.locator(".chart canvas")).to_have_count(3)


def test_the_history_says_what_happened_by_whom_and_when_nothing_did(fake, open_desk, job):
    by = {"who": "6db65fd59fd356f6", "means": "link", "from": "192.0.2.7"}
    counts = {"ok": 70, "failed": 2, "skipped": 0, "total": 88}

    def tell(desk):
        desk.charts.timeline = {
            "events": [
                {"at": at(0), "what": "create_job", **by},
                {"at": at(0.5), "what": "begun", "n": 88},
                {"at": at(2), "what": "pause_job", **by, "more": 3},
                {"at": at(2), "what": "rested", "counts": counts},
                {"at": at(31), "what": "worker_died", "n": 4, "reason": "the worker died"},
                {"at": at(40), "what": "export", **by},
                {"at": at(41), "what": "start_job", **by, "outcome": "invalid_status"},
                {"at": at(42), "what": "a_word_from_tomorrow"},
            ],
            "gaps": [{"from": at(0), "to": at(0.5), "reason": "waiting"}, PAUSED],
            "left_out": 7,
            "revision": 1,
        }
        desk.batch.entries = [{"id": "a:1", "amount": -88, "balance": 912, "at": at(0), "note": "",
                               "job_id": job["id"]}]  # fmt: skip

    fake.do(tell)
    page = open_desk(f"/jobs/{job['id']}#history")
    rows = page.locator(".timeline li")
    expect(rows).to_have_count(8)
    expect(rows.nth(0)).to_contain_text("by the link (6db65fd5), from 192.0.2.7")
    expect(rows.nth(1)).to_contain_text("Began: 88 items to do")
    expect(rows.nth(3)).to_contain_text("70 OK, 2 failed, 0 skipped, of 88")
    expect(rows.nth(4)).to_contain_text("Paused: 28.0 s")
    expect(rows.nth(5)).to_contain_text("A worker died; its 4 items are done again")
    expect(rows.nth(6)).to_contain_text("Refused:")
    expect(rows.nth(7)).to_contain_text("a_word_from_tomorrow")
    expect(page.get_by_text("7 events from the middle are left out")).to_be_visible()
    expect(page.locator(".history .ledger tbody")).to_contain_text("−88")
    page.get_by_label("Also what was downloaded").check()
    expect(rows).to_have_count(9)
