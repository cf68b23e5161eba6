"""Single documents as the front end has them made: PDFs of every format, and their first pages.

Real pools with LibreOffice, Chromium and the jail; one Chromium for all.
"""

from __future__ import annotations

from io import BytesIO

import pytest
import trio
from PIL import Image

from actors.ports import DeskKey
from executors.refusals import ReaderUnavailable, Refused
from tests.support.houses import Heard
from tests.support.offices import PATIENCE_S, letter, text_of
from workers.browsing import BrowsingSettings
from workers.cpu import CpuSettings
from workers.office_pool import OfficePoolSettings
from workers.pool import Pools, PoolSettings

DESK = DeskKey("a")
TEMPLATES = {
    "docx": letter("Dear {{ name }},"),
    "html": b"<!doctype html><p>Dear {{ name }},</p>",
    "md": b"# Dear {{ name }},\n\n*soon*",
}


@pytest.fixture
async def pools(tmp_path, nursery):
    settings = PoolSettings(
        cpu=CpuSettings(scratch=tmp_path / "cpu", cpu_workers=1),
        office=OfficePoolSettings(scratch=tmp_path / "offices", office_workers=1),
        browser=BrowsingSettings(scratch=tmp_path / "browsers", browser_hung_s=PATIENCE_S),
        tool_settings={"http": {}, "helpers": {"scratch": str(tmp_path / "helpers")}},
    )
    pools = Pools(settings, {}, Heard())
    await nursery.start(pools.run)
    return pools


async def preview(documents, format, data, name="张伟"):
    """The first row of a job that makes PDFs, as `DocumentSpec.plan` stores it."""
    template = {"id": "t", "name": "letter", "digest": "d", "format": format}
    spec = {"format": "pdf", "templates": [template], "date": "2026-01-31"}
    item = {"row": 0, "template": 0, "template_id": "t", "name": "a.pdf", "data": {"name": name}}
    return await documents.render(DESK, spec, {"d": data}, item)


def size_of(picture):
    with Image.open(BytesIO(picture)) as image:
        assert image.format == "PNG"
        return image.size


@pytest.mark.browser
async def test_every_format_becomes_a_pdf_and_the_picture_of_a_page(pools):
    documents = pools.documents()
    with trio.fail_after(PATIENCE_S):
        for format, template in TEMPLATES.items():
            made = await preview(documents, format, template)
            assert text_of(made.data).startswith("Dear 张伟,"), format
            width, height = size_of(await documents.picture(DESK, "pdf", made.data))
            assert width == 1_000
            assert height > width

        finished = {"docx": letter("Dear Ada,"), "md": b"# Dear Ada", "txt": b"Dear <Ada>"}
        for format, data in finished.items():
            assert size_of(await documents.picture(DESK, format, data))[0] == 1_000

        with pytest.raises(Refused, match="no page of the PDF can be drawn"):
            await documents.picture(DESK, "pdf", b"no PDF")
        with pytest.raises(Refused, match="field 'name' of template 'letter' has no value"):
            await preview(documents, "html", TEMPLATES["html"], name=None)


async def test_without_libreoffice_a_preview_says_how_to_get_one(tmp_path, nursery):
    missing = str(tmp_path / "nowhere")
    settings = PoolSettings(
        cpu=CpuSettings(scratch=tmp_path / "cpu", cpu_workers=1),
        office=OfficePoolSettings(scratch=tmp_path / "offices", soffice=missing),
    )
    pools = Pools(settings, {}, Heard())
    await nursery.start(pools.run)
    with pytest.raises(ReaderUnavailable, match="which --soffice names"):
        await preview(pools.documents(), "docx", TEMPLATES["docx"])
    with pytest.raises(Refused, match="this server makes no pictures of html files"):
        await pools.documents().picture(DESK, "html", TEMPLATES["html"])
