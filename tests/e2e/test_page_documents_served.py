"""Documents the whole way on the page: a template and rows, matched and seen, become a ZIP."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import holds, picture_is
from tests.e2e.support.real_server import serving
from tests.support.pictures import picture

pytestmark = pytest.mark.browser

# Workers start: on a busy machine longer than pages take.
WORK_MS = 120_000
LETTER = {
    "name": "Letter.txt",
    "mimeType": "text/plain",
    "buffer": b"Dear {{ first_name }} of {{ town }}",
}
LABEL = {"name": "Label.txt", "mimeType": "text/plain", "buffer": b"{{ first_name }}"}
ROWS = "First Name\tcity\tage\nAda\tLondon\t36\nBo\t\t19\nCy\tBonn\t7\n"


@pytest.fixture(scope="module")
def nightdesk(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("documents") / "data") as address:
        yield address


def test_templates_and_pasted_rows_become_documents(windows, nightdesk):
    page = windows.open(f"{nightdesk}/s/local#new")
    page.get_by_label("Documents").check()
    page.locator("input[name=template_file]").set_input_files([LETTER, LABEL])
    expect(page.locator("input[name=template]:checked")).to_have_count(2)
    page.get_by_text("Paste rows").click()
    page.locator("textarea[name=pasted]").fill(ROWS)
    page.get_by_role("button", name="Use these rows").click()

    # Nearly the same name is suggested; what nothing fills is asked for, and holds the job up.
    letter = page.locator(".matching", has_text="Letter")
    expect(letter.get_by_label("Column for first_name")).to_have_value("First Name")
    expect(letter).to_contain_text("One field has no column yet")
    make = page.get_by_role("button", name=re.compile(r"^Make \d+ documents$"))
    expect(make).to_have_text("Make 6 documents")
    expect(make).to_be_disabled()
    letter.get_by_label("Column for town").select_option("city")

    # What is wrong with a filter is said at its field; the names are those that will be.
    page.locator("input[name=filter]").fill("age >")
    expect(page.locator("#doc-filter")).not_to_be_empty()
    page.locator("input[name=filter]").fill("age > 18")
    expect(page.get_by_text("2 of 3 rows")).to_be_visible()
    page.locator("input[name=file_name]").fill("{{ First Name }}")
    names = page.locator(".first-names li")
    expect(names).to_have_text(["Letter/Ada.txt", "Label/Ada.txt", "Letter/Bo.txt", "Label/Bo.txt"])
    drawn = page.get_by_alt_text("First page of document 1")
    expect(drawn).to_be_visible(timeout=WORK_MS)
    picture_is(drawn, 1000)
    make.click()

    page.wait_for_url("**/jobs/*")
    causes = page.locator(".causes li")
    expect(causes.first).to_contain_text("field 'town' of template", timeout=WORK_MS)
    expect(page.locator(".job-head .button.primary")).to_contain_text("again")
    shares = page.locator(".shares li")
    expect(shares).to_have_text([re.compile("^Letter"), re.compile("^Label")])
    page.get_by_role("link", name="Files").click()
    expect(page.locator(".files li")).to_have_count(3)
    with page.expect_download() as one:
        shares.nth(1).get_by_role("link").click()
    assert _names(one.value) == ["Label/Ada.txt", "Label/Bo.txt", "manifest.json"]
    with page.expect_download() as everything:
        page.get_by_role("link", name="Download all (ZIP)").last.click()
    assert len(_names(everything.value)) == 4


def test_the_library_is_looked_after_on_a_phone_in_chinese(windows, nightdesk):
    size = {"width": 360, "height": 740}
    page = windows.open(f"{nightdesk}/s/local#library", locale="zh-CN", viewport=size)
    page.locator("input[name=tables_file]").set_input_files(
        {"name": "人.csv", "mimeType": "text/csv", "buffer": "姓名,姓名\n张,王\n".encode()}
    )
    expect(page.locator(".form-error")).to_contain_text("姓名")
    page.locator("input[name=templates_file]").set_input_files(
        {"name": "证书.md", "mimeType": "text/markdown", "buffer": "# {{ 姓名 }}".encode()}
    )
    page.locator("summary", has_text="证书").click()
    expect(page.locator(".found th", has_text="姓名")).to_be_visible()
    page.get_by_label("分类").fill("结业")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("summary", has_text="证书")).to_contain_text("结业")
    holds(page, "document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="删除 证书").click()
    expect(page.get_by_role("button", name="保留")).to_be_focused()
    page.get_by_role("button", name="删除", exact=True).click()
    expect(page.locator("summary", has_text="证书")).to_have_count(0)


def test_pictures_come_one_by_one_and_in_archives(windows, nightdesk):
    page = windows.open(f"{nightdesk}/s/local#library")
    logos = BytesIO()
    with ZipFile(logos, "w", ZIP_DEFLATED) as archive:
        archive.writestr("team/ada.png", picture(size=(300, 100)))
        archive.writestr("team/broken.png", b"hello")
        archive.writestr("__MACOSX/team/._ada.png", b"resource fork")
    files = {"logos.zip": logos.getvalue(), "ada.gif": picture("GIF"), "no.zip": b"hello"}
    page.locator("input[name=pictures_file]").set_input_files(
        [{"name": name, "mimeType": "", "buffer": data} for name, data in files.items()]
    )
    expect(page.locator(".picture code")).to_have_text(["picture:ada", "picture:ada-2"])
    refused = page.locator(".form-error")
    expect(refused).to_contain_text("no.zip This archive cannot be unpacked.")
    expect(refused).to_contain_text("a picture is a PNG, a JPEG or a GIF; this is none")
    picture_is(page.locator(".picture img").first, 128)

    page.get_by_role("button", name="Delete ada").last.click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".picture")).to_have_count(1)


def test_documents_are_made_by_a_schedule(windows, nightdesk):
    page = windows.open(f"{nightdesk}/s/local#new")
    page.get_by_label("Documents").check()
    page.locator("input[name=template_file]").set_input_files([LABEL])
    tables = [{"name": f"{name}.csv", "mimeType": "text/csv"} for name in ("one", "two")]
    page.locator("input[name=source_file]").set_input_files(
        [{**each, "buffer": b"first_name\nAda\n"} for each in tables]
    )
    expect(page.get_by_role("radio", name="two csv")).to_be_checked()
    page.get_by_label("Again and again").check()
    expect(page.locator(".next-passes li")).to_have_count(5)
    page.get_by_role("button", name="Start the schedule").click()
    page.wait_for_url("**/jobs/*")
    expect(page.locator(".job-head")).to_contain_text("Label · two")
    # Its passes are jobs of their own, and one may be due by now.
    expect(page.locator(".job-head .status-text")).to_contain_text("Scheduled")


def _names(download):
    with ZipFile(download.path()) as archive:
        return sorted(archive.namelist())
