"""Files become an archive, a chunk at a time. Used by `web.archive`, by one thread at a time."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from actors.ports import Artifact
from state.errors import JobFilesMissing
from web.zip_format import DEFLATED, STORED, Member, descriptor, header

# Deflated in memory, so that its sizes stand before it; a larger one is sent while it is deflated.
_WHOLE_MAX_BYTES = 1024 * 1024
_LEVEL = 6


class Part(Struct, frozen=True):
    """One file of an archive: what a job made, or one of our own that is packed already. Of what is
    to be deflated yet `member` does not say the checksum and how much will be left of it."""

    member: Member
    artifact: Artifact | None = None
    packed: bytes = b""

    @property
    def settled(self) -> bool:
        """Everything is known of it."""
        return self.artifact is None or self.member.method == STORED


def own_part(name: str, data: bytes, modified_at: float) -> Part:
    """A file that no job made."""
    deflating = _deflating()
    packed = deflating.compress(data) + deflating.flush()
    member = Member(name, modified_at, DEFLATED, zlib.crc32(data), len(data), len(packed))
    return Part(member, packed=packed)


class Packer:
    """All of an archive but its end. Every attribute is written by `take` and `rest`."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._left = iter(parts)
        self._position = -1  # of the file at work, among the artifacts
        self._at_work: _File | None = None
        self._out: list[bytes] = []
        self.size_bytes = 0
        self.written: list[tuple[Member, int]] = []

    def take(self, batch: Sequence[tuple[int, bytes]]) -> bytes:
        """The next chunks (position of the artifact, bytes), one artifact after another. Raises
        JobFilesMissing where one is not what was listed."""
        for position, chunk in batch:
            if position != self._position or self._at_work is None:
                self._end()
                self._position, self._at_work = position, _File(self._next_artifact())
                self._begin(self._at_work)
            self._put(self._at_work.take(chunk))
        return self._taken()

    def rest(self) -> bytes:
        """What is left behind the last chunk."""
        self._end()
        for part in self._left:
            self._add_own(part)
        return self._taken()

    def _next_artifact(self) -> Part:
        for part in self._left:
            if part.artifact is not None:
                return part
            self._add_own(part)
        raise ValueError("there are more files than parts")

    def _add_own(self, part: Part) -> None:
        self.written.append((part.member, self.size_bytes))
        self._put(header(part.member) + part.packed)

    def _begin(self, file: _File) -> None:
        if file.sent_at_once:
            self.written.append((file.member, self.size_bytes))
            self._put(header(file.member))

    def _end(self) -> None:
        file, self._at_work = self._at_work, None
        if file is None:
            return
        tail = file.end()
        if file.sent_at_once:
            self.written[-1] = (file.member, self.written[-1][1])
            self._put(tail)
        else:
            self.written.append((file.member, self.size_bytes))
            self._put(header(file.member) + tail)

    def _put(self, data: bytes) -> None:
        self._out.append(data)
        self.size_bytes += len(data)

    def _taken(self) -> bytes:
        out, self._out = self._out, []
        return b"".join(out)


class _File:
    """The file at work. `member` is whole after `end`."""

    def __init__(self, part: Part) -> None:
        assert part.artifact is not None
        self.member = part.member
        self._listed = part.artifact
        self._deflating = None if part.member.method == STORED else _deflating()
        self.sent_at_once = self._deflating is None or self._listed.size_bytes > _WHOLE_MAX_BYTES
        if self._deflating is not None and self.sent_at_once:
            self.member = replace(self.member, follows=True)
        # All below is written by `take` and `end`.
        self._crc32 = 0
        self._size_bytes = 0
        self._packed_bytes = 0
        self._kept: list[bytes] = []

    def take(self, chunk: bytes) -> bytes:
        """What can be sent of it."""
        self._crc32 = zlib.crc32(chunk, self._crc32)
        self._size_bytes += len(chunk)
        if self._size_bytes > self._listed.size_bytes:
            raise self._changed()
        if self._deflating is None:
            return chunk
        return self._sent(self._deflating.compress(chunk))

    def end(self) -> bytes:
        """The rest of it. Raises JobFilesMissing where it is not what was listed."""
        known = self._listed.crc32 if self._deflating is not None else self.member.crc32
        if self._size_bytes != self._listed.size_bytes or known not in (None, self._crc32):
            raise self._changed()
        if self._deflating is None:
            return b""
        tail = self._sent(self._deflating.flush())
        self.member = replace(self.member, crc32=self._crc32, packed_bytes=self._packed_bytes)
        return tail + descriptor(self.member) if self.sent_at_once else b"".join(self._kept)

    def _sent(self, packed: bytes) -> bytes:
        self._packed_bytes += len(packed)
        if self.sent_at_once:
            return packed
        self._kept.append(packed)
        return b""

    def _changed(self) -> JobFilesMissing:
        return JobFilesMissing(f"the artifact {self._listed.name!r} changed while it was sent")


def _deflating() -> zlib._Compress:
    return zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
