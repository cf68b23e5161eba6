"""Writing for people and for programs. All text of the server passes `clean` on its way out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

_TIMES = (datetime,)


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
    put(_json(value))


def tell_json(value: Any) -> None:
    """The same on stderr, which keeps stdout to results."""
    tell(_json(value))


def _json(value: Any) -> str:
    return msgspec.json.encode(_wire(msgspec.to_builtins(value, builtin_types=_TIMES))).decode()


def _wire(value: Any) -> Any:
    """Times with milliseconds, as the server writes them."""
    match value:
        case datetime():
            text = value.astimezone(UTC).isoformat(timespec="milliseconds")
            return text.replace("+00:00", "Z")
        case dict():
            return {name: _wire(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_wire(inner) for inner in value]
        case _:
            return value


def put_table(
    heads: Sequence[str], rows: Iterable[Sequence[object]], *, heads_always: bool = False
) -> None:
    """A table on a terminal; lines of tab-separated cells elsewhere, without heads unless they are
    always wanted: in a report for people, who have `--json` for programs."""
    if not sys.stdout.isatty():
        for row in (heads, *rows) if heads_always else rows:
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
