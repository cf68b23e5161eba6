"""What the folder was before the item touched it, and bytes by their digest: in a place of its own,
outside of the folder.

A place belongs to one item for as long as it may be taken up again. What was there before is on
record, and its bytes are kept, before the first change: so a restore puts back what was the user's,
and a task that is taken up again begins where it began. Used by `executors.agent.files.store`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

# Of a place that nobody comes back to, so many bytes are kept in memory.
IN_MEMORY_BYTES = 64 * 1024
# So little is kept in memory as it is written, and is not read again.
QUICK_BYTES = 4 * 1024

_NAME = "originals.jsonl"
_BLOBS = "blobs"
_MODE = 0o700
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
_APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC


class Original(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A file as it was (`digest` None: there was none), or a folder that was made."""

    path: str
    digest: str | None = None
    folder: bool = False


class BytesLost(OSError):
    """What was kept is not there any more, or is not what it was."""


class Keep:
    """One place. Every method raises OSError."""

    def __init__(self, place: Path, *, durable: bool, passing: bool = False) -> None:
        """`passing`: it ends with who has opened it."""
        self._durable = durable
        # By digest, what is in no file. Written by `_put_in_memory`.
        self._in_memory: dict[str, bytes] = {}
        self._room_bytes = IN_MEMORY_BYTES if passing else 0
        self._blobs = place / _BLOBS
        self._blobs.mkdir(mode=_MODE, parents=True, exist_ok=True)
        self._journal = os.open(place / _NAME, _APPEND, 0o600)
        _drop_torn_end(self._journal)
        # Both are written by `_learn` alone.
        self.originals: dict[str, str | None] = {}
        self.folders: set[str] = set()
        for line in _whole_lines(place / _NAME):
            self._learn(line)

    def close(self) -> None:
        os.close(self._journal)

    def note(self, original: Original) -> None:
        """It is on record when this returns. To be called before the first change."""
        line = msgspec.json.encode(original) + b"\n"
        # One write: a line is there whole or is the last.
        if os.write(self._journal, line) != len(line):
            raise OSError("the record of originals was cut short")
        if self._durable:
            os.fdatasync(self._journal)
        self._learn(original)

    def put_in_memory(self, data: bytes) -> str | None:
        """Keep the bytes where that costs next to nothing; their digest."""
        if len(data) > min(self._room_bytes, QUICK_BYTES):
            return None
        digest = sha256(data).hexdigest()
        self._put_in_memory(digest, data)
        return digest

    def in_memory(self, digest: str) -> bytes | None:
        return self._in_memory.get(digest)

    def put(self, data: bytes) -> str:
        """Keep the bytes; their digest."""
        digest = sha256(data).hexdigest()
        if len(data) <= self._room_bytes or digest in self._in_memory:
            self._put_in_memory(digest, data)
            return digest
        place = self._blobs / digest
        if place.exists():
            return digest
        temp = self._blobs / f"{digest}.new"
        handle = os.open(temp, _NEW, 0o600)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
            if self._durable:
                os.fsync(handle)
        except OSError:
            with suppress(OSError):
                temp.unlink()
            raise
        finally:
            os.close(handle)
        temp.rename(place)
        return digest

    def _put_in_memory(self, digest: str, data: bytes) -> None:
        if digest not in self._in_memory:
            self._room_bytes -= len(data)
            self._in_memory[digest] = data

    def get(self, digest: str) -> bytes:
        """Raises BytesLost."""
        if (kept := self._in_memory.get(digest)) is not None:
            return kept
        try:
            data = (self._blobs / digest).read_bytes()
        except FileNotFoundError as error:
            raise BytesLost(f"the kept bytes {digest[:12]} are gone") from error
        if sha256(data).hexdigest() != digest:
            raise BytesLost(f"the kept bytes {digest[:12]} are damaged")
        return data

    def _learn(self, original: Original) -> None:
        if original.folder:
            self.folders.add(original.path)
        else:
            # The first word counts: what came later was ours already.
            self.originals.setdefault(original.path, original.digest)


def _drop_torn_end(journal: int) -> None:
    """A last line that was cut short is of a change that was never made."""
    data = os.pread(journal, os.fstat(journal).st_size, 0)
    os.ftruncate(journal, data.rfind(b"\n") + 1)


def _whole_lines(path: Path) -> Iterator[Original]:
    decoder = msgspec.json.Decoder(Original)
    for line in path.read_bytes().splitlines():
        try:
            yield decoder.decode(line)
        except msgspec.DecodeError as error:
            raise BytesLost(f"{path} is damaged: {error}") from error
