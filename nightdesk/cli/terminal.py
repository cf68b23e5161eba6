"""Writing for people and for programs. Whatever is written here is inert: `put` and `tell` see to
it, whoever calls them, and cells and names pass `clean` before, which takes their line ends too."""

from __future__ import annotations

import codecs
import io
import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from state.text import inert

_TIMES = (datetime,)
_LAYOUT = "\n\t"
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")


def clean(value: object) -> str:
    """One printable line: a job's name or a remote's error must not steer the terminal."""
    return "" if value is None else inert(str(value))


def forgive_encodings() -> None:
    """Write as ? what the terminal's encoding has no sign for, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def put(text: str) -> None:
    """A line of result, on stdout."""
    sys.stdout.write(inert(text, keep=_LAYOUT) + "\n")


def tell(text: str) -> None:
    """A line about what happened, on stderr."""
    sys.stderr.write(inert(text, keep=_LAYOUT) + "\n")


def put_json(value: Any) -> None:
    """One JSON value on a line of its own."""
    sys.stdout.write(_json(value) + "\n")


def tell_json(value: Any) -> None:
    """The same on stderr, which keeps stdout to results."""
    sys.stderr.write(_json(value) + "\n")


def _json(value: Any) -> str:
    text = msgspec.json.encode(_wire(msgspec.to_builtins(value, builtin_types=_TIMES))).decode()
    return _NOT_ASCII.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    """The same value for whoever reads the JSON, and nothing that a terminal would act upon."""
    char = match[0]
    if char.isprintable() and not unicodedata.category(char).startswith("M"):
        return char
    return json.dumps(char)[1:-1]


class TerminalText:
    """A file's bytes on their way to a terminal: UTF-8 text, made inert. Written by one command."""

    def __init__(self) -> None:
        # Half a character at the end of a chunk; written by `write`.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, data: bytes) -> int:
        text = self._decoder.decode(data).replace("\r\n", "\n")
        sys.stdout.write(inert(text, keep=_LAYOUT))
        return len(data)


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
