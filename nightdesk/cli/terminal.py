"""Writing for people and for programs. All text of the server passes `clean` on its way out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec


def clean(value: object) -> str:
    """One printable line: a job's name or a remote's error must not steer the terminal."""
    if value is None:
        return ""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))


def put(text: str) -> None:
    """A line of result, on stdout."""
    sys.stdout.write(text + "\n")


def tell(text: str) -> None:
    """A line about what happened, on stderr."""
    sys.stderr.write(text + "\n")


def put_json(value: Any) -> None:
    """One JSON value on a line of its own."""
    put(msgspec.json.encode(value).decode())


def put_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on a terminal; lines of tab-separated cells, without heads, elsewhere."""
    if not sys.stdout.isatty():
        for row in rows:
            put("\t".join(clean(cell) for cell in row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*heads, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(clean(cell), overflow="fold") for cell in row))
    Console(markup=False, highlight=False).print(table)


def clock(at: datetime | None) -> str:
    return "" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
