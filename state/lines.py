"""Sealed JSON lines: each ends in the CRC-32 of its job's name and of all that precedes it.

    {"index":7,...,"crc":"1c291ca3"}

One line is one JSON object; a torn or changed one is known without its neighbours, and so is a line
of another job, which a file system that was repaired may have put there. Used by inputs and
outcomes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import msgspec

from state.atomic import read_range
from state.files import Files
from state.views import DeskKey

_encode = msgspec.json.Encoder().encode
_SEAL_BYTES = len(b',"crc":"00000000"}')
_NEWLINE = re.compile(rb"\n")


def seal_of(desk: DeskKey, job_id: str) -> int:
    """What the CRC of every line of that job begins with."""
    return crc32(f"{desk}/{job_id}".encode())


def sealed(value: Any, seal: int) -> bytes:
    """The value (a Struct with at least one field) as a sealed line, newline included."""
    body = _encode(value)
    if b"\n" in body:  # only from white space within a Raw that somebody else wrote
        body = msgspec.json.format(body, indent=-1)
    body = body[:-1]
    return b'%b,"crc":"%08x"}\n' % (body, crc32(body, seal))


def unsealed(line: bytes, seal: int) -> bytes | None:
    """The line's object without its seal; None where the seal is broken or missing."""
    body = line[:-_SEAL_BYTES]
    if line[-_SEAL_BYTES:] != b',"crc":"%08x"}' % crc32(body, seal):
        return None
    return body + b"}"


def line_ends(files: Files, handle: int, start: int, end: int) -> Iterator[list[int]]:
    """Where the lines within [start, end) end (the offset after each newline), piece by piece."""
    for piece in read_range(files, handle, start, end):
        base = start
        yield [base + found.end() for found in _NEWLINE.finditer(piece)]
        start += len(piece)


def whole_lines(
    files: Files, handle: int, start: int, end: int
) -> Iterator[list[tuple[int, bytes]]]:
    """(offset, line without its newline) of each whole line in [start, end), piece by piece."""
    rest = b""
    for piece in read_range(files, handle, start, end):
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        found = []
        for line in lines:
            found.append((start, line))
            start += len(line) + 1
        yield found
