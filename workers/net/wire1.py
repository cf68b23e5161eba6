"""One HTTP/1 connection: sends a request, reads its response, says whether it may be used again.

h11 speaks the protocol; this moves its bytes. Owned by one slot at a time (`workers.net.client`).
Closing is instant and never awaits, so every way out of a request, a cancel included, leaves no
socket behind.
"""

from __future__ import annotations

from typing import Any

import h11
import trio

from actors.ports import HttpConnectError, HttpProtocolError, HttpTimeout
from workers.net.dial import Wire
from workers.net.requests import (
    MAX_HEAD_BYTES,
    MAX_INTERIM_RESPONSES,
    TOO_MUCH_FRAMING,
    Framing,
    Head,
    joined,
    reason_of,
)

READ_BYTES = 64 * 1024
# Chunks that are parsed before others get their turn.
_CHUNKS_AT_ONCE = 256


class StaleConnection(Exception):
    """A kept connection was closed before it gave a byte: the request may go over a new one."""


class Http1Connection:
    """`name` is who is at the other end, for errors. Its fields are written by the slot's task."""

    def __init__(self, wire: Wire, name: str) -> None:
        self._stream = wire.stream
        self._socket = wire.socket
        self._name = name
        self._timeout_s = 0.0
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        # The event after the response's head: read early, so that an empty body is known to end.
        self._next: Any = None
        # Of the response under way, from the end of its head.
        self._framing = Framing()
        self._was_used = False
        self._hung_up = False

    @property
    def is_reusable(self) -> bool:
        """True between requests, where the last response was read to its end and no byte more."""
        ended = self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE
        return ended and not self._h11.trailing_data[0]

    def is_stale(self) -> bool:
        """True where the other side closed it (or sent what nobody asked for) while it was kept."""
        return self._socket.is_readable()

    def close(self) -> None:
        self._socket.close()

    async def exchange(self, request: h11.Request, body: bytes | None, timeout_s: float) -> Head:
        """Send the request, return the final response's head.

        `timeout_s` bounds each wait for the other side, here and in `read`.
        """
        self._timeout_s = timeout_s
        if self._was_used:
            self._h11.start_next_cycle()
        await self._send(self._rendered(request, body))
        await self._receive_first()
        head = await self._receive_head()
        self._was_used = True
        self._framing = Framing()
        self._next = self._event()
        return head

    async def read(self) -> bytes:
        """The next bytes of the body, b"" at its end. Small chunks come together."""
        pieces: list[bytes] = []
        while len(pieces) < _CHUNKS_AT_ONCE:
            event, self._next = self._next or self._event(), None
            if type(event) is h11.Data:
                pieces.append(bytes(event.data))
                continue
            if event is not h11.NEED_DATA or pieces:
                self._next = event
                break
            await self._receive()
        else:
            await trio.lowlevel.checkpoint()
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._framing.is_body(len(data))
        if self._framing.is_excessive:
            raise self._broken(TOO_MUCH_FRAMING)
        return data

    def _rendered(self, request: h11.Request, body: bytes | None) -> bytes:
        pieces = [self._h11.send(request)]
        if body:
            pieces.append(self._h11.send(h11.Data(body)))
        pieces.append(self._h11.send(h11.EndOfMessage()))
        return b"".join(piece for piece in pieces if piece)

    async def _receive_head(self) -> Head:
        interim = 0
        while True:
            event = self._event()
            if type(event) is h11.Response:
                fields = [(name.decode(), value.decode("latin-1")) for name, value in event.headers]
                return Head(event.status_code, joined(fields))
            if event is h11.NEED_DATA:
                await self._receive()
                continue
            interim += 1
            if interim > MAX_INTERIM_RESPONSES:
                raise self._broken("it sent too many interim responses")

    def _event(self) -> Any:
        try:
            return self._h11.next_event()
        except h11.RemoteProtocolError as error:
            if self._hung_up and not self._is_gibberish():
                raise self._lost() from error
            raise self._broken(reason_of(error)) from error

    def _is_gibberish(self) -> bool:
        """True where the other side hung up after something that begins no HTTP response."""
        left = self._h11.trailing_data[0]
        return self._next is None and bool(left) and not left.startswith(b"HTTP/"[: len(left)])

    async def _receive_first(self) -> None:
        try:
            await self._receive()
        except HttpConnectError as error:
            if self._was_used:
                raise StaleConnection from error
            raise
        if not self._hung_up:
            return
        if self._was_used:
            raise StaleConnection
        raise HttpConnectError(f"{self._name} closed the connection without an answer")

    async def _send(self, data: bytes) -> None:
        with trio.move_on_after(self._timeout_s) as scope:
            try:
                await self._stream.send_all(data)
            except trio.BrokenResourceError:
                # It may have answered before it closed (413 to a large body): reading will tell.
                return
        if scope.cancelled_caught:
            raise HttpTimeout(f"{self._name} took no data for {self._timeout_s:g} s")

    async def _receive(self) -> None:
        with trio.move_on_after(self._timeout_s) as scope:
            try:
                data = bytes(await self._stream.receive_some(READ_BYTES))
            except trio.BrokenResourceError as error:
                raise self._lost() from error
        if scope.cancelled_caught:
            raise HttpTimeout(f"{self._name} sent nothing for {self._timeout_s:g} s")
        self._hung_up = not data
        self._framing.received(len(data))
        self._h11.receive_data(data)

    def _lost(self) -> HttpConnectError:
        return HttpConnectError(f"{self._name} broke the connection before the response was whole")

    def _broken(self, reason: str) -> HttpProtocolError:
        return HttpProtocolError(f"{self._name} did not answer in valid HTTP: {reason}")
