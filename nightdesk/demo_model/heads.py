"""Requests of HTTP/1.1 as the scripted endpoint reads them: from clients, not from attackers.

It listens on loopback and every limit is small; a request that is not plain is refused and its
connection ends. Called by `endpoint`, one reader a connection.
"""

from __future__ import annotations

import trio
from msgspec import Struct

HEAD_BYTES_MAX = 65_536
BODY_BYTES_MAX = 64 * 1024 * 1024
_READ_BYTES = 262_144


class BadRequest(Exception):
    """This is no request that is read here."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Asked(Struct, frozen=True):
    """A request; names of fields are lower case."""

    method: str
    path: str
    fields: dict[bytes, bytes]
    body: bytes


class Reader:
    """Requests of one connection, one after the other."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        # Written by `next`: what was received and not yet taken.
        self._buffer = bytearray()

    async def next(self) -> Asked | None:
        """None: the peer has closed. Raises BadRequest."""
        end = await self._find_head()
        if end < 0:
            return None
        method, path, fields = _parsed(bytes(self._buffer[:end]))
        del self._buffer[: end + 4]
        length = fields.get(b"content-length", b"0")
        if b"transfer-encoding" in fields or not length.isdigit():
            raise BadRequest("a body is told by content-length here", 400)
        size = int(length[:12])
        if size > BODY_BYTES_MAX:
            raise BadRequest(f"a body may have {BODY_BYTES_MAX:,} bytes", 413)
        if fields.get(b"expect", b"").lower() == b"100-continue":
            await self._stream.send_all(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(self._buffer) < size:
            if not await self._receive():
                return None
        body = bytes(self._buffer[:size])
        del self._buffer[:size]
        return Asked(method, path, fields, body)

    async def _find_head(self) -> int:
        """Where the head ends; -1: the peer has closed before."""
        searched = 0
        while (end := self._buffer.find(b"\r\n\r\n", searched)) < 0:
            if len(self._buffer) > HEAD_BYTES_MAX:
                raise BadRequest(f"a head may have {HEAD_BYTES_MAX:,} bytes")
            searched = max(0, len(self._buffer) - 3)
            if not await self._receive():
                return -1
        return end

    async def _receive(self) -> bool:
        data = await self._stream.receive_some(_READ_BYTES)
        self._buffer += data
        return bool(data)


def _parsed(head: bytes) -> tuple[str, str, dict[bytes, bytes]]:
    first, *lines = head.split(b"\r\n")
    parts = first.split(b" ")
    if len(parts) != 3 or parts[2] != b"HTTP/1.1":
        raise BadRequest("HTTP/1.1 is spoken here")
    fields = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            raise BadRequest("a field of the head has no colon")
        fields[name.lower()] = value.strip()
    return parts[0].decode("latin-1"), parts[1].decode("latin-1"), fields
