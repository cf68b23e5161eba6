"""What the folder was before the item touched it, and bytes by their digest: in a place of its own,
outside of the folder, or in memory.

A place belongs to one item for as long as it may be taken up again. What was there before is on
record, and its bytes are kept, before the first change: so a restore puts back what was the user's,
and a task that is taken up again begins where it began. A folder that ends with its task has no
such place, until more is to be kept than memory has room for. Used by
`executors.agent.files.store`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from executors.agent.files.journal import BytesLost, Journal, Original

# Of what nobody comes back to, so many bytes are kept in memory.
IN_MEMORY_BYTES = 64 * 1024
# So little is kept in memory as it is written, and is not read again.
QUICK_BYTES = 4 * 1024

_BLOBS = "blobs"
_MODE = 0o700
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


class Keep:
    """What is kept for one item. Every method raises OSError."""

    def __init__(
        self, place: Callable[[], Path], journal: Journal | None = None, *, durable: bool = False
    ) -> None:
        """Without a journal (`lasting_keep`) it ends with who has opened it, and `place` is asked
        for when memory has no more room."""
        self._place = place
        self._journal = journal
        self._durable = durable
        # By digest, what is in no file. Both are written by `_put_in_memory`.
        self._in_memory: dict[str, bytes] = {}
        self._room_bytes = IN_MEMORY_BYTES if journal is None else 0
        # Where there is one. Written by `_blobs_made`.
        self._blobs: Path | None = None
        # Both are written by `_learn` alone.
        self.originals: dict[str, str | None] = {}
        self.folders: set[str] = set()
        if journal is not None:
            self._blobs_made()
            for line in journal.lines():
                self._learn(line)

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    def note(self, original: Original) -> None:
        """It is on record when this returns, where there is one. To be called before the first
        change."""
        if self._journal is not None:
            self._journal.add(original)
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
        blobs = self._blobs_made()
        place = blobs / digest
        if place.exists():
            return digest
        temp = blobs / f"{digest}.new"
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
        gone = f"the kept bytes {digest[:12]} are gone"
        if self._blobs is None:
            raise BytesLost(gone)
        try:
            data = (self._blobs / digest).read_bytes()
        except FileNotFoundError as error:
            raise BytesLost(gone) from error
        if sha256(data).hexdigest() != digest:
            raise BytesLost(f"the kept bytes {digest[:12]} are damaged")
        return data

    def _learn(self, original: Original) -> None:
        if original.folder:
            self.folders.add(original.path)
        else:
            # The first word counts: what came later was ours already.
            self.originals.setdefault(original.path, original.digest)

    def _blobs_made(self) -> Path:
        if self._blobs is None:
            blobs = self._place() / _BLOBS
            blobs.mkdir(mode=_MODE, parents=True, exist_ok=True)
            self._blobs = blobs
        return self._blobs


def lasting_keep(place: Path, *, durable: bool) -> Keep:
    """For a place that may be come back to: what was noted there before is known. Raises
    OSError."""
    place.mkdir(mode=_MODE, parents=True, exist_ok=True)
    journal = Journal(place, durable=durable)
    try:
        return Keep(lambda: place, journal, durable=durable)
    except BaseException:
        journal.close()
        raise
