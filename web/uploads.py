"""From the rows of an uploaded file to the items of a job, and back to the rows for what is wrong.

Pure and synchronous. A text or CSV file is read here; the rows of a workbook or an archive come
from the jail (`executors.tables`). Used by `web.drafts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from actors.errors import InvalidSpec
from executors.refusals import Refused, Why
from executors.shown import shown
from executors.tables.rows import Head, Line, Row, decode
from executors.tables.text import csv_rows, decode_text, text_rows
from executors.tables.upload import suffix_of
from web.errors import WebError
from web.http import invalid
from web.strict_json import InvalidJson, loads
from web.validate import MAX_NAME_SHOWN_CHARS, MAX_UNKNOWN_LISTED, Errors, field_error

MAX_ERRORS_LISTED = 1_000

_COLUMNS = frozenset({"url", "method", "headers", "body"})
_CODES: dict[Why, str] = {
    "unreadable": "invalid_request",
    "too_large": "body_too_large",
    "unsupported": "unsupported_media_type",
}

Place = tuple[Head, int]


class ReadItems(Struct, frozen=True):
    """The items of an upload, and for each of them where it stands."""

    items: list[Any]
    places: list[Place]

    def placed(self, refusal: InvalidSpec) -> InvalidSpec:
        """The refusal, with the place in the file beside each item that it names."""
        errors = [self._placed(error) for error in refusal.details.get("errors", ())]
        return InvalidSpec(str(refusal), **{**refusal.details, "errors": errors})

    def _placed(self, error: dict[str, Any]) -> dict[str, Any]:
        index = error["index"]
        if index is None or index >= len(self.places):
            return error
        head, number = self.places[index]
        return {**error, "where": head.place(number)}


def refused(refusal: Refused, name: str, field: str = "items", done: str = "read") -> WebError:
    """What is answered to an upload that cannot be read; `name` is its file's, as it is shown,
    `field` the part of the request that it came in, `done` what was to be done with it."""
    reason = f"{name or field} cannot be {done}: {refusal}"
    if refusal.why != "unreadable":
        return WebError(_CODES[refusal.why], reason)
    errors = [field_error(field, reason)]
    return WebError("invalid_request", reason, errors=errors, error_count=len(errors))


def plain_lines(file: bytes, name: str) -> Iterator[Line]:
    """The lines of a `.txt` file (an item a line) or a `.csv` file (a header row)."""
    match suffix_of(name):
        case "txt":
            yield Head(shown(name), header=False)
            yield from text_rows(decode_text(file))
        case "csv":
            yield Head(shown(name))
            yield from csv_rows(decode_text(file))
        case _:
            reason = "the items file must be a .txt, .csv, .xlsx or .zip file"
            raise WebError("unsupported_media_type", reason)


def packed_lines(rows: bytes) -> Iterator[Line]:
    """The lines that a reader gave. Raises Refused where they are none."""
    try:
        yield from decode(rows)
    except msgspec.MsgspecError:
        raise Refused("unreadable", "what read it gave no rows") from None


def read_items(lines: Iterable[Line], max_json_depth: int, max_items: int) -> ReadItems:
    """No more are read than show that there are too many, which the plan refuses. Raises WebError,
    or InvalidSpec for rows that are not right."""
    reading = _Reading(max_json_depth)
    try:
        for line in lines:
            reading.take(line)
            if len(reading.items) > max_items:
                break
        reading.close()
    except Refused as refusal:
        raise refused(refusal, reading.file) from None
    found = ReadItems(reading.items, reading.places)
    if reading.errors:
        raise found.placed(
            InvalidSpec(
                f"{len(reading.errors)} rows of the file are not right",
                errors=reading.errors[:MAX_ERRORS_LISTED],
                error_count=len(reading.errors),
            )
        )
    return found


class _Reading:
    """Takes lines, table by table. Everything is written by `take`."""

    def __init__(self, max_json_depth: int) -> None:
        self._max_json_depth = max_json_depth
        self.items: list[Any] = []
        self.places: list[Place] = []
        self.errors: Errors = []
        self._head = Head("")
        # The columns of the table; None before its header row.
        self._columns: list[str] | None = None

    def take(self, line: Line) -> None:
        if isinstance(line, Head):
            self.close()
            self._head, self._columns = line, None
        elif not self._head.header:
            self._add(line, line.cells[0] if line.cells else "")
        elif self._columns is None:
            self._columns = [name.strip().lower() for name in line.cells]
            _check_columns(self._head, self._columns)
        else:
            self._add(line, self._item(self._columns, line.cells))

    @property
    def file(self) -> str:
        """Which file is read; empty before the first one."""
        return self._head.file

    def close(self) -> None:
        """The table is over: one without any row has no column url either."""
        if self._head.file and self._head.header and self._columns is None:
            _check_columns(self._head, [])

    def _add(self, row: Row, item: Any) -> None:
        self.items.append(item)
        self.places.append((self._head, row.number))

    def _item(self, columns: list[str], row: tuple[str, ...]) -> Any:
        index = len(self.items)
        if len(row) > len(columns):
            reason = "more cells than the first row has names"
            self.errors.append(field_error("", reason, index))
        cells: dict[str, Any] = {
            name: cell for name, cell in zip(columns, row, strict=False) if cell or name == "url"
        }
        if "headers" in cells:
            try:
                cells["headers"] = loads(cells["headers"].encode(), max_depth=self._max_json_depth)
            except InvalidJson as error:
                self.errors.append(field_error("headers", f"not JSON: {error}", index))
        return cells["url"] if len(cells) == 1 and "url" in cells else cells


def _check_columns(head: Head, columns: list[str]) -> None:
    unknown = [name for name in columns if name not in _COLUMNS]
    # First, for it is what is said of many reasons: often it explains the others.
    reasons = [] if "url" in columns else ["the first row must name a column url"]
    reasons += [
        f"unknown column {name[:MAX_NAME_SHOWN_CHARS]!r}" for name in unknown[:MAX_UNKNOWN_LISTED]
    ]
    if len(unknown) > MAX_UNKNOWN_LISTED:
        reasons.append(f"{len(unknown):,} unknown columns in all")
    if len(set(columns)) != len(columns):
        reasons.append("a column is named twice")
    if reasons:
        raise invalid([field_error("items", f"{head.title}: {reason}") for reason in reasons])
