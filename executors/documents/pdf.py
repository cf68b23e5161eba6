"""A rendered document as a PDF, by the program that its pool has. Used by
`executors.documents.run` and `executors.documents.page`."""

from __future__ import annotations

from actors.ports import ItemContext, PrintFailed, Tools
from actors.ports.office import OfficeRefused
from executors.documents.formats import Format
from executors.refusals import Refused

# For a page, which no kernel's limit ends. As long as a jailed worker may take for an item.
PRINT_S = 60.0


async def to_pdf(format: Format, data: bytes, tools: Tools, context: ItemContext) -> bytes:
    """`format` is docx, in a worker of the pool `office`, or html, in one of `browser`. Raises
    Refused, and what ends a worker's work as a whole."""
    try:
        if format == "docx":
            return await tools.office.pdf(data)
        return await tools.browser.pdf(data.decode(errors="replace"), context, time_s=PRINT_S)
    except (OfficeRefused, PrintFailed) as error:
        raise Refused("unreadable", str(error)) from None
