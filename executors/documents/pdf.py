"""A rendered document as a PDF, by the program that its pool has. Used by
`executors.documents.run`."""

from __future__ import annotations

from actors.ports import ItemContext, Tools
from actors.ports.office import OfficeRefused
from executors.documents.formats import Format
from executors.tables.limits import Refused


async def to_pdf(format: Format, data: bytes, tools: Tools, context: ItemContext) -> bytes:
    """`format` is docx or html. Raises Refused, and what ends a worker's work as a whole."""
    if format != "docx":
        raise Refused("unsupported", f"no program here makes a PDF of {format}")
    try:
        return await tools.office.pdf(data)
    except OfficeRefused as error:
        raise Refused("unreadable", str(error)) from None
