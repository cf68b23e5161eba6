"""How the page keeps true: stream, polling, offline and back, hidden tabs, the tab's title."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support.fake_desk import FakeServer
from tests.e2e.support.reading import holds, until
from tests.e2e.support.samples import make_job

pytestmark = pytest.mark.browser


def progress(job, ok):
    return {**job, "counts": {**job["counts"], "ok": ok, "done": ok}}


def cut_sockets(fake: FakeServer) -> None:
    fake.do(lambda desk: desk.set_sockets(False))


def trust(page: Page):
    return page.locator("[data-link]")


def hide(page: Page, hidden: bool) -> None:
    """What a browser does when another tab comes to the front; headless Chromium never does it."""
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_frames_reach_the_row(fake, open_desk):
    job = make_job(total=100)
    fake.put(job)
    page = open_desk()
    expect(trust(page)).to_have_text("live")
    fake.put(progress(job, 42))
    expect(page.locator("[data-job] .counts")).to_have_text("42 / 100")


def test_without_the_socket_it_polls_and_says_so(fake, open_desk):
    job = make_job(total=100)
    fake.put(job)
    page = open_desk()
    cut_sockets(fake)
    expect(trust(page)).to_have_text("polling every 3 s")
    fake.put(progress(job, 50))
    expect(page.locator("[data-job] .counts")).to_have_text("50 / 100")
    with page.expect_response(lambda answer: answer.status == 304):
        pass  # nothing changed: the next poll costs nothing
    fake.do(lambda desk: desk.set_sockets(True))
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(trust(page)).to_have_text("live")


def test_an_answer_that_is_older_than_a_frame_takes_nothing_back(fake, open_desk):
    job, held = make_job(total=100), []
    fake.put(job)
    page = open_desk()
    counts = page.locator("[data-job] .counts")

    def hold(route):
        fake.put(progress(job, 60))
        held.append((route, route.fetch()))
        fake.put(progress(job, 88))

    page.route(re.compile(r"/api/desks/[\w-]+(\?|$)"), hold, times=1)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(counts).to_have_text("88 / 100")
    until(page, lambda: held)
    (route, answer), *_ = held
    assert answer.status == 200
    with page.expect_event("requestfinished", lambda one: one.url == route.request.url):
        route.fulfill(response=answer)
    # What is drawn after it is drawn after it was read.
    fake.put(make_job("another"))
    expect(page.locator("[data-job]")).to_have_count(2)
    expect(page.locator("[data-job]", has_text=job["name"]).locator(".counts")).to_have_text(
        "88 / 100"
    )


def test_a_socket_that_went_silent_is_given_up(fake, windows):
    fake.put(make_job())
    context = windows.context()
    opened = []
    context.route_web_socket(re.compile("/stream"), lambda socket: opened.append(socket))
    page = context.new_page()
    page.clock.install()
    page.goto(fake.address)
    expect(trust(page)).to_have_text("live")
    first = until(page, lambda: len(opened))
    page.clock.run_for(26_000)  # a ping after 15 s, and 10 s for its answer
    page.clock.run_for(2_000)  # the back-off
    until(page, lambda: len(opened) > first)
    expect(trust(page)).to_have_text("live")


def test_offline_says_since_when_and_comes_back_by_itself(fake, open_desk):
    job = make_job(total=100)
    fake.put(job)
    page = open_desk()
    page.route("**/api/**", lambda route: route.abort())
    cut_sockets(fake)
    expect(trust(page)).to_have_text(re.compile(r"offline since \d\d:\d\d"))
    expect(page.locator(".fresh")).to_have_text(re.compile(r"shown as of \d\d:\d\d:\d\d"))
    expect(page.locator(".shell")).to_have_class(re.compile("pale"))
    fake.do(lambda desk: desk.set_sockets(True))
    fake.put(progress(job, 77))
    page.unroute("**/api/**")
    expect(trust(page)).to_have_text("live")
    expect(page.locator("[data-job] .counts")).to_have_text("77 / 100")
    expect(page.locator(".shell")).not_to_have_class(re.compile("pale"))


def test_an_action_while_offline_can_be_repeated(fake, open_desk):
    job = make_job("spring list")
    fake.put(job)
    page = open_desk()
    page.route("**/pause", lambda route: route.abort())
    page.get_by_role("button", name="Pause: spring list").click()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("The server does not answer.")
    expect(page.locator("[data-job] .mark")).to_have_class(re.compile("running"))  # taken back
    page.unroute("**/pause")
    notice.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-job] .mark")).to_have_class(re.compile("paused"))
    expect(notice).to_be_empty()


def test_a_refusal_says_what_happened_and_what_to_do(fake, open_desk):
    fake.put(make_job("spring list"))
    full = {"code": "storage_full", "message": "no space left"}
    fake.do(lambda desk: desk.refusals.update(pause=(507, full)))
    page = open_desk()
    page.get_by_role("button", name="Pause: spring list").click()
    notice = page.get_by_role("alert")
    for words in ("The server's disk is full.", "Nothing was changed.", "storage_full"):
        expect(notice).to_contain_text(words)


def test_a_hidden_tab_draws_nothing_and_catches_up_at_once(fake, open_desk):
    job = make_job(total=100)
    fake.put(job)
    page = open_desk()
    # All that was asked for when it opened has been drawn.
    expect(page.locator(".version")).to_be_visible()
    hide(page, True)
    page.evaluate(
        """() => { window.drawn = 0; new MutationObserver(() => { window.drawn += 1; })
            .observe(document.body, {subtree: true, childList: true, characterData: true,
                                     attributes: true}); }"""
    )
    fake.put(progress(job, 60))
    expect(page).to_have_title(re.compile("^60 % "))  # what shows of a hidden tab goes on
    fake.put(progress(job, 61))
    expect(page).to_have_title(re.compile("^61 % "))
    holds(page, "window.drawn === 0")
    hide(page, False)
    expect(page.locator("[data-job] .counts")).to_have_text("61 / 100")


# Says when the page has been given a frame, whether or not it has drawn it.
HEAR = """() => { window.heard = (part) => new Promise((resolve) => { hears.set(part, resolve); });
    const hears = new Map();
    const Real = WebSocket;
    window.WebSocket = class extends Real { constructor(...given) { super(...given);
        this.addEventListener("message", ({data}) => {
            for (const [part, tell] of hears) if (part.test(data)) tell(); }); } }; }"""


def test_no_more_than_ten_frames_a_second(fake, windows):
    job = make_job(total=100_000)
    fake.put(job)
    page = windows.context().new_page()
    page.clock.install()
    page.add_init_script(f"({HEAR})()")
    page.goto(fake.address)
    counts = page.locator("[data-job] .counts")
    expect(trust(page)).to_have_text("live")
    expect(counts).to_have_text("0 / 100,000")
    # Far enough that it is not over before it is asked for; what was due by then is done.
    page.clock.pause_at(page.evaluate("Date.now() + 60_000"))
    page.evaluate(
        """() => { window.drawn = 0; window.last = heard(/"ok": *20/);
            new MutationObserver(() => { window.drawn += 1; })
                .observe(document.querySelector("[data-job] .counts"),
                         {subtree: true, characterData: true, childList: true}); }"""
    )
    for ok in range(1, 21):
        fake.put(progress(job, ok))
    page.evaluate("() => last")
    holds(page, "drawn <= 1")  # all of them came within one moment
    page.clock.run_for(100)
    expect(counts).to_have_text("20 / 100,000")
    holds(page, "drawn <= 2")


def test_the_title_and_the_icon_carry_progress(fake, open_desk):
    job = make_job("spring list", total=100, ok=42)
    fake.put(job)
    page = open_desk()
    expect(page).to_have_title("42 % fetch: spring list")
    icon = page.locator("link[rel=icon]")
    expect(icon).to_have_attribute("href", re.compile("^data:image/svg"))
    fake.put({**job, "status": "completed"})
    expect(page).to_have_title("Nightdesk")


def test_no_such_desk_says_so_and_shows_the_way_on(fake, windows):
    gone = {"code": "not_found", "message": "no such desk"}
    fake.do(lambda desk: desk.refusals.update(snapshot=(404, gone)))
    cut_sockets(fake)
    page = windows.open(fake.address)
    # Until the answer has come there are the headings of a desk.
    expect(page.get_by_role("heading", name="There is no desk at this address")).to_be_visible()
    expect(page.get_by_role("link", name="Open a desk of my own")).to_have_attribute("href", "/")


def test_a_parked_desk_is_not_taken_for_a_missing_one(fake, windows):
    parked = {"code": "desk_unavailable", "message": "parked"}
    fake.do(lambda desk: desk.refusals.update(snapshot=(503, parked)))
    cut_sockets(fake)
    page = windows.open(fake.address)
    expect(trust(page)).to_have_text(re.compile("offline since"))
    fake.do(lambda desk: (desk.refusals.clear(), desk.set_sockets(True)))
    expect(trust(page)).to_have_text("live")


def test_the_desk_says_what_is_wrong_with_itself(fake, open_desk):
    fake.put(make_job())
    page = open_desk()
    fake.do(lambda desk: (desk.flags.update(read_only=True), desk.touch()))
    expect(page.locator(".banner")).to_contain_text("read-only")


def test_a_restored_desk_says_so_until_the_user_goes_on(fake, open_desk):
    fake.put(make_job())
    page = open_desk()
    restored = {"revision": 7, "at": "2026-11-22T03:00:00.000Z", "reason": "cut short"}
    fake.do(lambda desk: (desk.flags.update(restored=restored), desk.touch()))
    expect(page.locator(".banner")).to_contain_text("an older one")
    full = {"code": "storage_full", "message": "full"}
    fake.do(lambda desk: desk.refusals.update(acknowledge=(507, full)))
    page.get_by_role("button", name="Go on with this copy").click()
    expect(page.locator(".notice")).to_contain_text("disk is full")
    fake.do(lambda desk: desk.refusals.clear())
    page.get_by_role("button", name="Go on with this copy").click()
    expect(page.locator(".banner")).to_have_count(0)
    assert fake.do(lambda desk: desk.flags["restored"]) is None
