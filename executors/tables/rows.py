"""The rows of uploaded tables as values, and as lines of JSON on their way out of the jail.

A line is a `Head`, which begins a table, or a row of it: its number, then the text of its cells.
Decoded line by line, so that nothing large is ever built in one step.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct


class Head(Struct, frozen=True, tag="head"):
    """What the rows behind it are from. `header` says whether the first of them names columns;
    where not, each has one cell, an item as it is."""

    file: str
    sheet: str | None = None
    header: bool = True

    @property
    def title(self) -> str:
        """Which table it is, for people."""
        return self.file if self.sheet is None else f"{self.file}, sheet {self.sheet}"

    def place(self, number: int) -> str:
        """Where a row of it is, for people."""
        return f"{self.title}, {'line' if self.sheet is None else 'row'} {number}"


class Row(Struct, frozen=True, tag="row"):
    """One row: its number in its file, from 1, and its cells."""

    number: int
    cells: tuple[str, ...]


Line = Head | Row

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


def encode(lines: Iterable[Line], buffer: bytearray) -> None:
    """Add the lines to the buffer."""
    for line in lines:
        _encoder.encode_into(line, buffer, len(buffer))
        buffer += b"\n"


def decode(data: bytes) -> Iterator[Line]:
    """The lines again. Raises msgspec.MsgspecError for anything else."""
    return (_decoder.decode(line) for line in io.BytesIO(data))
