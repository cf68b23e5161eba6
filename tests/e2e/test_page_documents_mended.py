"""Documents that could not be made, on the page: why, and made again of a table that was mended."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.real_server import serving

pytestmark = pytest.mark.browser

# Workers start: on a busy machine longer than pages take.
WORK_MS = 120_000
LETTER = "Dear {{ name }}, you owe {{ sum|number }} by {{ day|date }}"
ROWS = "name,sum,day\nAda,1,2026-01-31\n,2,2026-01-31\nCy,much,2026-01-31\nDi,more,2026-01-31\n"


@pytest.fixture(scope="module")
def nightdesk(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("mended") / "data") as address:
        yield address


def test_what_failed_is_made_again_of_a_mended_table(windows, nightdesk):
    page = windows.open(f"{nightdesk}/s/local")
    page.get_by_role("button", name="Make documents of a table").click()
    page.locator("input[name=template_file]").set_input_files(_file("Letter.txt", LETTER))
    page.locator("input[name=source_file]").set_input_files(_file("people.csv", ROWS))
    page.get_by_role("button", name="Make 4 documents").click()

    page.wait_for_url("**/jobs/*")
    causes = page.locator(".causes li")
    expect(causes.nth(0)).to_contain_text("2 × … is not a number", timeout=WORK_MS)
    expect(causes.nth(0)).to_contain_text("Mend these values in the table.")
    expect(causes.nth(1)).to_contain_text("1 × field 'name' of template 'Letter' has no value")
    page.get_by_role("button", name="Make these rows again").click()

    # All that was asked for is there again, and stays with a table of the same columns.
    expect(page.get_by_label("Only rows where")).to_have_value("_row in [2, 3, 4]")
    expect(page.get_by_text("3 of 4 rows")).to_be_visible()
    mended = ROWS.replace("\n,2", "\nBo,2").replace("much", "3").replace("more", "4")
    page.locator("input[name=source_file]").set_input_files(_file("mended.csv", mended))
    expect(page.get_by_role("radio", name=re.compile("^mended"))).to_be_checked()
    page.get_by_role("button", name="Make 3 documents").click()
    expect(page.locator(".job-head")).to_contain_text("Letter · mended")
    expect(page.locator(".job-head")).to_contain_text("Completed", timeout=WORK_MS)


def test_a_file_that_is_none_of_these_is_said_to_be_none(windows, nightdesk):
    page = windows.open(f"{nightdesk}/s/local#library")
    page.locator("input[name=templates_file]").set_input_files(_file("macro.docm", "x"))
    refused = page.locator(".form-error")
    expect(refused).to_contain_text("This file cannot be a template.")
    expect(refused).to_contain_text("must be one of .docx, .html, .md, .txt")
    page.locator("input[name=tables_file]").set_input_files(
        {"name": "ansi.csv", "mimeType": "text/csv", "buffer": "姓名\n张三\n".encode("gbk")}
    )
    refused = page.locator(".form-error").last
    expect(refused).to_contain_text("This file cannot be a table.")
    expect(refused).to_contain_text("save it as UTF-8")


def test_a_row_that_is_refused_is_named_as_tables_count(windows, nightdesk):
    page = windows.open(f"{nightdesk}/s/local#new")
    page.get_by_label("Documents").check()
    page.locator("input[name=template_file]").set_input_files(_file("Photo.html", "{{ photo }}"))
    rows = _file("photos.csv", "photo,note\nnone,=1+1\npicture:ada,\n")
    page.locator("input[name=source_file]").set_input_files(rows)
    expect(page.locator(".form-error li")).to_have_text(
        "row 2, photo there is no picture 'ada' in the library"
    )
    expect(page.locator(".warnings")).to_contain_text("begins with '='")


def _file(name, text):
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
