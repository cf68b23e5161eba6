"""Where the small artifacts of a job are: `artifacts.jsonl`, a sealed line for each that was made.

    {"name":"letters/Ada.docx","size_bytes":12021,"at":1.7e9,"crc32":7,"pack":1,"offset":0,"crc":..}

Its bytes are those at that offset of `artifacts-1.pack`. A line without a pack is of an artifact
that is a file of its own, and says what its checksum is. The newest line of a name counts. Written
by `state.packs`, read by `state.artifact_reads` and the doctor, in the store's threads.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import msgspec
from msgspec import Struct

from state.atomic import read_range
from state.files import Files
from state.lines import sealed, unsealed, whole_lines

NAME = "artifacts.jsonl"
# Far more than a name of that many folders can make of it.
_LINE_MAX_BYTES = 64 * 1024
# Some eight megabytes.
NAMED_MAX = 100_000
_PACK = re.compile(r"artifacts-([1-9][0-9]{0,8})\.pack")


class PackLine(Struct, frozen=True, gc=False, omit_defaults=True):
    """One artifact. `crc32` is that of its bytes; `pack` 0 stands for a file of its own."""

    name: str
    size_bytes: int
    at: float
    crc32: int
    pack: int = 0
    offset: int = 0

    @property
    def end(self) -> int:
        return self.offset + self.size_bytes


class Named:
    """The names that an index may hold, by their hashes: who asks for another needs not look. Only
    so many are known; from then on it may hold any. Written by who writes the index."""

    def __init__(self) -> None:
        self._hashes: set[int] | None = set()

    def add(self, name: str) -> None:
        if self._hashes is not None:
            self._hashes.add(hash(name))
            if len(self._hashes) > NAMED_MAX:
                self._hashes = None

    def __contains__(self, name: str) -> bool:
        hashes = self._hashes
        return hashes is None or hash(name) in hashes


class Found(Struct, frozen=True):
    """What an index held when it was opened: where the known bytes of each pack end, and which
    names it may hold."""

    ends: dict[int, int]
    named: Named
    bad_lines: int = 0


_decoder = msgspec.json.Decoder(PackLine)


def pack_name(number: int) -> str:
    return f"artifacts-{number}.pack"


def pack_number(name: str) -> int | None:
    """The number in the name of a pack; None for all other names."""
    found = _PACK.fullmatch(name)
    return None if found is None else int(found[1])


def encoded(line: PackLine, seal: int) -> bytes:
    return sealed(line, seal)


def decoded(line: bytes, seal: int) -> PackLine | None:
    """The line without its newline; None where it is no good."""
    body = unsealed(line, seal)
    if body is None:
        return None
    try:
        return _decoder.decode(body)
    except msgspec.DecodeError:
        return None


def replayed(seal: int, files: Files, handle: int, size: int) -> tuple[Found, int]:
    """Read the first `size` bytes. A bad last line is left beyond the end that is returned, one
    before is counted."""
    ends: dict[int, int] = {}
    named = Named()
    bad_lines = end = 0
    last_start, last_is_bad = 0, False
    for some in whole_lines(files, handle, 0, size):
        for line in some:
            found = decoded(line.data, seal)
            last_start, end, last_is_bad = line.start, line.end, found is None
            if found is None:
                bad_lines += 1
                continue
            named.add(found.name)
            if found.pack:
                ends[found.pack] = max(ends.get(found.pack, 0), found.end)
    if last_is_bad and end == size:
        return Found(ends, named, bad_lines - 1), last_start
    return Found(ends, named, bad_lines), end


def newest(files: Files, handle: int, size: int, seal: int) -> dict[str, PackLine]:
    """The newest line of each name, by name, of the first `size` bytes."""
    found = {}
    for some in whole_lines(files, handle, 0, size):
        for data in some:
            if (line := decoded(data.data, seal)) is not None:
                found[line.name] = line
    return found


def newest_of(
    files: Files, handle: int, size: int, seal: int, names: Collection[str]
) -> dict[str, PackLine]:
    """Those of these names; all other lines are passed over without being looked at one by one."""
    found: dict[str, PackLine] = {}
    wanted = {name: msgspec.json.encode(name) for name in names}
    for lines in _blocks(files, handle, size):
        for name, text in wanted.items():
            hit = lines.find(text)
            while hit >= 0:
                begin, end = lines.rfind(b"\n", 0, hit) + 1, lines.find(b"\n", hit)
                line = decoded(lines[begin:end], seal)
                if line is not None and line.name == name:
                    found[name] = line
                hit = lines.find(text, end)
    return found


def _blocks(files: Files, handle: int, size: int) -> Iterator[bytes]:
    """The first `size` bytes in blocks of whole lines; what is longer than a line can be is not
    kept."""
    begun = b""
    for piece in read_range(files, handle, 0, size):
        lines, newline, rest = (begun + piece).rpartition(b"\n")
        if newline:
            yield lines + newline
        begun = rest if len(rest) <= _LINE_MAX_BYTES else b""
