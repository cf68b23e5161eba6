"""Reads a batch's items from a text, CSV or JSON file or from stdin, as `submit` sends them.

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
from nightdesk.cli.json_list import NotAList, read_list
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words
from nightdesk.client import Client, Invalid
from nightdesk.client.forms import Estimate
from nightdesk.client.models import Job

# What stands in a batch: text or an object. A JSON file may hold anything; the server refuses it.
Item = Any


class Columns(NamedTuple):
    """The columns of a CSV file that become fields of an item: as they are, or read as JSON; and
    the one without which it is no list of items."""

    text: tuple[str, ...]
    json: tuple[str, ...]
    needed: str = "url"


FETCH_COLUMNS = Columns(("url", "method", "body"), ("headers",))
TAB_COLUMNS = Columns(("url",), ())
VISIT_COLUMNS = Columns(("url", "name", "not_before", "expires_at"), ("path",))


class Packed(NamedTuple):
    """A file that the server reads."""

    name: str
    data: bytes
    sheet: str | None

    @property
    def spec(self) -> dict[str, Any]:
        """Such a file says nothing of its job."""
        return {}

    def submit(self, client: Client, **job: Any) -> Job:
        return client.submit_file(self.name, self.data, sheet=self.sheet, **job)

    def estimate(self, client: Client, **job: Any) -> Estimate:
        return client.estimate_file(self.name, self.data, sheet=self.sheet, **job)


class Batch(NamedTuple):
    """The items of a file, and the line of the file that each of them is at; `spec` is what the
    file says of the job."""

    items: tuple[Item, ...]
    lines: tuple[int, ...]
    spec: dict[str, Any]

    def submit(self, client: Client, **job: Any) -> Job:
        try:
            return client.submit(self.items, **job)
        except Invalid as refused:
            raise self.with_lines(refused) from refused

    def estimate(self, client: Client, **job: Any) -> Estimate:
        try:
            return client.estimate(self.items, **job)
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


def read_batch(source: str, sheet: str | None, columns: Columns, words: Words) -> Batch | Packed:
    """What a file holds, or the file. Raises UsageError."""
    if suffix_of(source) not in PACKED_KINDS:
        return read_items(source, columns, words)
    try:
        return Packed(Path(source).name, Path(source).read_bytes(), sheet)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(words("no_file", path=source, reason=reason)) from error


def read_items(source: str, columns: Columns, words: Words) -> Batch:
    """Every item of a file; `-` is stdin. Raises UsageError."""
    text = read_text(source, words)
    spec: dict[str, Any] = {}
    if suffix_of(source) == "json" or (source == "-" and text.lstrip()[:1] in ("[", "{")):
        found, spec = _json(text, source, words)
    elif suffix_of(source) == "csv":
        found = list(_rows(text, source, columns, words))
    else:
        found = list(_lines(text))
    if not found:
        raise UsageError(words("no_items", path=source))
    lines, items = zip(*found, strict=True)
    return Batch(items, lines, spec)


def read_text(source: str, words: Words) -> str:
    """A whole file, or stdin for `-`, as text. Raises UsageError."""
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(words("no_file", path=source, reason=reason)) from error
    except UnicodeDecodeError as error:
        reason = words("not_utf8", byte=error.start)
        raise UsageError(words("no_file", path=source, reason=reason)) from error


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


def _json(text: str, source: str, words: Words) -> tuple[list[tuple[int, Item]], dict[str, Any]]:
    try:
        found = read_list(text)
    except NotAList:
        raise UsageError(words("no_list", path=source)) from None
    except ValueError as error:
        raise UsageError(words("no_file", path=source, reason=error)) from error
    spec = found.beside.get("spec", {})
    if not isinstance(spec, dict):
        raise UsageError(words("bad_spec", path=source))
    return found.items, spec


def _rows(text: str, source: str, columns: Columns, words: Words) -> Iterator[tuple[int, Item]]:
    table = csv.DictReader(StringIO(text, newline=""))
    if columns.needed not in (table.fieldnames or ()):
        raise UsageError(words("csv_without", path=source, column=columns.needed))
    for row in table:
        item: dict[str, Any] = {name: row[name] for name in columns.text if row.get(name)}
        for name in columns.json:
            try:
                if row.get(name):
                    item[name] = json.loads(row[name])
            except ValueError as error:
                place = {"path": source, "line": table.line_num, "column": name}
                raise UsageError(words("csv_json", **place)) from error
        if item:
            yield table.line_num, item
