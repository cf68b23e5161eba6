"""What the page is to the eye and to the hand: first visit, languages, sizes, contrast, motion."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.support.fake_desk import DESK_ID, PAGE
from tests.e2e.support.reading import gives, holds
from tests.e2e.support.samples import a_busy_desk, make_job, outcomes

SIZES = [
    {"width": width, "height": height} for width, height in [(360, 740), (768, 1024), (1440, 900)]
]
TOKENS = (PAGE / "style" / "tokens.css").read_text()
LIGHT, DARK = TOKENS.split("@media")[:2]


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_status_colours_pass_on_every_surface(theme):
    colour = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", theme))
    texts = ("text", "muted", "accent", "ok", "failed", "running", "waiting", "paused")
    grounds = ("ground", "surface", "raised")
    poor = {
        (text, ground): round(contrast(colour[text], colour[ground]), 2)
        for text in texts
        for ground in grounds
        if contrast(colour[text], colour[ground]) < 4.5
    }
    assert poor == {}
    assert contrast(colour["on-accent"], colour["accent"]) >= 4.5


def test_nothing_on_the_page_comes_from_elsewhere():
    mine = [path for path in PAGE.rglob("*") if path.suffix in {".js", ".css", ".html"}]
    # In quotes or brackets: a comment may say where an idea is from.
    loading = re.compile(r"""(?:src|href|url|import|from)[\s:=(]*["'`(=]\s*https?://""")
    assert [path.name for path in mine if loading.search(path.read_text())] == []


@pytest.mark.browser
def test_a_first_visit_teaches(fake, open_desk):
    fake.do(lambda desk: desk.sample.extend(f"http://127.0.0.1:9/{at}" for at in range(500)))
    page = open_desk()
    expect(page.locator(".address code")).to_have_text(re.compile(f"/s/{DESK_ID}$"))
    expect(page.get_by_text("it is the key to this desk")).to_be_visible()
    page.get_by_role("button", name="Try the sample").click()
    expect(page).to_have_url(re.compile("/jobs/"))
    body = fake.do(lambda desk: [one[3] for one in desk.requests if one[1] == "jobs"])[0]
    assert (len(body["items"]), body["start"]) == (500, True)


@pytest.mark.browser
def test_without_a_sample_site_none_is_offered(fake, open_desk):
    page = open_desk()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("button", name="Try the sample")).to_have_count(0)


@pytest.mark.browser
def test_chinese_by_preference_and_by_choice(fake, open_desk):
    fake.put(*a_busy_desk())
    page = open_desk(locale="zh-CN")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_role("link", name="新建任务")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("link", name="New job")).to_be_visible()
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_nothing_spills_out_of_the_window(fake, open_desk, locale):
    job = make_job("spring list", total=1000, ok=400, failed=16)
    fake.do(lambda desk: (desk.items.update({job["id"]: outcomes(416)}),
                          desk.sample.append("http://127.0.0.1:9/1")))  # fmt: skip
    page = open_desk(locale=locale)
    fits = "document.documentElement.scrollWidth <= innerWidth"
    for size in SIZES:
        page.set_viewport_size(size)
        holds(page, fits)
    fake.put(job, *a_busy_desk())
    page.wait_for_selector("[data-job]")
    spilt = """() => [...document.querySelectorAll("button, a.button, .mark, .counts, .num")]
        .filter((one) => one.offsetParent && !one.closest("nav, .item-filters, .log"))
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
        .map((one) => one.outerHTML.slice(0, 80))"""
    for path in (
        "",
        "#new",
        "#domains",
        "#tab",
        "#tokens",
        f"/jobs/{job['id']}",
        f"/jobs/{job['id']}#files",
    ):
        page.evaluate(f"history.pushState(null, '', '/s/{DESK_ID}{path}')")
        page.evaluate("dispatchEvent(new Event('popstate'))")
        for size in SIZES:
            page.set_viewport_size(size)
            page.locator(".pane" if path else ".job-list").first.wait_for()
            holds(page, fits)
            gives(page, spilt, [])


@pytest.mark.browser
def test_motion_stops_where_it_is_not_wanted(fake, open_desk):
    fake.put(make_job(total=10, ok=3))
    page = open_desk(reduced_motion="reduce")
    moving = "getComputedStyle(document.querySelector('.segment')).transitionProperty"
    gives(page, moving, "none")


@pytest.mark.browser
def test_focus_can_be_seen(fake, open_desk):
    fake.put(make_job("spring list"))
    page = open_desk()
    for _ in range(4):
        page.keyboard.press("Tab")
        gives(page, "getComputedStyle(document.activeElement).outlineStyle", "solid")


def test_vendored_modules_name_their_licences():
    readme = (PAGE / "vendor" / "README.md").read_text()
    for module in (PAGE / "vendor").glob("*.js"):
        assert f"`{module.name}`" in readme
    for licence in re.findall(r"`(licences/[\w.]+)`", readme):
        assert Path(PAGE / "vendor" / licence).is_file()
