"""Reads a batch's items from a text file, a CSV file or stdin, as `submit` sends them."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words


def read_items(source: str, words: Words) -> list[str | dict[str, Any]]:
    """Every item of a file; `-` is stdin. Raises UsageError."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(words("no_file", path=source, reason=reason)) from error
    is_csv = source.lower().endswith(".csv")
    items = list(_rows(text, source, words) if is_csv else _lines(text))
    if not items:
        raise UsageError(words("no_items", path=source))
    return items


def read_headers(texts: Iterable[str], words: Words) -> dict[str, str]:
    """`Name: value` pairs. Raises UsageError."""
    headers = {}
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise UsageError(words("bad_header", text=text))
        headers[name.strip()] = value.strip()
    return headers


def _lines(text: str) -> Iterator[str | dict[str, Any]]:
    stripped = (line.strip() for line in text.splitlines())
    return (line for line in stripped if line and not line.startswith("#"))


def _rows(text: str, source: str, words: Words) -> Iterator[str | dict[str, Any]]:
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
                message = words("csv_headers", path=source, row=table.line_num)
                raise UsageError(message) from error
        if item:
            yield item
