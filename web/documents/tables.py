"""Uploaded tables as the rows of documents: CSV, workbooks and JSON become one kind of file, JSON
Lines of objects, and everything that is wrong with them is said at once.

Pure and synchronous; large ones are read beside the loop. Used by `web.documents.library`.
"""

from __future__ import annotations

import io
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from executors.documents.columns import SourceFacts, look
from executors.refusals import Refused
from executors.shown import shown
from executors.tables.rows import Head, Line, Row
from executors.tables.text import csv_rows, decode_text, delimiter_of
from state.library import FILE_MAX_BYTES
from web.http import invalid
from web.strict_json import InvalidJson, loads
from web.validate import Errors, field_error

MAX_COLUMNS = 1_000
MAX_COLUMN_CHARS = 200
MAX_ERRORS_LISTED = 100
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

TableRow = dict[str, Any]


class Table(Struct, frozen=True):
    """A table that was read: its rows, as objects, and what is known of its columns."""

    rows: list[TableRow]
    facts: SourceFacts

    def encode(self) -> bytes:
        """The bytes of its file. Raises WebError where that would be too long."""
        data = bytearray()
        encoder = msgspec.json.Encoder()
        for row in self.rows:
            encoder.encode_into(row, data, len(data))
            data += b"\n"
            if len(data) > FILE_MAX_BYTES:
                raise Refused("too_large", f"its rows take up more than {FILE_MAX_BYTES:,} bytes")
        return bytes(data)


def decode_rows(data: bytes) -> Iterator[TableRow]:
    """The rows of such a file, line by line. Raises msgspec.MsgspecError for anything else."""
    decoder = msgspec.json.Decoder(dict[str, Any])
    return (decoder.decode(line) for line in io.BytesIO(data))


def csv_lines(data: bytes, name: str) -> Iterator[Line]:
    """The lines of a CSV file, whatever its cells are separated by. Raises Refused."""
    text = decode_text(data)
    yield Head(shown(name))
    yield from csv_rows(text, delimiter_of(text))


def read_table(lines: Iterable[Line], max_rows: int) -> Table:
    """A table whose first row names its columns. Raises Refused, or WebError with all that is
    wrong."""
    reading = _Reading(max_rows)
    for line in lines:
        reading.take(line)
    return reading.table()


def read_json(data: bytes, max_depth: int, max_members: int, max_rows: int) -> Table:
    """An array of objects. Raises Refused, InvalidJson, or WebError with all that is wrong."""
    try:
        text = data.removeprefix(_BYTE_ORDER_MARK)
        value = loads(text, max_depth=max_depth, max_members=max_members)
    except InvalidJson as error:
        raise Refused("unreadable", f"not JSON: {error}") from None
    if not isinstance(value, list):
        raise Refused("unreadable", "it must be a JSON array of objects")
    return table_of(value, max_rows)


def table_of(value: list[Any], max_rows: int) -> Table:
    """Objects as the rows of a table. Raises Refused, or WebError with all that is wrong."""
    if len(value) > max_rows:
        raise _too_many(max_rows)
    wrong = [index for index, row in enumerate(value) if not isinstance(row, dict)]
    if wrong:
        _raise(field_error("file", "must be a JSON object", index) for index in wrong)
    names = list(dict.fromkeys(_name(name) for row in value for name in row))
    _check_columns(names, "the rows")
    for index, row in enumerate(value):
        if len({_name(name) for name in row}) != len(row):
            _raise([field_error("file", "names a column twice", index)])
    return _made(names, [{_name(name): cell for name, cell in row.items()} for row in value])


class _Reading:
    """Takes the lines of one table. Everything is written by `take`."""

    def __init__(self, max_rows: int) -> None:
        self._max_rows = max_rows
        self._head: Head | None = None
        self._columns: list[str] | None = None
        self._rows: list[TableRow] = []
        self._errors: Errors = []

    def take(self, line: Line) -> None:
        if isinstance(line, Head):
            if self._head is not None:
                raise Refused("unsupported", "it holds more than one table; upload each by itself")
            self._head = line
        elif self._columns is None:
            self._columns = [_name(cell) for cell in line.cells]
            _check_columns(self._columns, self._place(line))
        else:
            self._add(line, self._columns)

    def _place(self, row: Row) -> str:
        return f"row {row.number}" if self._head is None else self._head.place(row.number)

    def _add(self, row: Row, columns: list[str]) -> None:
        if len(self._rows) >= self._max_rows:
            raise _too_many(self._max_rows)
        if len(row.cells) > len(columns):
            reason = f"{self._place(row)}: more cells than the first row has names"
            self._errors.append(field_error("file", reason, len(self._rows)))
        missing = len(columns) - len(row.cells)
        self._rows.append(dict(zip(columns, (*row.cells, *[""] * missing), strict=False)))

    def table(self) -> Table:
        """What was read, or everything that is wrong with it."""
        if self._errors:
            _raise(self._errors)
        if self._columns is None:
            raise Refused("unreadable", "it is empty: its first row must name the columns")
        return _made(self._columns, self._rows)


def _made(names: list[str], rows: list[TableRow]) -> Table:
    if not rows:
        raise Refused("unreadable", "it has no rows")
    columns = look(names, rows)
    empty = [column.name for column in columns if column.type == "empty"]
    warnings = [f"the column {name!r} is empty in every row" for name in empty]
    formulas = [
        column.name for column in columns if any(text.startswith("=") for text in column.samples)
    ]
    warnings += [
        f"the column {name!r} holds text that begins with '=': nothing is computed, it is printed"
        " as it stands"
        for name in formulas
    ]
    return Table(rows, SourceFacts(columns, tuple(warnings)))


def _name(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _check_columns(names: list[str], where: str) -> None:
    reasons = []
    if len(names) > MAX_COLUMNS:
        raise Refused("too_large", f"it has more than {MAX_COLUMNS:,} columns")
    for number, name in enumerate(names, 1):
        if not name:
            reasons.append(f"the column {number} has no name")
        elif len(name) > MAX_COLUMN_CHARS or not name.isprintable():
            reasons.append(
                f"the name of column {number} is longer than {MAX_COLUMN_CHARS} "
                "characters, or has some that cannot be printed"
            )
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    reasons += [f"the column {shown(name)!r} is there twice" for name in twice]
    if reasons:
        _raise(field_error("file", f"{where}: {reason}") for reason in reasons)


def _raise(errors: Iterable[dict[str, Any]]) -> None:
    found = list(errors)
    refusal = invalid(found[:MAX_ERRORS_LISTED])
    refusal.details["error_count"] = len(found)
    raise refusal


def _too_many(max_rows: int) -> Refused:
    return Refused("too_large", f"it has more than {max_rows:,} rows (--max-items)")
