"""The record of what was in the folder before the item touched it: a file beside what is kept.

Opened by `executors.agent.files.keep` for a place that somebody comes back to.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

_NAME = "originals.jsonl"
_APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC


class Original(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A file as it was (`digest` None: there was none), or a folder that was made."""

    path: str
    digest: str | None = None
    folder: bool = False


class BytesLost(OSError):
    """What was kept is not there any more, or is not what it was."""


class Journal:
    """That of one place. Every method raises OSError."""

    def __init__(self, place: Path, *, durable: bool) -> None:
        self._path = place / _NAME
        self._durable = durable
        self._handle = os.open(self._path, _APPEND, 0o600)
        _drop_torn_end(self._handle)

    def close(self) -> None:
        os.close(self._handle)

    def add(self, original: Original) -> None:
        """It is on record when this returns."""
        line = msgspec.json.encode(original) + b"\n"
        # One write: a line is there whole or is the last.
        if os.write(self._handle, line) != len(line):
            raise OSError("the record of originals was cut short")
        if self._durable:
            os.fdatasync(self._handle)

    def lines(self) -> Iterator[Original]:
        decoder = msgspec.json.Decoder(Original)
        for line in self._path.read_bytes().splitlines():
            try:
                yield decoder.decode(line)
            except msgspec.DecodeError as error:
                raise BytesLost(f"{self._path} is damaged: {error}") from error


def _drop_torn_end(handle: int) -> None:
    """A last line that was cut short is of a change that was never made."""
    data = os.pread(handle, os.fstat(handle).st_size, 0)
    os.ftruncate(handle, data.rfind(b"\n") + 1)
