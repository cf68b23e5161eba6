"""A ZIP of labelled pictures, unpacked in the jail: one file with a head that says where each is.

The folders that all pictures share are passed over; the first one behind them is a picture's label,
and what lies in none has none. Used by jobs that learn, by way of `workers.reader`; the head is
read in the server.
"""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from zlib import crc32

import msgspec
from msgspec import Struct

from actors.ports import ItemContext, ItemResult, ItemRunner, LeasedItem, Tools
from executors.archives import files_of, open_archive, read_entry
from executors.folders import SUFFIXES
from executors.refusals import Refused
from executors.shown import shown
from state.model import OutcomeStatus

PICTURES = "pictures"
_LENGTH = struct.Struct("<I")
_NO_FOLDERS = "no folder in it has pictures: each folder is a label"


class UnpackLimits(Struct, frozen=True, kw_only=True):
    """The fields of `Config` that concern archives, under the same names."""

    max_archive_entries: int
    max_unpacked_bytes: int


class Unpacked(Struct, frozen=True, array_like=True):
    """A picture of the archive: its name there, its label, and where it is behind the head."""

    image: str
    label: str
    start: int
    size_bytes: int


class Labelled(Struct, frozen=True):
    """A picture, and where it is in the whole file."""

    image: str
    label: str
    start: int
    size_bytes: int
    crc32: int


class UnpackExecutor:
    """The spec is an `UnpackLimits`; the archive comes with the item. No kind of job."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        yield UnpackRunner(msgspec.convert(spec, UnpackLimits), tools)


class UnpackRunner:
    """Unpacks one archive for each item."""

    def __init__(self, limits: UnpackLimits, tools: Tools) -> None:
        self._limits = limits
        self._tools = tools

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        data = await context.enclosed()
        try:
            made = await self._tools.compute(lambda: unpacked(data, self._limits))
        except Refused as refusal:
            told = {"why": refusal.why}
            return ItemResult(status=OutcomeStatus.FAILED, result=told, error=str(refusal))
        await context.artifact(PICTURES, made)
        return ItemResult(status=OutcomeStatus.OK, result={})


def unpacked(data: bytes, limits: UnpackLimits) -> bytes:
    """The pictures of the archive, as `labelled` takes them. Raises Refused."""
    budget = _Budget(limits)
    with open_archive(data, budget) as archive:
        entries = [
            entry for entry in files_of(archive) if entry.filename.lower().endswith(SUFFIXES)
        ]
        labels = _labels([entry.filename for entry in entries])
        told, pieces, start = [], [], 0
        for entry, label in zip(entries, labels, strict=True):
            if label:
                picture = read_entry(archive, entry, budget)
                told.append(Unpacked(entry.filename, label, start, len(picture)))
                pieces.append(picture)
                start += len(picture)
    if not told:
        raise Refused("unreadable", _why_none([entry.filename for entry in entries]))
    head = msgspec.json.encode(told)
    return b"".join([_LENGTH.pack(len(head)), head, *pieces])


def labelled(data: bytes) -> list[Labelled]:
    """The pictures that were unpacked. Raises Refused where it is not what `unpacked` makes: it
    comes from where hostile bytes are read."""
    view = memoryview(data)
    try:
        (length,) = _LENGTH.unpack_from(view)
        behind = _LENGTH.size + length
        told = msgspec.json.decode(view[_LENGTH.size : behind], type=list[Unpacked])
    except (struct.error, msgspec.MsgspecError):
        raise Refused("unreadable", "what unpacked it gave no pictures") from None
    found, end = [], 0
    for each in told:
        if each.start != end or each.size_bytes < 0:
            raise Refused("unreadable", "what unpacked it gave pictures that are nowhere")
        end += each.size_bytes
        start = behind + each.start
        check = crc32(view[start : start + each.size_bytes])
        found.append(Labelled(each.image, each.label, start, each.size_bytes, check))
    if behind + end != len(data):
        raise Refused("unreadable", "what unpacked it gave pictures that are nowhere")
    return found


def _labels(names: Sequence[str]) -> list[str]:
    """The first folder of each that not all of them share; "" where there is none."""
    folders = [name.split("/")[:-1] for name in names]
    shared = 0
    while folders and all(len(each) > shared for each in folders):
        if len({each[shared] for each in folders}) > 1:
            break
        shared += 1
    return [each[shared] if len(each) > shared else "" for each in folders]


def _why_none(names: Sequence[str]) -> str:
    """What to tell of an archive whose pictures have no labels."""
    folders = {name.rpartition("/")[0] for name in names}
    if len(folders) != 1 or "" in folders:
        return _NO_FOLDERS
    (only,) = folders
    said = f"all pictures in it are in one folder, {shown(only)}"
    return f"{said}: at least two are needed, a label each"


class _Budget:
    """See `executors.archives.Budget`. Written by its methods, which one reader calls."""

    def __init__(self, limits: UnpackLimits) -> None:
        self._limits = limits
        self._unpacked_bytes = 0

    def entries(self, count: int) -> None:
        most = self._limits.max_archive_entries
        if count > most:
            said = f"the archive has more than {most:,} entries (--max-archive-entries)"
            raise Refused("too_large", said)

    def unpack(self, size_bytes: int) -> None:
        self._unpacked_bytes += size_bytes
        most = self._limits.max_unpacked_bytes
        if self._unpacked_bytes > most:
            said = f"unpacked it has more than {most:,} bytes (--max-unpacked-bytes)"
            raise Refused("too_large", said)
