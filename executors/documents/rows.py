"""The rows of a document job: objects of plain values, some of which a filter keeps. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from executors.documents.names import INDEX, ROW
from executors.documents.where import Filter

MAX_COLUMNS = 1_000
MAX_COLUMN_CHARS = 200

Row = Mapping[str, Any]


def row_reason(row: Any) -> str | None:
    """Why that is no row; None where it is one."""
    if not isinstance(row, dict):
        return "must be an object: column names and their values"
    if len(row) > MAX_COLUMNS:
        return f"has more than {MAX_COLUMNS} columns"
    if not all(isinstance(name, str) and 0 < len(name) <= MAX_COLUMN_CHARS for name in row):
        return f"has a column whose name is empty or longer than {MAX_COLUMN_CHARS} characters"
    return None


def kept_rows(
    rows: Sequence[Row], where: Filter | None, limit: int | None
) -> list[tuple[int, Row]]:
    """The rows that become documents, with their numbers from 0."""
    kept: list[tuple[int, Row]] = []
    is_counted = where is not None and not {ROW, INDEX}.isdisjoint(where.fields)
    for number, row in enumerate(rows):
        if limit is not None and len(kept) >= limit:
            break
        asked = {**row, ROW: number + 1, INDEX: number + 1} if is_counted else row
        if where is None or where.keeps(asked):
            kept.append((number, row))
    return kept


def columns_of(rows: Iterable[Row]) -> set[str]:
    """Every column that some row has."""
    columns: set[str] = set()
    for row in rows:
        columns.update(row)
    return columns
