"""Sealed JSON lines: each ends in the CRC-32 of its job's name and of all that precedes it.

    {"index":7,...,"crc":"1c291ca3"}

One line is one JSON object; a torn or changed one is known without its neighbours, and so is a line
of another job, which a file system that was repaired may have put there. Used by inputs and
outcomes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from state.atomic import read_range
from state.files import Files
from state.views import DeskKey

_encode = msgspec.json.Encoder().encode
_SEAL_BYTES = len(b',"crc":"00000000"}')
# More than the largest item (a request's body) or outcome (a worker's message) can make.
MAX_LINE_BYTES = 64 * 1024 * 1024
_NEWLINE = re.compile(rb"\n")


def seal_of(desk: DeskKey, job_id: str) -> int:
    """What the CRC of every line of that job begins with."""
    return crc32(f"{desk}/{job_id}".encode())


def seal_at(seal: int, index: int) -> int:
    """The same for the line of one item: it is good in that place only."""
    return crc32(b"/%d" % index, seal)


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
    """Where the lines within [start, end) end (the offset after each newline), piece by piece.
    Stops where there is no line of a length that anybody wrote."""
    begun = start
    for piece in read_range(files, handle, start, end):
        ends = [start + found.end() for found in _NEWLINE.finditer(piece)]
        yield ends
        start += len(piece)
        begun = ends[-1] if ends else begun
        if start - begun > MAX_LINE_BYTES:
            return


class Line(NamedTuple):
    """One whole line: where it begins, where the next one does, and its bytes without newline.

    One longer than MAX_LINE_BYTES has none: nobody wrote that, so it is not read into memory.
    """

    start: int
    end: int
    data: bytes


def whole_lines(files: Files, handle: int, start: int, end: int) -> Iterator[list[Line]]:
    """Each whole line in [start, end), piece by piece; what follows the last newline is left."""
    begun: list[bytes] = []  # pieces of a line whose newline has not come
    begun_bytes = 0
    for piece in read_range(files, handle, start, end):
        head, newline, tail = piece.partition(b"\n")
        if begun_bytes <= MAX_LINE_BYTES:
            begun.append(head)
        begun_bytes += len(head)
        if not newline:
            continue
        kept = b"".join(begun) if begun_bytes <= MAX_LINE_BYTES else b""
        found = [Line(start, start + begun_bytes + 1, kept)]
        start = found[0].end
        *lines, rest = tail.split(b"\n")
        for data in lines:
            found.append(Line(start, start + len(data) + 1, data))
            start = found[-1].end
        begun, begun_bytes = [rest], len(rest)
        yield found
