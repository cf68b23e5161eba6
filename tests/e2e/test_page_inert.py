"""Hostile text on the page, in a real Chromium: it is read and does nothing, and no one hears."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.support.fake_desk import DESK_ID
from tests.e2e.support.reading import gives, holds
from tests.e2e.support.samples import log_lines, make_job, make_outcome
from tests.support.hostile import STEERING, TEXTS

pytestmark = pytest.mark.browser

HOSTILE = list(TEXTS.values())
FOREIGN = "script, img, iframe, object, embed, base, style, link, [onerror], [onload]"
HEIGHTS = """(which) => new Set([...document.querySelectorAll(which)]
    .map((row) => row.getBoundingClientRect().height)).size"""
FITS = "document.scrollingElement.scrollWidth <= window.innerWidth"
LINKS = "[...document.querySelectorAll('#app a[href]')].map((a) => [a.href, a.rel])"
TEXT_OF = "() => document.body.innerText + [...document.querySelectorAll('[title], [aria-label]')]"
TEXT_OF += ".map((e) => `${e.title}${e.ariaLabel ?? ''}`).join('')"


@pytest.fixture
def watched(windows):
    """The page as its reader has it: what it asked of whom, what opened, what ran."""
    seen = {"requests": [], "dialogs": []}

    def watch(page):
        page.on("request", lambda request: seen["requests"].append(request))
        page.on("dialog", lambda dialog: (seen["dialogs"].append(dialog.message), dialog.dismiss()))

    yield watch
    assert seen["dialogs"] == []
    for request in seen["requests"]:
        assert urlsplit(request.url).hostname == "127.0.0.1" or request.url.startswith("data:")
        assert not request.headers.get("referer")


@pytest.fixture
def desk(fake, windows, watched):
    """The desk's page at a path, once it is live."""

    def opened(path="", **options):
        context = windows.context(**options)
        page = context.new_page()
        watched(page)
        page.goto(fake.address + path)
        page.wait_for_selector("[data-link=live]")
        return page

    return opened


def is_inert(page):
    """Nothing of the texts became part of the page, and none of them steers how it is read."""
    expect(page.locator(f"#app :is({FOREIGN})")).to_have_count(0)
    shown = page.evaluate(TEXT_OF)
    assert STEERING.search(shown.replace("\n", "").replace("\t", "")) is None
    holds(page, FITS)
    expect(page).not_to_have_title(re.compile(DESK_ID))
    links = page.evaluate(LINKS)
    for href, rel in links:
        place = urlsplit(href)
        assert place.scheme in ("http", "https")
        assert place.hostname == "127.0.0.1" or rel == "noreferrer noopener"


def test_the_names_of_jobs(fake, desk):
    jobs = [make_job(text, minutes_ago=at) for at, text in enumerate(HOSTILE)]
    fake.put(*jobs)
    page = desk()
    for start in range(0, len(jobs), 8):
        page.locator(".scroll").evaluate(f"list => list.scrollTo(0, {start * 48})")
        expect(page.locator(f"[data-job='{jobs[start]['id']}']")).to_be_visible()
        is_inert(page)
    gives(page, HEIGHTS, 1, "[data-job]")


@pytest.fixture
def job(fake):
    job = make_job("all of them", status="failed", total=len(HOSTILE), failed=len(HOSTILE))
    job["error"] = "".join(HOSTILE[:20])
    lines = [{**log_lines(1)[0], "message": text} for text in HOSTILE]
    items = [
        make_outcome(at, "failed", url=text, final_url=text, error=text, **{text[:40] or "x": text})
        for at, text in enumerate(HOSTILE)
    ]
    artifacts = [
        {"name": text, "size_bytes": 1, "modified_at": job["created_at"]} for text in HOSTILE
    ]

    def fill(desk):
        desk.items[job["id"]], desk.log[job["id"]], desk.artifacts = items, lines, artifacts
        desk.specs[job["id"]] = {"headers": {text: text for text in HOSTILE}, "note": HOSTILE}

    fake.do(fill)
    fake.put(job)
    return job


@pytest.mark.parametrize("width", [1440, 360])
def test_items_log_files_and_settings(desk, job, width):
    page = desk(f"/jobs/{job['id']}", viewport={"width": width, "height": 900})
    expect(page.locator("[data-item-row='0']")).to_be_visible()
    is_inert(page)
    gives(page, HEIGHTS, 1, "[data-item-row]")
    for name, sign in [("log", ".line"), ("files", ".files li"), ("settings", ".of-settings dd")]:
        page.locator(f".tabs a[href$='#{name}']").click()
        expect(page.locator(sign).first).to_be_visible()
        is_inert(page)
        if name == "log":
            gives(page, HEIGHTS, 1, ".line")


def test_each_outcome_in_full(desk, job):
    page = desk(f"/jobs/{job['id']}", viewport={"width": 1440, "height": 2400})
    full = page.get_by_role("region", name="Result in full")
    for at in range(0, len(HOSTILE), 3):
        row = page.locator(f"[data-item-row='{at}']")
        row.scroll_into_view_if_needed()
        row.click()
        expect(full).to_contain_text(f"#{at}")
        is_inert(page)


def test_a_refusal_in_hostile_words(fake, desk):
    refusal = {"code": HOSTILE[1], "message": "".join(HOSTILE), "details": {"errors": [
        {"index": None, "field": text, "reason": text} for text in HOSTILE]}}  # fmt: skip
    fake.do(lambda desk: desk.refusals.update({"create": (400, refusal), "pause": (409, refusal)}))
    fake.put(make_job("".join(HOSTILE[10:20])))
    page = desk()
    page.locator(".row .act button").first.click()
    expect(page.locator(".notice")).to_be_visible()
    is_inert(page)


def test_the_title_and_the_sender_tell_nobody_of_the_desk(fake, desk):
    page = desk()
    fake.put(make_job(TEXTS["override"] + TEXTS["lines"], ok=1))
    expect(page).to_have_title(re.compile("fetch: "))
    title = page.evaluate("document.title")
    assert STEERING.search(title) is None
    expect(page).not_to_have_title(re.compile(DESK_ID))
    gives(page, "document.referrer", "")
