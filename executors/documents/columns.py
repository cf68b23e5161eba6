"""What is known of a table that documents are made of: its columns, and what their cells look like.
Found when it is uploaded (`look`), kept beside its rows. `encode` and `decode` are its JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

ColumnType = Literal["text", "number", "date", "boolean", "list", "object", "empty"]

SAMPLES = 3
# Of each column so many cells decide what they all look like.
LOOKED_CELLS = 10_000
SAMPLE_CHARS = 80
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|\.\d+)([eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}.*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_BOOLEANS = frozenset({"true", "false", "yes", "no"})


class Column(Struct, frozen=True):
    """A column: what its cells that are not empty look like, the first different ones of them, and
    how many rows have none."""

    name: str
    type: ColumnType
    samples: tuple[str, ...] = ()
    empty: int = 0


class SourceFacts(Struct, frozen=True):
    """`warnings` are sentences for the user: the table is taken in spite of them."""

    columns: tuple[Column, ...]
    warnings: tuple[str, ...] = ()


def encode(facts: SourceFacts) -> bytes:
    return msgspec.json.encode(facts)


def decode(data: bytes) -> SourceFacts:
    """Raises msgspec.MsgspecError for anything else."""
    return msgspec.json.decode(data, type=SourceFacts)


class _Look:
    """What was seen of one column. Written by `see`."""

    def __init__(self) -> None:
        self.types: set[ColumnType] = set()
        self.samples: dict[str, None] = {}
        self.filled = 0

    def see(self, value: Any) -> None:
        if value is None or value == "":
            return
        self.filled += 1
        if self.filled > LOOKED_CELLS:
            return
        self.types.add(type_of(value))
        if len(self.samples) < SAMPLES:
            self.samples[_sample(value)] = None

    @property
    def type(self) -> ColumnType:
        if len(self.types) == 1:
            return next(iter(self.types))
        return "text" if self.types else "empty"


def look(names: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> tuple[Column, ...]:
    """The columns of those names in order."""
    looks = {name: _Look() for name in names}
    count = 0
    for row in rows:
        count += 1
        for name, value in row.items():
            looks[name].see(value)
    return tuple(
        Column(name, seen.type, tuple(seen.samples), count - seen.filled)
        for name, seen in looks.items()
    )


def _sample(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= SAMPLE_CHARS else text[: SAMPLE_CHARS - 1] + "…"


def type_of(value: Any) -> ColumnType:
    """What a cell looks like: tables of text have nothing else to say of what they hold."""
    match value:
        case None | "":
            return "empty"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case list():
            return "list"
        case dict():
            return "object"
        case _:
            return _type_of_text(str(value).strip())


def _type_of_text(text: str) -> ColumnType:
    if text.lower() in _BOOLEANS:
        return "boolean"
    if _NUMBER.fullmatch(text):
        return "number"
    return "date" if _DATE.fullmatch(text) else "text"
