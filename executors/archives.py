"""ZIP archives of hostile origin: which entries they have, and their bytes, counted as they come.

Nothing is ever written anywhere: names are only shown, and a name that could mean a place is
refused. Used in the jail by `executors.tables`, also for spreadsheets, which are archives, and by
`executors.documents.word`.
"""

from __future__ import annotations

import io
import stat
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Protocol
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from msgspec import Struct

from executors.refusals import Refused
from executors.shown import shown

_END = b"PK\x05\x06"
_END_BYTES, _COMMENT_BYTES = 22, 65_535
_READ_BYTES = 64 * 1024
_ENCRYPTED = 0x1
_NAME_CHARS = 255
# What zipfile answers to an archive that is none, or not all of one.
_NO_ARCHIVE = (
    BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)
# What packing programs of some systems put beside the user's files.
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db")


class Budget(Protocol):
    """What may come of an archive. Both methods raise Refused where it is more."""

    def entries(self, count: int) -> None:
        """An archive has so many entries."""

    def unpack(self, size_bytes: int) -> None:
        """So many bytes came out of it."""


class Packed(Struct, frozen=True):
    """What its user takes the archive for, and what makes a good one of it."""

    name: str
    again: str


ARCHIVE = Packed("a ZIP archive", "pack it again")


def open_archive(data: bytes, budget: Budget, packed: Packed = ARCHIVE) -> ZipFile:
    """Raises Refused."""
    # Before the directory is read: each of its entries becomes an object.
    budget.entries(_told_entries(data, packed))
    try:
        archive = ZipFile(io.BytesIO(data))
    except _NO_ARCHIVE as error:
        raise Refused("unreadable", f"{_spoilt(packed)} ({error})") from None
    budget.entries(len(archive.filelist))
    for entry in archive.filelist:
        _check(entry, packed)
    names = [entry.filename for entry in archive.filelist]
    if len(set(names)) < len(names):
        raise Refused("unreadable", "the archive has two entries of one name")
    return archive


def files_of(archive: ZipFile) -> Sequence[ZipInfo]:
    """The entries that a user put there, by name."""
    entries = [entry for entry in archive.filelist if not entry.is_dir() and not _litter(entry)]
    return sorted(entries, key=lambda entry: entry.filename)


def read_entry(archive: ZipFile, entry: ZipInfo, budget: Budget) -> bytes:
    """The bytes of one entry. Raises Refused as soon as they are too many."""
    return b"".join(_pieces(archive, entry, budget))


def _pieces(archive: ZipFile, entry: ZipInfo, budget: Budget) -> Iterator[bytes]:
    try:
        with archive.open(entry) as stream:
            while piece := stream.read(_READ_BYTES):
                budget.unpack(len(piece))
                yield piece
    except _NO_ARCHIVE as error:
        raise Refused("unreadable", f"{shown(entry.filename)}: {error}") from None


def _check(entry: ZipInfo, packed: Packed) -> None:
    name = shown(entry.orig_filename)
    if not is_plain(entry.orig_filename):
        raise Refused("unreadable", f"the archive has an entry with a name like a place: {name}")
    if entry.flag_bits & _ENCRYPTED:
        raise Refused("unreadable", f"{name}: it is encrypted; {packed.again} without a password")
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Refused("unreadable", f"{name}: neither a file nor a folder")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise Refused("unsupported", f"{name}: packed by another method than deflate")


def is_plain(name: str) -> bool:
    """Whether a name stays where it is put, on any system."""
    parts = name.removesuffix("/").split("/")
    places = {"", ".", ".."}
    return (
        len(name) <= _NAME_CHARS
        and name.isprintable()
        and not any(part in places for part in parts)
        and not any(char in name for char in '\\:*?"<>|')
    )


def _litter(entry: ZipInfo) -> bool:
    return entry.filename.startswith(_LITTER[0]) or entry.filename.endswith(_LITTER[1:])


def _spoilt(packed: Packed) -> str:
    return f"damaged, cut short, or not {packed.name}; {packed.again}"


def _told_entries(data: bytes, packed: Packed) -> int:
    """How many entries the archive itself says that it has; a lie shows when they are read."""
    at = data.rfind(_END, max(0, len(data) - _END_BYTES - _COMMENT_BYTES))
    if at < 0 or at + _END_BYTES > len(data):
        raise Refused("unreadable", _spoilt(packed))
    return int.from_bytes(data[at + 10 : at + 12], "little")
