"""The durability receipt at the foot of the page: what it says of saved, unsaved and failing."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support.fake_desk import FakeServer
from tests.e2e.support.reading import until
from tests.e2e.support.samples import make_job, stamp

pytestmark = pytest.mark.browser


TIME = re.compile(r"\d\d:\d\d:\d\d")


def receipt(page: Page):
    return page.locator(".saved")


def say(fake: FakeServer, **saved) -> None:
    """Publish what is saved and nothing else."""
    fake.do(lambda desk: (setattr(desk, "saved", saved), desk.touch()))


def test_it_says_when_what_is_shown_was_saved(fake, windows):
    fake.put(make_job())
    say(fake, at=stamp(minutes_ago=3.5))
    page = windows.open(fake.address)
    expect(receipt(page)).to_have_text("saved 3 min ago")
    expect(receipt(page)).to_have_attribute("title", re.compile("power cut"))
    page.wait_for_selector("[data-link=live]")
    # An answer would compare the clocks: those on their way come first, and no more are asked for.
    page.wait_for_load_state("networkidle")
    page.route("**/api/**", lambda _route: None)
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 60_000; }")
    expect(receipt(page)).to_have_text("saved 4 min ago")
    expect(page.locator(".fresh")).to_have_count(0)  # the connection is live: it says so itself


def test_in_chinese_a_figure_stands_apart_as_everywhere_on_the_page(fake, open_desk):
    fake.put(make_job())
    say(fake, at=stamp(minutes_ago=3.5))
    expect(receipt(open_desk(locale="zh-CN"))).to_have_text("3 分钟前已保存")


@pytest.mark.parametrize(("ahead_s", "said"), [(0, "saved 4 min ago"), (3600, "saved 4 min ago")])
def test_a_clock_that_is_wrong_makes_no_wrong_claim(fake, windows, ahead_s, said):
    fake.put(make_job())
    say(fake, at=stamp(minutes_ago=4.5))
    page = windows.context().new_page()
    page.add_init_script(f"{{ const now = Date.now; Date.now = () => now() + {ahead_s * 1000}; }}")
    page.goto(fake.address)
    expect(receipt(page)).to_have_text(said)
    expect(receipt(page)).to_have_attribute("title", TIME)
    title = receipt(page).evaluate("receipt => receipt.title")
    # On the same clock as everything else that the page shows.
    known = datetime.now() + timedelta(seconds=ahead_s, minutes=-4.5)
    told = datetime.strptime(TIME.search(title)[0], "%H:%M:%S")
    apart_s = (told - known).total_seconds() % 86_400
    assert min(apart_s, 86_400 - apart_s) < 60


# How far the browser's clock is taken to be ahead, in seconds, after an answer of such an age.
AHEAD = """async ([age, took]) => {
    const { compareClocks, onOurClock } = await import("/page/app/now.js");
    const at = Date.now();
    compareClocks(new Date(at - age * 1000).toUTCString(), at - took * 1000);
    return onOurClock("1970-01-01T00:00:00Z") / 1000;
}"""


def test_a_slow_answer_tells_a_wrong_clock_too_and_a_quick_one_better(open_desk):
    page = open_desk()
    # (how old the answer says to be, how long it took): what is believed then, least and most.
    for told, least, most in [
        ((1, 0), 0, 0),
        ((8, 20), 0, 0),
        ((1_800, 20), 1_788, 1_794),
        ((1_800, 0), 1_798, 1_802),
        ((1_810, 20), 1_798, 1_802),
        ((0, 0), 0, 0),
    ]:
        found = page.evaluate(AHEAD, told)
        assert least <= found <= most, told


def test_results_that_are_shown_and_not_saved_are_told(fake, open_desk):
    fake.put(make_job(total=100, ok=12))
    page = open_desk()
    say(fake, at=stamp(minutes_ago=2.5), unsaved_items=12)
    expect(receipt(page)).to_contain_text("saved 2 min ago, 12 newer results not yet")
    say(fake, at=stamp(minutes_ago=1.5))
    expect(receipt(page)).to_have_text("saved 1 min ago")


def test_what_is_shown_in_advance_is_being_saved(fake, open_desk):
    fake.put(make_job("spring list"))
    page = open_desk()
    held = []
    page.route("**/pause", lambda route: held.append(route))
    with page.expect_request("**/pause"):
        page.get_by_role("button", name="Pause: spring list").click()
    expect(page.locator("[data-job] .mark")).to_have_class(re.compile("paused"))
    expect(receipt(page)).to_have_text("saving…")
    until(page, lambda: len(held), 1)
    held[0].continue_()
    expect(receipt(page)).to_have_text(re.compile("^saved "))


def test_trouble_is_told_and_its_relief(fake, open_desk):
    fake.put(make_job())
    page = open_desk()
    say(fake, at=stamp(minutes_ago=5.5), failing=True, unsaved_items=3)
    expect(receipt(page)).to_contain_text("saving fails, last saved 5 min ago, 3 newer")
    expect(receipt(page)).to_have_class(re.compile("trouble"))
    fake.do(lambda desk: desk.flags.update(read_only=True))
    say(fake, at=stamp(minutes_ago=5.5))
    expect(receipt(page)).to_have_text("read-only, last saved 5 min ago")
    fake.do(lambda desk: desk.flags.update(read_only=False))
    say(fake, at=stamp(minutes_ago=1.5))
    expect(receipt(page)).to_have_text("saved 1 min ago")
    expect(receipt(page)).not_to_have_class(re.compile("trouble"))


def test_offline_it_names_the_time_and_not_an_age(fake, open_desk):
    fake.put(make_job())
    page = open_desk()
    page.route("**/api/**", lambda route: route.abort())
    fake.do(lambda desk: desk.set_sockets(False))
    expect(receipt(page)).to_have_text(re.compile(r"^saved at \d\d:\d\d:\d\d$"))
