"""The desk's home: what needs somebody, what it costs, links for others, the truth on return."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.support.fake_desk import DESK_ID
from tests.e2e.support.fake_shares import TOKEN
from tests.e2e.support.reading import gives, holds, until
from tests.e2e.support.samples import make_job, stamp

pytestmark = pytest.mark.browser


def ended(name, **fields):
    return make_job(name, status="partially_completed", ended_at=stamp(1), **fields)


def test_nothing_is_said_of_a_desk_that_was_not_heard_yet(fake, windows):
    fake.put(make_job())
    context = windows.context()
    context.route_web_socket(re.compile("/stream"), lambda _: None)
    context.route("**/api/**", lambda _: None)
    page = context.new_page()
    page.goto(fake.address)
    expect(page.get_by_text("Opening the desk…")).to_be_visible()
    expect(page.locator(".home-line")).to_have_text("")


# Of the parts of rows that end beyond their list, or words of a cost that reach into the age: none.
NOTHING_CUT_OFF = """() => {
    const edge = document.querySelector(".middle").getBoundingClientRect().right;
    const over = [...document.querySelectorAll(".row .more, .row .act")];
    const costs = [...document.querySelectorAll(".row .spent")].filter((one) => one.offsetWidth);
    return over.every((one) => one.getBoundingClientRect().right <= edge)
        && costs.every((one) => one.scrollWidth <= one.offsetWidth);
}"""


def test_a_row_is_whole_at_every_width(fake, open_desk):
    unknown = {"calls": 1, "prompt_tokens": 1, "completion_tokens": 1, "usd": "0", "unpriced": 1,
               "counted": 0}  # fmt: skip
    fake.put(make_job("a name that is rather long", spend=unknown), ended("b", total=9, failed=9))
    page = open_desk()
    expect(page.locator("[data-job]")).to_have_count(2)
    for width in (360, 700, 848, 900, 940, 1100, 1110, 1170, 1240, 1290, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        holds(page, NOTHING_CUT_OFF)


def test_what_needs_somebody_comes_first_with_why_until_it_was_seen(fake, open_desk):
    full = make_job("full one", status="paused", reason="quota", minutes_ago=9)
    mine = make_job("mine", status="paused", reason="user", minutes_ago=8)
    failed = ended("failed one", total=10, ok=8, failed=2, minutes_ago=7)
    spend = {"calls": 1, "prompt_tokens": 1, "completion_tokens": 1, "usd": "0.25", "unpriced": 0,
             "counted": 0}  # fmt: skip
    runs, waits = make_job("runs", spend=spend), make_job("waits", status="queued", total=3)
    fake.put(full, mine, failed, runs, waits)
    page = open_desk()
    expect(page.locator(".group-head h2")).to_have_text(["Needs you", "At work", "Waiting"])
    names = ["failed one", "full one", "runs", "mine", "waits"]
    expect(page.locator("[data-job] .name")).to_have_text(names)
    expect(page.locator(".row .why")).to_have_text(["2 of 10 failed", re.compile("desk is full")])
    expect(page.locator(".row .spent").nth(2)).to_have_text("$0.25")
    expect(page.locator(".home-line")).to_have_text(re.compile("2 need you.*1 running · 1 waiting"))
    page.get_by_role("button", name="2 need you").click()
    expect(page.locator("[data-job] .name")).to_have_text(names[:2])
    page.get_by_role("button", name="More for failed one").click()
    page.get_by_role("menuitem", name="Put with the others").click()
    expect(page.locator("[data-job] .name")).to_have_text(["full one"])
    page.reload()
    expect(page.locator("[data-job] .name")).to_have_text(["full one", *names[2:], "failed one"])
    # It failed again: somebody is needed again.
    fake.put({**failed, "ended_at": stamp()})
    expect(page.locator("[data-job] .name").first).to_have_text("failed one")


def test_a_link_is_made_told_once_and_ended(fake, open_desk):
    job = make_job("spring list")
    fake.put(job)
    page = open_desk()
    page.get_by_role("button", name="More for spring list").click()
    page.get_by_role("menuitem", name="Share").click()
    form = page.get_by_role("form", name="New share link")
    expect(form.get_by_label("What it shows")).to_have_value(job["id"])
    form.get_by_label("How long").select_option("1d")
    form.get_by_label("For whom").fill("Bo")
    form.get_by_role("button", name="Make a link").click()
    made = page.locator(".share-made")
    expect(made.locator("code")).to_have_text(re.compile(f"/v/{TOKEN}$"))
    expect(made.get_by_role("img", name="QR code of the share link")).to_be_visible()
    asked = fake.do(lambda desk: [body for _, what, _, body in desk.requests if what == "shares"])
    assert asked == [{"name": "Bo", "job": job["id"], "files": False, "ttl_s": 86_400}]
    entry = page.get_by_role("list", name="Share links").get_by_role("listitem")
    expect(entry).to_contain_text("not used yet")
    entry.get_by_role("button", name="End the link Bo").click()
    expect(entry).to_have_count(0)
    expect(made).to_have_count(0)
    # The desk's own code is asked for by a request whose address holds nothing more than others'.
    with page.expect_request(re.compile("/qr$")) as asked_code:
        page.get_by_role("button", name="Show as QR code").click()
    assert asked_code.value.method == "POST"
    expect(page.get_by_role("img", name="QR code of this desk's address")).to_be_visible()
    expect(page.get_by_text(f"curl -s {fake.address}.txt")).to_be_visible()


def test_what_changed_in_a_sleep_is_there_at_once_though_the_socket_seems_to_live(fake, windows):
    """Nobody told the page: its tab was always in front, and its socket never closed."""
    job = make_job(total=100)
    fake.put(job)
    context = windows.context()
    sockets = []

    def half_dead(route):
        sockets.append(route)
        if len(sockets) > 1:
            route.connect_to_server()

    context.route_web_socket(re.compile("/stream"), half_dead)
    page = context.new_page()
    page.clock.install()
    page.goto(fake.address)
    expect(page.locator("[data-link]")).to_have_text("live")
    counts = page.locator("[data-job] .counts")
    expect(counts).to_have_text("0 / 100")
    fake.put({**job, "counts": {**job["counts"], "ok": 70, "done": 70}})
    gives(page, "document.querySelector('[data-job] .counts').textContent", "0 / 100")
    # The clock jumps, and then goes on only as it is told to: whoever waited for the usual ping and
    # its answer would wait for longer. All timers that were due fire once, as after a sleep.
    page.clock.pause_at(page.evaluate("Date.now() + 3_600_000"))
    expect(counts).to_have_text("70 / 100")
    page.clock.run_for(4_000)  # no proof of life
    page.clock.run_for(2_000)  # another socket, after the back-off
    until(page, lambda: len(sockets) >= 2)
    page.clock.resume()
    expect(page.locator("[data-link]")).to_have_text("live")
    fake.put({**job, "counts": {**job["counts"], "ok": 71, "done": 71}})
    expect(counts).to_have_text("71 / 100")


def test_two_tabs_tell_one_truth_and_the_title_says_that_it_may_be_old(fake, open_desk):
    job = make_job("spring list", total=100, ok=42)
    fake.put(job)
    one, other = open_desk(), open_desk()
    one.get_by_role("button", name="Pause: spring list").click()
    expect(other.get_by_role("button", name="Resume: spring list")).to_be_visible()
    other.get_by_role("button", name="Resume: spring list").click()
    expect(one.get_by_role("button", name="Pause: spring list")).to_be_visible()
    one.route("**/api/**", lambda route: route.abort())
    fake.do(lambda desk: desk.set_sockets(False))
    expect(one).to_have_title(re.compile(r"^\(offline\) 42 % fetch: spring list$"))
    expect(one.locator("link[rel=icon]")).to_have_attribute("href", re.compile("6%204"))
    fake.do(lambda desk: desk.set_sockets(True))
    one.unroute("**/api/**")
    one.evaluate("window.dispatchEvent(new Event('online'))")
    expect(one).to_have_title("42 % fetch: spring list")
    expect(one).not_to_have_title(re.compile(DESK_ID))


def test_how_old_a_job_is_says_the_clock_of_the_server(fake, windows):
    fake.put(make_job())
    for off in (timedelta(minutes=30), timedelta(minutes=-30)):
        page = windows.context().new_page()
        page.clock.install(time=datetime.now(UTC) + off)
        page.goto(fake.address)
        expect(page.locator("[data-link]")).to_have_text("live")
        expect(page.locator("[data-job] .age")).to_have_text(
            re.compile(r"^\s*[1-9]\d? s\s*$|^\s*[1-9] min\s*$")
        )
