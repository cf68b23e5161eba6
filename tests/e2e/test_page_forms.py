"""The one "New": forms made of what kinds say, the estimate beside the button, and the
same again with changes.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.support.real_server import serving
from tests.e2e.support.samples import make_job
from web.kinds_api import Lack

pytestmark = pytest.mark.browser

EXAMPLE = Path(__file__).parents[2] / "examples" / "nightdesk-pagecheck"
DROP = """([text, name]) => {
  const given = new DataTransfer();
  given.items.add(new File([text], name));
  const event = new DragEvent("drop", { dataTransfer: given, bubbles: true, cancelable: true });
  document.querySelector(".items-source").dispatchEvent(event);
}"""
PASTE = """(text) => {
  const given = new DataTransfer();
  given.setData("text/plain", text);
  const event = new ClipboardEvent("paste", { clipboardData: given, bubbles: true,
    cancelable: true });
  document.querySelector("textarea[name=items]").dispatchEvent(event);
}"""


def made(fake):
    return fake.do(lambda desk: [one[3] for one in desk.requests if one[1] == "jobs"])


def test_a_form_is_made_of_what_the_kind_says(fake, open_desk):
    expected = {"seconds": 150.0, "low_s": 90.0, "high_s": 200.0, "basis": "measured",
                "jobs": 3, "items": 30}  # fmt: skip

    def set_up(desk):
        desk.kinds.expected = expected
        desk.kinds.lacks = {"visit": Lack("this server has no browser")}

    fake.do(set_up)
    page = open_desk("#new")
    visit = page.locator("label", has=page.locator("input[name=kind][value=visit]"))
    expect(visit).to_contain_text("not possible on this server")
    retries = page.get_by_label("Retries")
    expect(retries).to_have_attribute("placeholder", "3")
    expect(page.locator("#fetch-retries-note")).to_contain_text("0 to 10")
    # Cells of a table become addresses; what is no address of theirs is left out.
    page.locator("textarea[name=items]").focus()
    page.evaluate(PASTE, "Ada\thttps://a.example/1\nname\turl\nGrace\thttps://a.example/2")
    expect(page.locator("textarea[name=items]")).to_have_value(
        "https://a.example/1\nhttps://a.example/2\n"
    )
    estimate = page.locator(".estimate")
    expect(estimate).to_contain_text("2 items")
    expect(estimate).to_contain_text("about 3 minutes")
    expect(estimate).to_contain_text("as your last 3 jobs of this kind took")
    retries.fill("5")
    expect(page.locator("#fetch-retries-note")).to_contain_text("usually 3")
    page.get_by_text("More settings").click()
    page.get_by_label("Headers").fill("Accept: text/html")
    page.get_by_label("Follow redirects").uncheck()
    page.get_by_label("Priority").fill("7")
    refusal = {"code": "invalid_spec", "message": "no", "details": {"error_count": 1, "errors": [
        {"index": None, "field": "headers", "reason": "are not wanted"}]}}  # fmt: skip
    fake.do(lambda desk: desk.refusals.update(create=(400, refusal)))
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#fetch-headers-note")).to_have_text("are not wanted")
    fake.do(lambda desk: desk.refusals.clear())
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile("/jobs/"))
    spec = {"retries": 5, "headers": {"Accept": "text/html"}, "follow_redirects": False}
    job = made(fake)[-1]
    assert (job["spec"], job["priority"]) == (spec, 7)


def test_a_file_is_dropped_and_a_list_of_objects_is_pasted(fake, open_desk):
    page = open_desk("#new")
    page.locator("textarea[name=items]").fill('[{"url": "https://a.example/", "method": "HEAD"}]')
    expect(page.get_by_text("1 address", exact=True)).to_be_visible()
    page.get_by_role("button", name="Save for later").click()
    expect(page).to_have_url(re.compile("/jobs/"))
    assert made(fake)[-1]["items"] == [{"url": "https://a.example/", "method": "HEAD"}]
    page = open_desk("#new")
    expect(page.locator("textarea[name=items]")).to_have_value("")
    page.evaluate(DROP, ["url\nhttps://a.example/1\n", "spring.csv"])
    expect(page.locator(".chosen-file")).to_contain_text("spring.csv")
    expect(page.locator(".estimate")).to_contain_text("1 item")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile("/jobs/"))
    assert made(fake)[-1]["files"]["items"] == "spring.csv"


def test_the_same_again_with_changes(fake, open_desk):
    job = make_job("spring list", status="completed", total=2_000, ok=2_000)
    fake.put(job)
    asked = {"kind": "fetch", "name": "spring list", "lane": "fetch", "priority": 0,
             "spec": {"timeout_s": 5, "extract": [{"as": "title", "css": "h1"}]}, "items": None,
             "items_n": 2_000, "by_name": True, "secrets": ["headers.Authorization"]}  # fmt: skip
    fake.do(lambda desk: desk.kinds.asked.update({job["id"]: asked}))
    page = open_desk()
    page.get_by_role("button", name="More for spring list").click()
    page.get_by_role("menuitem", name="Same again with changes").click()
    expect(page.locator(".like-job")).to_contain_text("spring list")
    expect(page.locator(".like-job")).to_contain_text("headers.Authorization")
    expect(page.get_by_text("2,000 items of that job")).to_be_visible()
    expect(page.locator("input[name=extract_what]")).to_have_value("h1")
    expect(page.locator(".was-changed")).to_have_count(0)
    page.get_by_label("Time limit").fill("60")
    expect(page.locator(".was-changed")).to_have_count(1)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile("/jobs/"))
    body = made(fake)[-1]
    assert (body["items_of"], body["origin"], body["name"]) == (
        job["id"], job["id"], "spring list")  # fmt: skip
    assert body["spec"] == {"timeout_s": 60, "extract": [{"as": "title", "css": "h1"}]}
    assert "items" not in body


@pytest.fixture
def with_package(tmp_path, monkeypatch):
    """The example's package, as an installed one is found."""
    folder = tmp_path / "libraries"
    about = folder / "nightdesk_pagecheck-0.1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: nightdesk-pagecheck\nVersion: 1\n"
    )
    points = "[nightdesk.executors]\npagecheck = nightdesk_pagecheck.spec:PageCheckSpec\n"
    (about / "entry_points.txt").write_text(points)
    (folder / "nightdesk_pagecheck").symlink_to(EXAMPLE / "nightdesk_pagecheck")
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_a_kind_of_another_package_has_a_form_without_a_line_of_the_page(
    with_package, windows, tmp_path
):
    with serving(tmp_path / "data", "--local-desk", "on") as address:
        page = windows.open(f"{address}/s/local#new")
        page.get_by_label("Page check").check()
        expect(page.get_by_text("Looks whether pages answer")).to_be_visible()
        page.locator("textarea[name=items]").fill("http://127.0.0.1:9/\n\nftp://x/")
        expect(page.locator(".estimate")).to_contain_text("Not ready to start: Line 3: ftp://x/ ")
        page.locator("textarea[name=items]").fill("http://127.0.0.1:9/")
        expect(page.locator(".estimate")).to_contain_text("1 item")
        page.get_by_label("Time for a page").fill("7")
        page.get_by_role("button", name="Save for later").click()
        expect(page).to_have_url(re.compile("/jobs/"))
        page.get_by_role("button", name="Same again with changes").click()
        expect(page.get_by_label("Time for a page")).to_have_value("7")
        expect(page.locator("textarea[name=items]")).to_have_value("http://127.0.0.1:9/")
