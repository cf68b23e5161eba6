"""A real Chromium makes pages into PDFs, and what is in a page reaches nothing by that."""

from __future__ import annotations

import pypdfium2
import pytest

from actors.ports import PrintFailed
from tests.workers.browser.conftest import Notes

pytestmark = pytest.mark.browser

A4_POINTS = (596, 843)

# Each asks for /reached, or would show what it found.
HUNGRY = """<!doctype html><title>t</title>
<script>document.write('a script ran')</script><noscript>no script</noscript>
<link rel="stylesheet" href="{url}"><img src="{url}"><iframe src="{url}"></iframe>
<iframe src="file://{file}"></iframe><object data="file://{file}"></object>
<img src="x" onerror="document.write('a handler ran')">
<meta http-equiv="refresh" content="0;url={url}">
<style>@import url("{url}"); body {{ background: url({url}) }}</style>
<p>Dear 你好,</p>"""


def read(pdf):
    """The text, and the size of the first page."""
    with pypdfium2.PdfDocument(pdf) as document:
        texts = [page.get_textpage().get_text_range() for page in document]
        return "\n".join(texts), tuple(round(side) for side in document[0].get_size())


async def printed(house, html, time_s=60.0):
    return await house.job.pdf(html, Notes(), time_s=time_s)


async def test_a_page_is_printed_and_reaches_nothing(opened, site, tmp_path_factory):
    secret = tmp_path_factory.mktemp("files") / "secret.txt"
    secret.write_text("the secret")
    asked = []

    async def reached(talk):
        asked.append(talk.asked)
        await talk.respond(b"reached")

    site.handlers["/reached"] = reached
    async with opened() as house:
        text, size = read(
            await printed(house, HUNGRY.format(url=site.url("/reached"), file=secret))
        )
        assert "Dear 你好," in text
        assert "no script" in text
        assert " ran" not in text
        assert "the secret" not in text
        assert asked == []
        assert size == A4_POINTS

        small = "<style>@page { size: 100mm 50mm }</style><p>a card"
        assert read(await printed(house, small)) == ("a card", (283, 142))

        with pytest.raises(PrintFailed, match="not printed within"):
            await printed(house, "<p>late", time_s=0.0)
        assert read(await printed(house, "<p>still here"))[0] == "still here"
        # On the same page, where nothing is left of the one before.
        assert read(await printed(house, "<p>and here")) == ("and here", A4_POINTS)
