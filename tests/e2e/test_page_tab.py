"""The page as a worker: it opens what it is leased, and says how that went."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from actors.ports import TAB_SILENCE_S
from tests.e2e.support.fake_desk import PAGE
from tests.e2e.support.reading import gives, holds, until
from tests.e2e.support.samples import make_job
from tests.e2e.support.targets import target

pytestmark = pytest.mark.browser

REFUSE = "() => { window.realOpen = window.open; window.open = () => null; }"
PERMIT = "() => { window.open = window.realOpen; }"
REMEMBER = """() => {
  const open = window.open;
  window.opened = [];
  window.open = (...where) => { opened.push(open(...where)); return opened.at(-1); };
}"""
QUICK_BEAT = "setInterval(() => self.postMessage('tick'), 100);"


@pytest.fixture(scope="module")
def site():
    with target() as served:
        yield served


@pytest.fixture
def opener(fake, open_desk):
    """A tab that was switched on; its windows are pages of its context."""

    def switched_on(**options):
        tabs = fake.do(lambda desk: len(desk.batch.tabs))
        page = open_desk("#tab", **options)
        page.get_by_role("button", name="Let this tab open pages").click()
        expect(page.locator(".tab-state.on")).to_be_visible()
        until(page, lambda: fake.do(lambda desk: len(desk.batch.tabs)) > tabs)
        return page

    return switched_on


def answered(page, fake, count):
    """The answers, once there are so many."""
    until(page, lambda: fake.do(lambda desk: len(desk.batch.answers())) >= count)
    return fake.do(lambda desk: desk.batch.answers())


def window_at(page, url):
    """The window that came to that address, loaded.

    Found by where it is: the two windows that a tab tries and closes when it is switched on may be
    told of later than they are gone.
    """

    [window] = until(page, lambda: [one for one in page.context.pages if one.url == url])
    window.wait_for_load_state()
    return window


def lease(fake, tab, url, index=0, **flags):
    fake.do(lambda desk: desk.batch.lease(tab, url, index, **flags))


def test_a_lease_is_opened_in_a_window_that_knows_nothing_of_us(fake, opener, site):
    page = opener()
    lease(fake, 0, site.url(1))
    window = window_at(page, site.url(1))
    gives(window, "window.opener", None)
    assert ("/1", None) in site.visits
    assert answered(page, fake, 1) == [(0, "opened", 0)]
    expect(page.locator(".tab-doings")).to_contain_text(site.url(1))
    hello = fake.do(lambda desk: desk.batch.said[0])
    assert hello[1]["type"] == "hello"
    assert hello[1]["capacity"] >= 1
    window.close()


def test_one_window_is_used_again(fake, opener, site):
    page = opener()
    page.evaluate(REMEMBER)
    lease(fake, 0, site.url(2), new_window=False)
    window = window_at(page, site.url(2))
    lease(fake, 0, site.url(3), 1, new_window=False)
    window.wait_for_url(site.url(3))
    assert answered(page, fake, 2) == [(0, "opened", 0), (0, "opened", 1)]
    gives(page, "opened.length", 1)
    window.close()
    holds(page, "opened[0].closed")
    lease(fake, 0, site.url(4), 2, new_window=False)
    window_at(page, site.url(4)).close()
    gives(page, "opened.length", 2)


def test_what_was_blocked_is_listed_and_opened_by_a_click(fake, opener, site):
    page = opener()
    page.evaluate(REFUSE)
    lease(fake, 0, site.url(5), 7)
    assert answered(page, fake, 1) == [(0, "blocked", 7)]
    trouble = page.locator(".tab-troubles li")
    expect(trouble).to_have_count(1)
    expect(trouble.get_by_role("link")).to_have_attribute("href", site.url(5))
    page.evaluate(PERMIT)
    trouble.get_by_role("button", name="Open it").click()
    window = window_at(page, site.url(5))
    expect(trouble).to_have_count(0)
    window.close()


def test_a_tab_whose_windows_are_refused_stands_aside(fake, opener, site):
    """The rest of the list waits instead of failing address by address."""
    page = opener()
    page.evaluate(REFUSE)
    for index in range(5):
        lease(fake, 0, site.url(100 + index), index)
    expect(page.locator(".tab-state.blocked")).to_contain_text("Always allow pop-ups")
    assert answered(page, fake, 3) == [(0, "blocked", index) for index in range(3)]
    assert not set(site.paths()) & {f"/{100 + index}" for index in range(5)}
    expect(page.locator(".tab-troubles li")).to_have_count(3)


def test_a_script_is_no_address(fake, opener):
    page = opener()
    lease(fake, 0, "javascript:opener.document.title='taken'//")
    assert answered(page, fake, 1) == [(0, "failed", 0)]
    expect(page.locator(".tab-troubles li")).to_contain_text("no http(s) address")
    expect(page).not_to_have_title("taken")


def test_beats_come_from_a_worker(fake, open_desk):
    """A hidden tab's own timers are slowed; the worker's beat is made quick here."""
    page = open_desk(locale="en-US")
    page.route("**/metronome.js", lambda route: route.fulfill(
        body=QUICK_BEAT, content_type="text/javascript"))  # fmt: skip
    page.goto(fake.address + "#tab")
    page.get_by_role("button", name="Let this tab open pages").click()

    def beats(desk):
        return sum(told["type"] == "beat" for _, told in desk.batch.said) >= 2

    until(page, lambda: fake.do(beats))


def test_a_beat_may_be_lost_twice():
    source = (PAGE / "app" / "metronome.js").read_text()
    beat_ms = int(re.findall(r"BEAT_MS = (\d+);", source)[0])
    assert 3 * beat_ms <= TAB_SILENCE_S * 1000


def test_a_tab_that_was_on_goes_on_after_a_reload(fake, opener, site):
    page = opener()
    page.reload()
    expect(page.locator(".tab-state.on")).to_be_visible()
    until(page, lambda: fake.do(lambda desk: len(desk.batch.tabs)), 2)
    page.get_by_role("button", name="Stop opening pages here").click()
    page.reload()
    expect(page.locator(".tab-state.off")).to_be_visible()


def test_two_tabs_show_who_does_what(fake, opener, site):
    first, second = opener(), opener()
    lease(fake, 1, site.url(6))
    window_at(first, site.url(6)).close()
    other = first.locator(".tab-doings li", has_text="Another tab")
    expect(other).to_contain_text(site.url(6))
    expect(other.locator("b")).to_have_text("1")
    second.close()
    expect(other).to_have_count(0)


def test_closing_a_tab_that_opens_a_list_is_asked_about(fake, opener):
    job = make_job("open these", kind="tab", total=9)
    page = opener()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    assert asked == []
    page = opener()
    fake.put(job)
    page.locator("[data-job]").first.wait_for()
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    assert asked == ["beforeunload"]


def test_a_list_that_waits_says_so_and_the_way_to_help(fake, open_desk):
    job = make_job("open these", kind="tab", total=9, ok=2)
    job["progress"]["stage"] = "waits for a tab"
    fake.put(job)
    page = open_desk()
    strip = page.locator(".tab-strip")
    expect(strip).to_contain_text("7 addresses wait for a tab")
    strip.get_by_role("link", name="Let this tab open them").click()
    expect(page).to_have_url(re.compile("#tab$"))
    page.get_by_role("button", name="Let this tab open pages").click()
    expect(page.locator(".tab-state.on")).to_be_visible()
