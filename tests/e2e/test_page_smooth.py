"""A long list stays smooth: what is drawn is what is in sight, and what changes is drawn anew."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import fewer_than, gives
from tests.e2e.support.samples import make_job, outcomes

pytestmark = pytest.mark.browser

# Preact tells of each component that it has drawn.
COUNT = """() => import("/page/vendor/preact.js").then(({options}) => {
    const before = options.diffed;
    window.drawn = {};
    options.diffed = (vnode) => {
        const name = typeof vnode.type === "function" ? vnode.type.name : "";
        if (name) window.drawn[name] = (window.drawn[name] ?? 0) + 1;
        before?.(vnode);
    };
})"""


def test_of_a_thousand_jobs_one_that_moves_is_drawn_anew(fake, open_desk):
    jobs = [make_job(f"job {at:04}", total=100, minutes_ago=at) for at in range(1000)]
    for job in jobs:
        # So near an end is told in seconds; a later one by the clock, in all rows at each tick.
        job["progress"]["eta_s"] = 30
    fake.put(*jobs)
    page = open_desk()
    expect(page.locator(".filter", has_text="All")).to_contain_text("1,000")
    fewer_than(page.locator("[data-job]"), 60)
    page.evaluate(COUNT)
    seen = page.locator("[data-job]").nth(2)
    for done in (10, 20, 30):
        moved = {**jobs[2], "counts": {**jobs[2]["counts"], "ok": done, "done": done}}
        fake.put(moved)
        expect(seen).to_contain_text(f"{done} / 100")
    # A row that is passed over counts as itself, and what is in it does not.
    for part in ("JobList", "Bar", "Counts", "Ending", "PrimaryAction"):
        # Once for each move; a frame that is late may draw it once more, and no other row.
        gives(page, f"window.drawn.{part} >= 3 && window.drawn.{part} < 9", True)


def test_of_a_hundred_thousand_items_those_in_sight_are_drawn(fake, open_desk):
    job = make_job("long", total=100_000, ok=100_000, status="completed")
    few = outcomes(200)

    def fill(desk):
        desk.items[job["id"]] = few * 500  # the same ones again and again: only rows count here

    fake.do(fill)
    fake.put(job)
    page = open_desk(f"/jobs/{job['id']}")
    frame = page.locator(".items .scroll")
    fewer_than(page.locator("[data-item-row]"), 60)
    for share in (0.5, 1, 0.25):
        frame.evaluate(f"list => list.scrollTo(0, {share} * list.scrollHeight)")
        last = round(share * 100_000)
        near = page.locator(f"[data-item-row='{min(last, 99_999)}']")
        expect(near).to_be_visible()
        fewer_than(page.locator("[data-item-row]"), 60)
