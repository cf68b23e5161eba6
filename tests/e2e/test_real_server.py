"""The whole way by a browser: page, API, desk, worker, outcome, and back by poll and socket."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.support.reading import texts, until
from tests.e2e.support.real_server import sample_origin, serving

pytestmark = pytest.mark.browser

END_MS = 180_000
SLOW_PAGE = 99  # answers after seconds: a job of many is still running whatever a test does
MINUTES_OF_THEM = 400


@pytest.fixture(scope="module")
def nightdesk(tmp_path_factory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("nightdesk") / "data") as address:
        yield address


@pytest.fixture
def land(windows, nightdesk):
    """Opens the printed address as a new visitor does: a desk of one's own."""

    def landed(**options) -> Page:
        page = windows.open(f"{nightdesk}/", locale=options.pop("locale", "en-GB"), **options)
        expect(page).to_have_url(re.compile(r"/s/[0-9a-f-]{36}$"))
        page.wait_for_selector(".empty")
        return page

    return landed


def start_slow_job(page: Page, address: str) -> None:
    slow = [f"{sample_origin(address)}/page/{SLOW_PAGE}?n={at}" for at in range(MINUTES_OF_THEM)]
    page.keyboard.press("n")
    page.locator("textarea[name=items]").fill("\n".join(slow))
    page.get_by_label("Name").fill("slow ones")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_selector(".job-head")


def status(page: Page):
    return page.locator(".job-facts .status-text")


def ended(page: Page):
    return expect(status(page))


def test_the_sample_to_the_end(land):
    page = land()
    page.get_by_role("button", name="Try the sample").click()
    ended(page).to_have_text("Done, with failures", timeout=END_MS)
    expect(page.locator(".job-facts .counts")).to_have_text("500 / 500")
    expect(page.locator("[data-item-row]").first).to_contain_text("HTTP 200")
    retry_what_failed(page)
    page.reload()  # the job has an address of its own
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("^Download")).first.click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 501  # a header and every item


def retry_what_failed(page: Page) -> None:
    page.locator(".item-filters .filter", has_text="Failed").click()
    failed = page.locator("[data-item-row]")
    expect(failed.first).to_contain_text("HTTP 404")
    expect(page.locator(".causes")).to_contain_text("404")
    again = page.locator(".job-head").get_by_role("button", name=re.compile(r"^Try the \d+ failed"))
    before = number_in(page, again)
    # Not all of them need be drawn.
    expect(page.get_by_text(f"{before} of 500 match")).to_be_visible()
    again.click()
    # It is not there while they are tried, which may be over before anybody looks.
    expect(again).not_to_have_text(re.compile(rf"\b{before}\b"), timeout=END_MS)
    assert 0 < number_in(page, again) < before
    ended(page).to_have_text("Done, with failures")


def number_in(page: Page, found: Locator) -> int:
    [said] = until(page, lambda: texts(found))
    return int(re.findall(r"\d+", said)[0])


def test_from_one_browser_to_another_pause_resume_cancel_and_delete(land, windows, nightdesk):
    first = land()
    start_slow_job(first, nightdesk)
    expect(first).to_have_title(re.compile(r"^\d+ % fetch: slow ones"))
    address = first.url
    first.close()

    page = windows.open(address, locale="en-GB")
    ended(page).to_have_text("Running")
    count = page.locator(".job-facts .counts")
    [seen] = until(page, lambda: texts(count))
    expect(count).not_to_have_text(seen)  # the same truth, still moving
    page.get_by_role("button", name="Pause: slow ones").last.click()
    ended(page).to_have_text("Paused, by you")
    page.reload()
    ended(page).to_have_text("Paused, by you")
    page.get_by_role("button", name="Resume: slow ones").last.click()
    ended(page).to_have_text("Running")
    page.get_by_role("button", name="Cancel: slow ones").click()
    ended(page).to_have_text("Cancelled")
    page.get_by_role("link", name="Log").click()
    expect(page.locator(".line").first).to_be_visible()
    page.get_by_role("button", name="Delete: slow ones").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".empty")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/s/[0-9a-f-]{36}$"))


def test_it_polls_where_the_socket_is_blocked(windows, nightdesk):
    context = windows.context()
    context.route_web_socket(re.compile("/stream"), lambda socket: socket.close())
    page = context.new_page()
    page.goto(f"{nightdesk}/")
    expect(page.locator("[data-link]")).to_have_text("polling every 3 s")
    page.get_by_role("button", name="Start: A quick one").click()
    ended(page).to_have_text(re.compile("Completed|Done"), timeout=END_MS)
    expect(page.locator("[data-link]")).to_have_text("polling every 3 s")


def test_bad_addresses_are_refused_with_their_lines(land):
    page = land()
    page.keyboard.press("n")
    page.locator("textarea[name=items]").fill(
        "http://a.example/\n# a note\nnot an address\nftp://b.example/"
    )
    page.get_by_role("button", name="Start", exact=True).click()
    wrong = page.locator(".form-error")
    expect(wrong).to_contain_text("Line 3:")
    expect(wrong).to_contain_text("Line 4:")


def test_addresses_from_a_file_in_chinese_by_keyboard(land, nightdesk, tmp_path):
    path = tmp_path / "清单.csv"
    path.write_text(f"url\n{sample_origin(nightdesk)}/page/1\n")
    page = land(locale="zh-CN")
    page.keyboard.press("n")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="开始", exact=True).press("Enter")
    ended(page).to_have_text("已完成", timeout=END_MS)
    expect(page.get_by_role("heading", name="清单")).to_be_visible()
