"""The queue by lane: what runs, and what waits in the order of its turn."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import texts, until
from tests.e2e.support.samples import make_job

pytestmark = pytest.mark.browser


def waiting(name, lane, minutes_ago, **rest):
    rest = {"status": "queued", "kind": lane, "lane": lane, "minutes_ago": minutes_ago, **rest}
    return make_job(name, **rest)


@pytest.fixture
def queue(fake, open_desk):
    """A desk whose lanes are full; the queue open."""
    fake.put(
        waiting("foxes", "generate", 9, status="running", ok=10),
        waiting("cats", "generate", 5),
        waiting("dogs", "generate", 4),
        waiting("for the boss", "generate", 1, priority=5),
        waiting("names of cats", "tag", 3),
        make_job("done", status="completed", total=1, ok=1),
    )
    page = open_desk()
    page.locator(".filter", has_text="Queue").click()
    return page


def shown(page):
    return page.locator(".lane-head h2, .row .name, .row .eta")


def test_each_lane_has_its_order(fake, queue):
    expect(queue.locator(".filter", has_text="Queue")).to_contain_text("5")
    expect(queue.locator(".lane-head")).to_have_count(2)
    in_order = ["pictures", "foxes", "for the boss", "next in line", "cats", "no. 2 in line",
                "dogs", "no. 3 in line", "tags", "names of cats", "next in line"]  # fmt: skip
    # The third says when the one that runs will have ended.
    until(queue, lambda: [one for at, one in enumerate(texts(shown(queue))) if at != 2], in_order)
    expect(queue.locator(".lane-head").first).to_contain_text("1 running · 3 waiting")

    # Whose turn it is next follows what others do.
    boss = next(one for one in fake.do(lambda desk: [*desk.jobs.values()]) if one["priority"])
    fake.put({**boss, "status": "cancelled"})
    expect(queue.locator(".row", has_text="cats").first).to_contain_text("next in line")


def test_the_keyboard_passes_over_the_heads(queue):
    first = queue.locator("[data-row]").first
    expect(first).to_have_attribute("tabindex", "0")  # a head above it takes no part
    first.focus()
    for name in ("for the boss", "cats", "dogs", "names of cats"):
        queue.keyboard.press("ArrowDown")
        expect(queue.locator(".name", has_text=name).first).to_be_focused()
    queue.keyboard.press("ArrowUp")
    expect(queue.locator(".name", has_text="dogs")).to_be_focused()


def test_a_search_narrows_the_queue_and_keeps_the_places(queue):
    queue.get_by_placeholder("Filter by name").fill("dogs")
    expect(queue.locator(".lane-head")).to_have_count(1)
    until(queue, lambda: texts(shown(queue)), ["pictures", "dogs", "no. 3 in line"])
    expect(queue.locator(".lane-head")).to_contain_text("3 waiting")


def test_a_job_that_has_ended_is_run_again_and_followed(fake, open_desk):
    job = make_job("foxes", status="completed", total=3, ok=3)
    fake.put(job)
    fake.do(lambda desk: desk.refusals.update(repeat=(503, {"code": "internal", "message": ""})))
    page = open_desk(f"/jobs/{job['id']}")
    page.get_by_role("button", name="Run again: foxes").click()
    notice = page.locator(".notice")
    expect(notice).to_contain_text("foxes")
    fake.do(lambda desk: desk.refusals.clear())
    notice.get_by_role("button", name="Try again").click()
    expect(page).not_to_have_url(re.compile(job["id"]))
    expect(page.locator(".job-head h1")).to_have_text("foxes")
    asked = fake.do(lambda desk: [one for one in desk.requests if one[1] == "repeat"])
    keys = {headers["Idempotency-Key"] for _, _, headers, _ in asked}
    assert (len(asked), len(keys)) == (2, 1)
