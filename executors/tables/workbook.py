"""The rows of a spreadsheet (.xlsx), as text. Used in the jail by `executors.tables.reading`.

openpyxl reads the sheet row by row. What it takes in whole (shared strings, styles) is bounded by
what the archive unpacks to, and by the memory and processor time of the jail. Nothing in a workbook
is computed, fetched or run: a formula is the value that was saved with it.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from defusedxml.common import DefusedXmlException

from executors.archives import Packed
from executors.refusals import Refused
from executors.tables.lean import without_numpy
from executors.tables.limits import Budget
from executors.tables.rows import Head, Line, Row

with without_numpy():
    import openpyxl

# No sheet has more rows; what says so would be counted to.
_MAX_ROWS = 1_048_576
_OLD_FORMAT = b"\xd0\xcf\x11\xe0"
_SHEETS_LISTED = 20
# What openpyxl, and what it is built on, answer to a workbook that is none.
_NO_WORKBOOK = (
    BadZipFile,
    zlib.error,
    struct.error,
    ParseError,
    EOFError,
    LookupError,
    ArithmeticError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
    RecursionError,
)


WORKBOOK = Packed("an .xlsx workbook", "save it again")


def check_workbook(data: bytes, archive: ZipFile, budget: Budget) -> None:
    """The archive of a workbook, before it is read. Raises Refused."""
    if any(entry.filename.endswith("vbaProject.bin") for entry in archive.filelist):
        raise Refused("unsupported", "it holds macros")
    # More than an entry says of itself never comes out of it: zipfile sees to that.
    budget.unpack(sum(entry.file_size for entry in archive.filelist))


def refuse_old(data: bytes) -> None:
    """Raises Refused for the format before .xlsx, which is also that of encrypted ones."""
    if data.startswith(_OLD_FORMAT):
        raise Refused("unsupported", "it is encrypted, or an .xls file; save it as a plain .xlsx")


def workbook_rows(data: bytes, file: str, sheet: str | None, budget: Budget) -> Iterator[Line]:
    """The rows of one sheet: the one of that name, else the first that is not hidden."""
    try:
        with warnings.catch_warnings():
            # About what it leaves out (validation, charts): nobody here misses it.
            warnings.simplefilter("ignore")
            yield from _rows(data, file, sheet, budget)
    except _NO_WORKBOOK as error:
        raise _no_workbook(error) from None


def _no_workbook(error: BaseException) -> Refused:
    """What was wrong at first: openpyxl wraps some of its errors."""
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, DefusedXmlException):
        return Refused("unreadable", "its XML declares entities")
    return Refused("unreadable", f"not a workbook; save it again as .xlsx ({error!r:.200})")


def _rows(data: bytes, file: str, wanted: str | None, budget: Budget) -> Iterator[Line]:
    book = openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=True, keep_links=False
    )
    sheet = _chosen(book, wanted)
    # What it says of its own size may be a lie, which openpyxl would fill with empty cells.
    sheet.reset_dimensions()
    yield Head(file, sheet.title)
    for number, values in enumerate(sheet.iter_rows(values_only=True, max_row=_MAX_ROWS), 1):
        cells = _trimmed(tuple(map(_text, values)))
        if cells:
            budget.row(len(values), sum(map(len, cells)))
            yield Row(number, cells)
        if budget.is_full:
            return


def _chosen(book: Any, wanted: str | None) -> Any:
    sheets = book.worksheets
    for sheet in sheets:
        if sheet.title == wanted or (wanted is None and sheet.sheet_state == "visible"):
            return sheet
    names = ", ".join(repr(sheet.title) for sheet in sheets[:_SHEETS_LISTED]) or "none"
    missing = "no sheet that is not hidden" if wanted is None else f"no sheet {wanted!r:.80}"
    raise Refused("unreadable", f"it has {missing}; its sheets are: {names}")


def _trimmed(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Without the empty cells at the end, which only formatting put there."""
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


def _text(value: Any) -> str:
    """A cell as its user would type it."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case datetime():
            # A day alone is kept by workbooks as its midnight.
            is_day = value.time() == time()
            return value.date().isoformat() if is_day else value.isoformat()
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return str(value)
