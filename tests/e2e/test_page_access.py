"""The page for everybody: axe-core's rules of WCAG 2.2 AA on every view, in light and dark, wide
and narrow, in both languages; what axe cannot see (zoom, focus, colours that the system chooses);
and a job's whole life by the keyboard alone.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support import views
from tests.e2e.support.axe import violations
from tests.e2e.support.reading import gives, holds, until
from tests.e2e.support.samples import make_job, outcomes

pytestmark = pytest.mark.browser

WIDE = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light", "locale": "en-GB"}
NARROW = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "locale": "zh-CN"}
HAS_FOCUS = "element => element === document.activeElement"
FITS = "document.documentElement.scrollWidth <= innerWidth"


def walked(fake, windows, **options) -> tuple[Page, dict[str, tuple[str, str]]]:
    found = views.fill(fake)
    page = windows.open("about:blank", reduced_motion="reduce", **options)
    views.answer_the_rest(page)
    page.goto(fake.address)
    page.wait_for_selector("[data-link=live]")
    return page, found


@pytest.mark.parametrize("options", [WIDE, NARROW], ids=["wide-light-en", "narrow-dark-zh"])
def test_no_view_breaks_a_rule(fake, windows, options):
    page, found = walked(fake, windows, **options)
    broken = {}
    for name, (path, drawn) in found.items():
        views.go(page, fake, path, drawn)
        # The list beside a pane is what it was before.
        in_pane = path not in ("", "/journeys")
        said = violations(page, within=".pane" if in_pane and options is WIDE else None)
        if said:
            broken[name] = said
    assert broken == {}


def test_no_form_breaks_a_rule(fake, windows):
    page, _ = walked(fake, windows, **NARROW)
    broken = {}
    for kind in views.KINDS:
        views.go(page, fake, "#new", "form.new-job")
        page.locator(f"input[name=kind][value={kind}]").check()
        views.settle(page)
        said = violations(page)
        if said:
            broken[kind] = said
    assert broken == {}


def test_what_floats_above_breaks_none_either(fake, open_desk):
    fake.put(make_job("spring list"))
    page = open_desk()
    page.get_by_role("button", name="Keys, and what they do").click()
    expect(page.locator(".help")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Keys, and what they do")).to_be_focused()
    page.get_by_role("button", name="More for spring list").click()
    expect(page.get_by_role("menuitem").first).to_be_focused()
    assert violations(page) == []
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []


def test_at_four_hundred_percent_nothing_is_beside_the_window(fake, windows):
    """1280 px enlarged four times are 320 px: nothing has to be scrolled sideways to be read."""
    options = {**NARROW, "viewport": {"width": 320, "height": 256}, "locale": "en-GB"}
    page, found = walked(fake, windows, **options)
    for path, drawn in found.values():
        views.go(page, fake, path, drawn)
        holds(page, FITS)


def test_a_job_s_life_by_the_keyboard_alone(fake, open_desk):
    """New, start, open, its failures, try them again, back, delete: without a mouse, and the
    keyboard is never lost."""
    page = open_desk()
    keys = page.keyboard
    keys.press("n")
    expect(page.locator("textarea[name=items]")).to_be_focused()
    keys.type("https://shop.example.com/1\nhttps://shop.example.com/2")
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_enabled()
    go_to(page, start)
    keys.press("Enter")
    title = page.get_by_role("heading", level=1, name="from a file")
    expect(title.or_(page.locator(".job-title h1"))).to_be_visible()
    expect(page.locator(".pane")).to_be_focused()
    keys.press("Escape")
    row = page.locator("[data-row='0']")
    expect(row).to_be_focused()

    [job] = fake.do(lambda desk: list(desk.jobs.values()))
    failed = make_job(total=50, ok=48, failed=2, status="partially_completed")
    ended = {**failed, "id": job["id"], "name": job["name"]}
    fake.do(lambda desk: desk.items.update({job["id"]: outcomes(50)}))
    fake.put(ended)
    keys.press("Enter")
    expect(page.locator(".pane")).to_be_focused()
    retry = page.locator(".job-head .buttons button").first
    expect(retry).to_contain_text("2 failed")
    go_to(page, page.get_by_role("button", name="Failed 2"))
    keys.press("Enter")
    expect(page.locator("[data-item-row]").first).to_be_visible()
    go_to(page, retry, "Shift+Tab")
    keys.press("Enter")
    expect(page.locator(".job-head")).not_to_contain_text("2 failed")
    keys.press("Escape")
    expect(row).to_be_focused()

    go_to(page, page.get_by_role("button", name="More for"))
    keys.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    go_to(page, page.get_by_role("menuitem", name="Delete"), "ArrowDown")
    keys.press("Enter")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    go_to(page, page.get_by_role("dialog").get_by_role("button", name="Delete"))
    keys.press("Enter")
    expect(page.locator("[data-job]")).to_have_count(0)
    wanted = [("POST", "jobs"), ("POST", "retry"), ("DELETE", "job")]
    until(page, lambda: acts(fake), wanted)


def acts(fake) -> list[tuple[str, str]]:
    return fake.do(lambda desk: [one[:2] for one in desk.requests if one[0] != "GET"])


def go_to(page: Page, wanted, key: str = "Tab", most: int = 40) -> None:
    """By a key, as whoever has no mouse goes: that far and no farther."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate(HAS_FOCUS, wanted.element_handle()):
            return
    raise AssertionError(f"{wanted} is not within {most} steps")


def test_keys_of_a_letter_can_be_switched_off(fake, open_desk):
    fake.put(make_job("spring list"))
    page = open_desk(locale="en-GB")
    keys = page.keyboard
    keys.press("Control+n")
    keys.press("Alt+p")
    keys.press("?")
    switch = page.get_by_role("checkbox", name="Keys of one letter")
    expect(switch).to_be_checked()
    switch.uncheck()
    keys.press("Escape")
    expect(page.locator(".help")).to_have_count(0)
    page.locator("[data-row='0']").focus()
    for key in ("n", "p", "?", "/"):
        keys.press(key)
    expect(page.locator("[data-row='0']")).to_be_focused()
    expect(page.locator(".pane, .help")).to_have_count(0)
    assert fake.do(lambda desk: [one for one in desk.requests if one[0] == "POST"]) == []
    page.reload()
    page.wait_for_selector("[data-row='0']")
    page.get_by_role("button", name="Keys, and what they do").click()
    expect(switch).not_to_be_checked()


def test_a_row_is_one_stop_and_the_way_to_the_jobs_can_be_cut_short(fake, open_desk):
    fake.put(*[make_job(f"list {at}") for at in range(30)])
    page = open_desk()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the jobs")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("[data-row='0']")).to_be_focused()
    expect(page.locator(".layer [tabindex='0']")).to_have_count(3)
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-row='1']")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.locator(".row :focus")).to_have_count(0)


def test_a_row_that_goes_away_gives_the_keyboard_to_another(fake, open_desk):
    jobs = [make_job(f"list {at}", minutes_ago=at) for at in range(3)]
    fake.put(*jobs)
    page = open_desk()
    gone = jobs[1]["id"]
    page.locator(f"[data-job='{gone}'] [data-row]").focus()
    fake.do(lambda desk: (desk.jobs.pop(gone), desk.touch()))
    expect(page.locator("[data-job]")).to_have_count(2)
    expect(page.locator("[data-row='1']")).to_be_focused()


def test_where_the_system_chooses_colours_progress_is_still_seen(fake, open_desk):
    fake.put(make_job(total=10, ok=3, failed=2))
    page = open_desk(forced_colors="active")
    colours = """new Set([...document.querySelectorAll(".segment")].map(
        (one) => getComputedStyle(one).backgroundColor)).size"""
    gives(page, colours, 3)
