"""Documents as pages: a finished one as a PDF, and the first page of a PDF as a picture.

No kind of job: users cannot ask for it. `workers.papers` leases it, of the pool that has what it
needs: pictures are made in a jail, PDFs where their program is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from io import BytesIO
from typing import Any

import msgspec
import pypdfium2

from actors.ports import HelperStopped, ItemContext, ItemResult, ItemRunner, LeasedItem, Tools
from executors.documents.formats import Format
from executors.documents.items import PageAsked
from executors.documents.pdf import to_pdf
from executors.documents.text import markdown_page, read_text
from executors.refusals import Refused
from state.model import OutcomeStatus

PICTURE_WIDTH = 1_000
# Of a page that is a long strip: it is made narrower instead.
_MAX_HEIGHT = 4_000
_FROM_MARKDOWN = "executors.documents.page:from_markdown"


class PageExecutor:
    """The spec is empty, an item a `PageAsked`."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        yield PageRunner(tools)


class PageRunner:
    """One document for each item."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        asked = msgspec.json.decode(item.payload, type=PageAsked)
        try:
            pdf = await self._pdf(asked.format, await context.enclosed(), context)
            if asked.picture:
                picture = await self._tools.compute(lambda: first_page(pdf))
                await context.artifact("page.png", picture)
            else:
                await context.artifact("page.pdf", pdf)
        except Refused as refusal:
            told = {"why": refusal.why}
            return ItemResult(status=OutcomeStatus.FAILED, result=told, error=str(refusal))
        return ItemResult(status=OutcomeStatus.OK, result={})

    async def _pdf(self, format: Format, data: bytes, context: ItemContext) -> bytes:
        if format == "pdf":
            return data
        if format == "md":
            data = await self._from_markdown(data)
        elif format == "txt":
            data = f"<pre style='white-space: pre-wrap'>{escape(read_text(data))}</pre>".encode()
        return await to_pdf("docx" if format == "docx" else "html", data, self._tools, context)

    async def _from_markdown(self, data: bytes) -> bytes:
        """By a helper: this worker's own jail may be none."""
        helpers = self._tools.helpers
        if len(data) > helpers.max_bytes:
            raise Refused("too_large", f"it has more than {helpers.max_bytes} bytes")
        try:
            return await helpers.run(_FROM_MARKDOWN, data)
        except HelperStopped as stopped:
            raise Refused("unreadable", str(stopped)) from None


def from_markdown(data: bytes) -> bytes:
    """A page of HTML. Work of a helper."""
    return markdown_page(data.decode(errors="replace"), "").encode()


def first_page(pdf: bytes) -> bytes:
    """A PNG of it, in the jail. Raises Refused."""
    try:
        with pypdfium2.PdfDocument(pdf) as document:
            if not len(document):
                raise Refused("unreadable", "the PDF has no page")
            page = document[0]
            width, height = page.get_size()
            # Whatever is left of a pixel is rounded up.
            scale = min((PICTURE_WIDTH - 0.5) / width, _MAX_HEIGHT / height)
            picture = page.render(scale=scale).to_pil()
    except pypdfium2.PdfiumError as error:
        raise Refused("unreadable", f"no page of the PDF can be drawn: {error}") from None
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
