"""One HTTP/1 connection: sends a request, reads its response, says whether it may be used again.

`workers.net.plain1` (llhttp) and `careful1` (h11) read the protocol; this moves its bytes. Owned by
one slot at a time (`workers.net.client`). Closing is instant and never awaits, so every way out of
a request, a cancel included, leaves no socket behind.
"""

from __future__ import annotations

import os
import select
from contextlib import suppress

import h11
import trio

from actors.ports import HttpConnectError, HttpProtocolError, HttpTimeout
from workers.net.careful1 import PIECES_AT_ONCE, CarefulResponse, TooManyInterim
from workers.net.dial import Wire
from workers.net.plain1 import Malformed, NotPlain, PlainResponse
from workers.net.requests import TOO_MUCH_FRAMING, Framing, Head, reason_of

READ_BYTES = 64 * 1024
# A request that is gone so soon has no time of its own.
QUICKLY_S = 0.1


class StaleConnection(Exception):
    """A kept connection was closed before it gave a byte: the request may go over a new one."""


class Http1Connection:
    """`name` is who is at the other end, for errors. Its fields are written by the slot's task."""

    def __init__(self, wire: Wire, name: str) -> None:
        self._stream = wire.stream
        self._socket = wire.socket
        # What TLS has read is not to be seen at the socket any more.
        self._is_bare = isinstance(wire.stream, trio.SocketStream)
        self._name = name
        self._timeout_s = 0.0
        # Of the socket, for as long as it is open.
        self._poll = select.poll()
        self._poll.register(wire.socket.fileno(), select.POLLIN)
        # Of the exchange under way, or the last one.
        self._response: PlainResponse | CarefulResponse = PlainResponse()
        self._framing = Framing()
        self._was_used = False
        self._hung_up = False

    @property
    def is_reusable(self) -> bool:
        """True between requests, where the last response was read to its end and no byte more."""
        return self._response.is_reusable

    def is_stale(self) -> bool:
        """True where the other side closed it (or sent what nobody asked for) while it was kept."""
        return bool(self._poll.poll(0))

    def close(self) -> None:
        self._socket.close()

    async def exchange(
        self, request: h11.Request | bytes, body: bytes | None, timeout_s: float
    ) -> Head:
        """Send the request (a plain one as it is, with its body), return the final response's head.

        `timeout_s` bounds each wait for the other side, here and in `read`.
        """
        self._timeout_s = timeout_s
        if isinstance(request, bytes):
            self._response, data = PlainResponse(), request
        else:
            self._response = careful = CarefulResponse()
            data = careful.sent(request, body)
        await self._receive_first(data)
        while (head := self._head()) is None:
            await self._receive()
        self._was_used = True
        self._framing = Framing()
        return head

    async def read(self) -> bytes:
        """The next bytes of the body, b"" at its end. Small chunks come together."""
        if self._response.has_ended:
            return b""
        while not (pieces := self._pieces()) and not self._response.has_ended:
            await self._receive()
        if len(pieces) >= PIECES_AT_ONCE:
            # Others get their turn.
            await trio.lowlevel.checkpoint()
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._framing.is_body(len(data))
        if self._framing.is_excessive:
            raise self._broken(TOO_MUCH_FRAMING)
        return data

    def _head(self) -> Head | None:
        try:
            try:
                return self._response.head()
            except NotPlain as odd:
                return self._carefully(odd).head()
        except h11.RemoteProtocolError as error:
            raise self._failed(reason_of(error)) from error
        except TooManyInterim:
            raise self._broken("it sent too many interim responses") from None

    def _pieces(self) -> list[bytes]:
        try:
            return self._response.pieces()
        except Malformed as error:
            raise self._failed(str(error)) from error
        except h11.RemoteProtocolError as error:
            raise self._failed(reason_of(error)) from error

    def _carefully(self, odd: NotPlain) -> CarefulResponse:
        self._response = careful = CarefulResponse.going_on(odd)
        if self._hung_up:
            careful.receive(b"")
        return careful

    def _failed(self, reason: str) -> HttpProtocolError | HttpConnectError:
        response = self._response
        is_gibberish = isinstance(response, CarefulResponse) and response.is_gibberish
        if self._hung_up and not is_gibberish:
            return self._lost()
        return self._broken(reason)

    async def _receive_first(self, request: bytes) -> None:
        try:
            await self._receive(request)
        except HttpConnectError as error:
            if self._was_used:
                raise StaleConnection from error
            raise
        if not self._hung_up:
            return
        if self._was_used:
            raise StaleConnection
        raise HttpConnectError(f"{self._name} closed the connection without an answer")

    async def _receive(self, request: bytes = b"") -> None:
        """What comes next; a request goes first."""
        waits_to = "sent nothing"
        with trio.move_on_after(self._timeout_s) as scope:
            if rest := self._untaken(request):
                began, waits_to = trio.current_time(), "took no data"
                # It may have answered before it closed (413 to a large body): reading will tell.
                with suppress(trio.BrokenResourceError):
                    await self._stream.send_all(rest)
                waits_to = "sent nothing"
                if (now := trio.current_time()) - began > QUICKLY_S:
                    scope.deadline = now + self._timeout_s
            try:
                data = await (self._answer() if request else self._more())
            except (trio.BrokenResourceError, OSError) as error:
                raise self._lost() from error
        if scope.cancelled_caught:
            raise HttpTimeout(f"{self._name} {waits_to} for {self._timeout_s:g} s")
        self._hung_up = not data
        self._framing.received(len(data))
        self._response.receive(data)

    def _untaken(self, data: bytes) -> bytes:
        """What the kernel takes at once is gone without giving up the turn: whoever waits for the
        answer does so next. The rest is to be sent."""
        if not self._is_bare:
            return data
        try:
            return data[os.write(self._socket.fileno(), data) :] if data else data
        except OSError:
            # It takes nothing now, or never: who sends it finds out.
            return data

    async def _answer(self) -> bytes:
        """The first bytes of it. Nothing is there yet: trying first would be for nothing; and once
        it is there, another turn would be lost. Raises trio.BrokenResourceError, and OSError: a
        network that is gone is no ConnectionError."""
        if not self._is_bare:
            return await self._more()
        await trio.lowlevel.wait_readable(self._socket)
        try:
            return os.read(self._socket.fileno(), READ_BYTES)
        except BlockingIOError:
            # There was nothing after all.
            return await self._more()

    async def _more(self) -> bytes:
        """Raises trio.BrokenResourceError."""
        return bytes(await self._stream.receive_some(READ_BYTES))

    def _lost(self) -> HttpConnectError:
        return HttpConnectError(f"{self._name} broke the connection before the response was whole")

    def _broken(self, reason: str) -> HttpProtocolError:
        return HttpProtocolError(f"{self._name} did not answer in valid HTTP: {reason}")
