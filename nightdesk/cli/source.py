"""Reads a batch's items from a text file, a CSV file or stdin, as `submit` sends them.

A workbook or an archive is sent as it is: reading those is the server's, in its jail.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from executors.tables.upload import PACKED_KINDS, suffix_of
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words
from nightdesk.client import Client, Invalid
from nightdesk.client.models import Job

Item = str | dict[str, Any]


class Packed(NamedTuple):
    """A file that the server reads."""

    name: str
    data: bytes
    sheet: str | None

    def submit(self, client: Client, **job: Any) -> Job:
        return client.submit_file(self.name, self.data, sheet=self.sheet, **job)


class Batch(NamedTuple):
    """The items of a file, and the line of the file that each of them ends on."""

    items: tuple[Item, ...]
    lines: tuple[int, ...]

    def submit(self, client: Client, **job: Any) -> Job:
        try:
            return client.submit(self.items, **job)
        except Invalid as refused:
            raise self.with_lines(refused) from refused

    def with_lines(self, refused: Invalid) -> Invalid:
        """The server's refusal, with the file's line beside each item that it names."""
        listed = refused.details.get("errors")
        if not isinstance(listed, list):
            return refused
        errors = [self._with_line(entry) for entry in listed]
        return Invalid(
            refused.message,
            code=refused.code,
            status=refused.status,
            details={**refused.details, "errors": errors},
        )

    def _with_line(self, entry: Any) -> Any:
        index = entry.get("index") if isinstance(entry, dict) else None
        if not isinstance(index, int) or not 0 <= index < len(self.lines):
            return entry
        return {**entry, "line": self.lines[index]}


def read_batch(source: str, sheet: str | None, words: Words) -> Batch | Packed:
    """What a file holds, or the file. Raises UsageError."""
    if suffix_of(source) not in PACKED_KINDS:
        return read_items(source, words)
    try:
        return Packed(Path(source).name, Path(source).read_bytes(), sheet)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(words("no_file", path=source, reason=reason)) from error


def read_items(source: str, words: Words) -> Batch:
    """Every item of a file; `-` is stdin. Raises UsageError."""
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(words("no_file", path=source, reason=reason)) from error
    except UnicodeDecodeError as error:
        reason = words("not_utf8", byte=error.start)
        raise UsageError(words("no_file", path=source, reason=reason)) from error
    is_csv = source.lower().endswith(".csv")
    found = list(_rows(text, source, words) if is_csv else _lines(text))
    if not found:
        raise UsageError(words("no_items", path=source))
    lines, items = zip(*found, strict=True)
    return Batch(items, lines)


def read_headers(texts: Iterable[str], words: Words) -> dict[str, str]:
    """`Name: value` pairs. Raises UsageError."""
    headers = {}
    for place, text in enumerate(texts, 1):
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            # Not quoted: it may be a password that lost its colon.
            raise UsageError(words("bad_header", place=place))
        headers[name.strip()] = value.strip()
    return headers


def _lines(text: str) -> Iterator[tuple[int, Item]]:
    for number, line in enumerate(text.splitlines(), 1):
        url = line.strip()
        if url and not url.startswith("#"):
            yield number, url


def _rows(text: str, source: str, words: Words) -> Iterator[tuple[int, Item]]:
    table = csv.DictReader(StringIO(text, newline=""))
    if "url" not in (table.fieldnames or ()):
        raise UsageError(words("csv_without_url", path=source))
    for row in table:
        item: dict[str, Any] = {
            name: row[name] for name in ("url", "method", "body") if row.get(name)
        }
        if row.get("headers"):
            try:
                item["headers"] = json.loads(row["headers"])
            except ValueError as error:
                message = words("csv_headers", path=source, line=table.line_num)
                raise UsageError(message) from error
        if item:
            yield table.line_num, item
