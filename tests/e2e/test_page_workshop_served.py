"""The workshop the whole way on the page: labelled pictures become a model, which sorts others."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import picture_is, picture_is_there
from tests.e2e.support.real_server import serving
from tests.support.webui import drawn

pytestmark = pytest.mark.browser

EACH = 6
# Workers start, and what they begin with is loaded: on a busy machine longer than pages take.
WORK_MS = 120_000
# As numbers of `drawn`, which makes a colour of each.
RED, GREEN = 250, 250 * 256


@pytest.fixture(scope="module")
def nightdesk(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("workshop") / "data") as address:
        yield address


def labelled():
    """Red ones and green ones."""
    archive = BytesIO()
    with ZipFile(archive, "w") as packed:
        for at in range(EACH):
            packed.writestr(f"red/{at}.png", drawn(RED - at, 64, 64, ""))
            packed.writestr(f"green/{at}.png", drawn(GREEN - 256 * at, 64, 64, ""))
    return {"name": "colours.zip", "mimeType": "application/zip", "buffer": archive.getvalue()}


def form_of(page, kind):
    page.get_by_role("link", name="New job").click()
    page.locator(f"input[name=kind][value={kind}]").check()


def test_a_model_is_learned_kept_and_used(windows, nightdesk):
    page = windows.open(f"{nightdesk}/s/local")
    form_of(page, "train")
    page.locator("input[name=archive]").set_input_files(labelled())
    page.get_by_label("Name of the model").fill("colours")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/jobs/*")
    status = page.locator(".job-head .status-text")
    expect(status).to_have_text("Completed", timeout=WORK_MS)
    page.get_by_role("link", name="Pictures", exact=True).click()
    expect(page.get_by_role("button", name="Look at confusion.png")).to_be_visible()
    page.get_by_role("link", name="Log", exact=True).click()
    expect(page.locator(".line").first).to_be_visible()

    page.get_by_role("link", name="Workshop").click()
    page.locator(".shelf summary", has_text="colours").click()
    expect(page.locator(".by-label tbody tr")).to_have_count(2)
    picture_is_there(page.get_by_alt_text("What is taken for what"))

    page.get_by_role("button", name="Classify pictures with it").click()
    new = {"name": "new.png", "mimeType": "image/png", "buffer": drawn(RED - EACH, 64, 64, "")}
    page.locator("input[name=pictures_file]").set_input_files([new])
    expect(page.locator("input[name=picture]")).to_be_checked()
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/jobs/*")
    expect(status).to_have_text("Completed", timeout=WORK_MS)
    expect(page.locator("[data-item-row='0']")).to_contain_text("red")
    page.get_by_role("link", name="Pictures", exact=True).click()
    seen = page.locator(".seen")
    expect(seen).to_contain_text("red")
    picture_is(seen.locator("img"), 64)
