"""The records of a ZIP archive: what stands before, between and behind the files in it.

Pure: bytes from facts (APPNOTE 6.3). Where all facts of a file are known before it is sent, so is
the place of every byte of the archive. Used by `web.archive`.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable

from msgspec import Struct

STORED = 0
DEFLATED = 8

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_DESCRIPTOR = struct.Struct("<4s3L")
_DESCRIPTOR_64 = struct.Struct("<4sL2Q")

_FULL = 0xFFFFFFFF  # in a field of 4 bytes: look in the extra one
_FULL_SHORT = 0xFFFF
_UTF_8 = 0x800
_SIZES_FOLLOW = 0x8
_VERSION, _VERSION_64 = 20, 45
_MADE_ON_UNIX = 3 << 8
_PLAIN_FILE = 0o100600 << 16
_EXTRA_64 = 1
_EARLIEST, _LATEST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)


class Member(Struct, frozen=True):
    """One file. Where `follows`, checksum and sizes come behind it, being unknown before:
    `size_bytes` then says about how large it is."""

    name: str
    modified_at: float
    method: int
    crc32: int = 0
    size_bytes: int = 0
    packed_bytes: int = 0
    follows: bool = False

    @property
    def large(self) -> bool:
        """Its sizes take 8 bytes each. One that deflates badly may grow by a little."""
        return self.size_bytes >= _FULL - _FULL // 16

    @property
    def flags(self) -> int:
        return _UTF_8 | (_SIZES_FOLLOW if self.follows else 0)


def header(member: Member) -> bytes:
    """What stands before the bytes of a file."""
    crc32, packed, size = member.crc32, member.packed_bytes, member.size_bytes
    if member.follows:
        crc32 = packed = size = 0
    extra = b""
    if member.large:
        extra = struct.pack("<2H2Q", _EXTRA_64, 16, size, packed)
        packed = size = _FULL
    name = member.name.encode()
    version = _VERSION_64 if member.large else _VERSION
    fields = (version, member.flags, member.method, *_dos_time(member.modified_at))
    sizes = (crc32, packed, size, len(name), len(extra))
    return _LOCAL.pack(b"PK\3\4", *fields, *sizes) + name + extra


def header_bytes(member: Member) -> int:
    return _LOCAL.size + len(member.name.encode()) + (20 if member.large else 0)


def descriptor(member: Member) -> bytes:
    """What comes behind the bytes of a file whose sizes follow; `member` has them now."""
    layout = _DESCRIPTOR_64 if member.large else _DESCRIPTOR
    return layout.pack(b"PK\7\x08", member.crc32, member.packed_bytes, member.size_bytes)


def directory(members: Iterable[tuple[Member, int]], begins_at: int) -> bytes:
    """The end of an archive: all files, each with the offset of its header."""
    entries = [_entry(member, offset) for member, offset in members]
    return b"".join(entries) + _end(len(entries), sum(map(len, entries)), begins_at)


def _entry(member: Member, offset: int) -> bytes:
    wide = [member.size_bytes, member.packed_bytes] if member.large else []
    if offset >= _FULL:
        wide.append(offset)
    extra = struct.pack(f"<2H{len(wide)}Q", _EXTRA_64, 8 * len(wide), *wide) if wide else b""
    version = _VERSION_64 if wide else _VERSION
    name = member.name.encode()
    return (
        _CENTRAL.pack(
            b"PK\1\2",
            _MADE_ON_UNIX | version,
            version,
            member.flags,
            member.method,
            *_dos_time(member.modified_at),
            member.crc32,
            _FULL if member.large else member.packed_bytes,
            _FULL if member.large else member.size_bytes,
            len(name),
            len(extra),
            0,  # no comment
            0,  # on the first disk
            0,  # nothing is known of its contents
            _PLAIN_FILE,
            min(offset, _FULL),
        )
        + name
        + extra
    )


def _end(count: int, size: int, begins_at: int) -> bytes:
    wide = b""
    if count >= _FULL_SHORT or size >= _FULL or begins_at >= _FULL:
        ends_at = begins_at + size
        versions = (_MADE_ON_UNIX | _VERSION_64, _VERSION_64)
        facts = (0, 0, count, count, size, begins_at)
        wide = _END_64.pack(b"PK\6\6", _END_64.size - 12, *versions, *facts)
        wide += _LOCATOR_64.pack(b"PK\6\7", 0, ends_at, 1)
    short = min(count, _FULL_SHORT)
    facts = (0, 0, short, short, min(size, _FULL), min(begins_at, _FULL))
    return wide + _END.pack(b"PK\5\6", *facts, 0)


def _dos_time(at: float) -> tuple[int, int]:
    """(time, date) in UTC, as near as the format comes to it."""
    moment = min(max(time.gmtime(at)[:6], _EARLIEST), _LATEST)
    year, month, day, hour, minute, second = moment
    return hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day
