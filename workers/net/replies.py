"""A response that is being read: its head, and its body without its content codings.

Made by `workers.net.client` for each exchange; used by the one task that reads it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Self

import trio

from actors.ports import HttpProtocolError
from workers.net.decode import BadCoding, Decoder, decoder_for
from workers.net.lines import Line
from workers.net.requests import Head
from workers.net.windows import SMALL_BYTES, WindowRoom


class Reply:
    """See HttpReply. `iter_bytes` undoes gzip, br and zstd; it may be iterated once."""

    def __init__(self, line: Line, head: Head, room: WindowRoom) -> None:
        self._line = line
        self._room = room
        # Written by `iter_bytes`, once.
        self._decoded: _Decoded | None = None
        self.status_code = head.status_code
        self.headers = head.headers

    def iter_bytes(self) -> AsyncIterator[bytes]:
        decoder = decoder_for(self.headers.get("content-encoding"))
        if decoder is None:
            return _Plain(self._line)
        self._decoded = _Decoded(self._line, decoder, self._room)
        return self._decoded

    def close(self) -> None:
        """Nothing more is read of it."""
        if self._decoded is not None:
            self._decoded.close()


class _Plain:
    """The body as it comes."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        data = await self._line.read()
        if not data:
            raise StopAsyncIteration
        return data


class _Decoded:
    """The body without its content codings, in pieces of bounded size."""

    def __init__(self, line: Line, decoder: Decoder, room: WindowRoom) -> None:
        self._line = line
        self._decoder = decoder
        self._room = room
        # Written by `__anext__`, and at the end by `close`.
        self._size_bytes = 0
        self._has_room = False

    def close(self) -> None:
        if self._has_room:
            self._has_room = False
            self._room.leave()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            while True:
                # Many pieces may come of one read, and each lets the others of this process run.
                await trio.lowlevel.checkpoint()
                if self._size_bytes >= SMALL_BYTES:
                    await self._find_room()
                piece = self._decoder.take()
                if piece:
                    self._size_bytes += len(piece)
                    return piece
                if piece is None:
                    await self._feed()
        except BadCoding as error:
            raise HttpProtocolError(f"{self._line.name}: {error}") from error

    async def _find_room(self) -> None:
        if self._decoder.keeps_window and not self._has_room:
            await self._room.enter()
            self._has_room = True

    async def _feed(self) -> None:
        data = await self._line.read()
        if not data:
            self._decoder.finish()
            raise StopAsyncIteration
        self._decoder.feed(data)
