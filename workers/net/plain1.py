"""Responses of HTTP/1.1 as nearly everybody sends them, read without ceremony.

Used by `workers.net.wire1`, which hands over to h11 (`workers.net.careful1`) wherever something is
not plain. So nothing unusual is decided here: what is read here is a small part of what h11 takes,
with the same meaning, for a fifth of the work. No I/O.
"""

from __future__ import annotations

import re

from workers.net.requests import MAX_HEAD_BYTES, TELLING, Head, joined

# Pieces of a body that are taken at once.
PIECES_AT_ONCE = 256


# Some end their lines by a newline alone, which h11 takes.
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_STATUS = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9])(?: [ \t\x21-\x7e\x80-\xff]*)?")
_FIELD = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*"
    rb"((?:[\x21-\x7e\x80-\xff](?:[ \t\x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*"
)
_LENGTH = re.compile(r"[0-9]{1,15}")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_BEGUN_SIZE = re.compile(rb"[0-9A-Fa-f]{0,8}\r?")
_WITHOUT_BODY = frozenset({204, 205, 304})
_LINE, _LAST_CHUNK = b"\r\n", b"0\r\n\r\n"
_SIZE_LINE_BYTES = 10


class NotPlain(Exception):
    """A response goes on otherwise: as if it had begun by `begun`, with `rest`."""

    def __init__(self, begun: bytes, rest: bytes) -> None:
        super().__init__("not plain")
        self.begun = begun
        self.rest = rest


class PlainResponse:
    """One response, as far as it has come. Written by the one task that reads it. It is to be given
    what is received, and then asked: for its head until there is one, then for pieces."""

    def __init__(self) -> None:
        # What was received, and not taken; whether nothing more will be.
        self._buffer = b""
        self._is_closed = False
        # How much is to come of the body, or of its chunk with the end of its line; whether there
        # are chunks; whether it was read to its end.
        self._left = 0
        self._in_chunks = False
        self._has_ended = False

    @property
    def has_ended(self) -> bool:
        """Its body was read to its end."""
        return self._has_ended

    @property
    def is_reusable(self) -> bool:
        """Its connection is: nothing came behind it."""
        return self._has_ended and not self._buffer

    def receive(self, data: bytes) -> None:
        """This has come; nothing: no more will."""
        self._is_closed = not data
        self._buffer = self._buffer + data if self._buffer else data

    def head(self) -> Head | None:
        """None: there is more to come. Raises NotPlain."""
        buffer = self._buffer
        end = _END_OF_HEAD.search(buffer)
        if end is None:
            if self._is_closed or len(buffer) > MAX_HEAD_BYTES:
                raise NotPlain(b"", buffer)
            return None
        head = _head(buffer[: end.start() + 1])
        if head is None or not self._frame(head):
            raise NotPlain(b"", buffer)
        self._buffer = buffer[end.end() :]
        if self._in_chunks and self._buffer.startswith(_LAST_CHUNK):
            self._buffer = self._buffer[len(_LAST_CHUNK) :]
            self._has_ended = True
        return head

    def _frame(self, head: Head) -> bool:
        """Know how its body ends; False where that is not plain."""
        telling = {name: head.headers[name].lower() for name in TELLING & head.headers.keys()}
        if telling.get("connection") == "keep-alive":
            del telling["connection"]
        if head.status_code in _WITHOUT_BODY or len(telling) != 1:
            return False
        length = telling.get("content-length", "")
        self._in_chunks = telling.get("transfer-encoding") == "chunked"
        if _LENGTH.fullmatch(length) is not None:
            self._left = int(length)
            self._has_ended = not self._left
            return True
        return self._in_chunks

    def pieces(self) -> list[bytes]:
        """Some of the body, as it came; none where more has to come first. Raises NotPlain."""
        found: list[bytes] = []
        if self._has_ended:
            return found
        taken = self._chunks(found) if self._in_chunks else self._counted(found)
        if taken:
            self._buffer = self._buffer[taken:]
        if not found and not self._has_ended and (self._is_closed or self._is_odd()):
            raise NotPlain(self._begun(), self._buffer)
        return found

    def _counted(self, found: list[bytes]) -> int:
        """How many bytes were taken; so below."""
        taken = min(self._left, len(self._buffer))
        if taken:
            found.append(self._buffer[:taken])
            self._left -= taken
            self._has_ended = not self._left
        return taken

    def _chunks(self, found: list[bytes]) -> int:
        buffer, at = self._buffer, 0
        while at < len(buffer) and len(found) < PIECES_AT_ONCE:
            if self._left:
                taken = self._chunk(at, found)
                at += taken
                if self._left:
                    return at
            elif buffer.startswith(_LAST_CHUNK, at):
                self._has_ended = True
                return at + len(_LAST_CHUNK)
            else:
                line = buffer.find(_LINE, at, at + _SIZE_LINE_BYTES)
                size = 0
                if line >= 0 and _SIZE.fullmatch(buffer, at, line):
                    size = int(buffer[at:line], 16)
                if not size:
                    return at
                self._left = size + len(_LINE)
                at = line + len(_LINE)
        return at

    def _chunk(self, at: int, found: list[bytes]) -> int:
        """Of one that has begun: all of it, or what has come but for a last byte, so that it can be
        gone on with otherwise if the end of its line is none."""
        buffer, end = self._buffer, at + self._left
        whole = buffer.startswith(_LINE, end - len(_LINE)) and end <= len(buffer)
        if not whole:
            end = min(len(buffer), end - len(_LINE) - 1)
        taken = end - at
        if taken > 0:
            found.append(buffer[at : end - len(_LINE)] if whole else buffer[at:end])
            self._left -= taken
        return max(0, taken)

    def _is_odd(self) -> bool:
        """Whether what waits is something else than a beginning of what is plain."""
        waiting = self._buffer
        if not self._in_chunks:
            return False
        if self._left:
            return len(waiting) >= self._left
        return not (_LAST_CHUNK.startswith(waiting) or _BEGUN_SIZE.fullmatch(waiting))

    def _begun(self) -> bytes:
        """A head, and the beginning of a chunk, that lead to where we are."""
        if not self._in_chunks:
            return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % self._left
        size = b"%x\r\n" % (self._left - len(_LINE)) if self._left else b""
        return b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + size


def _head(lines: bytes) -> Head | None:
    """With the end of the last of its lines. None where it is not plain."""
    first, *others = lines.split(_LINE)
    status = _STATUS.fullmatch(first)
    if status is None or not others or others.pop():
        return None
    fields: list[tuple[str, str]] = []
    for line in others:
        field = _FIELD.fullmatch(line)
        if field is None:
            return None
        fields.append((field[1].decode().lower(), field[2].decode("latin-1")))
    return Head(int(status[1]), joined(fields))
