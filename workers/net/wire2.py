"""One HTTP/2 connection, used for one request at a time: the sibling of `workers.net.wire1`.

Made by `workers.net.client` where a server chose `h2` in its TLS handshake. h2 speaks the protocol;
this moves its bytes. A response that is left before its end costs the connection, which keeps this
free of streams that nobody reads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
import trio

from actors.ports import HttpConnectError, HttpProtocolError, HttpTimeout
from workers.net.dial import Wire
from workers.net.requests import (
    MAX_HEAD_BYTES,
    MAX_INTERIM_RESPONSES,
    TOO_MUCH_FRAMING,
    Framing,
    Head,
    Request,
    joined,
    reason_of,
)
from workers.net.wire1 import READ_BYTES, StaleConnection

_CONFIG = h2.config.H2Configuration(client_side=True, header_encoding="latin-1")
_SETTINGS = {
    h2.settings.SettingCodes.ENABLE_PUSH: 0,
    h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 1,
    h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE: MAX_HEAD_BYTES,
}
# Beyond the 64 KiB that a connection starts with, so that a body is not held up by round trips.
_EXTRA_WINDOW_BYTES = 1024 * 1024


class Http2Connection:
    """`name` is who is at the other end, for errors. Its fields are written by the slot's task."""

    def __init__(self, wire: Wire, name: str) -> None:
        self._stream = wire.stream
        self._socket = wire.socket
        self._name = name
        self._timeout_s = 0.0
        self._h2 = h2.connection.H2Connection(_CONFIG)
        self._h2.local_settings = h2.settings.Settings(client=True, initial_values=_SETTINGS)
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(_EXTRA_WINDOW_BYTES)
        # The request under way: its stream, its head once known, body pieces not yet handed out.
        self._stream_id = 0
        self._head: Head | None = None
        self._pieces: deque[tuple[bytes, int]] = deque()
        self._interim = 0
        self._framing = Framing()
        self._ended = True
        self._heard = False
        self._going_away = False

    @property
    def is_reusable(self) -> bool:
        return self._ended and not self._pieces and not self._going_away

    def is_stale(self) -> bool:
        # Readable is normal between requests here (pings, settings): only reading tells, and that
        # the next exchange does.
        return False

    def close(self) -> None:
        self._socket.close()

    async def exchange(self, request: Request, timeout_s: float) -> Head:
        """Send the request, return the head of its final response."""
        self._timeout_s = timeout_s
        was_used, self._heard = self._stream_id != 0, False
        try:
            await self._ask(request)
            while self._head is None:
                await self._receive()
        except HttpConnectError as error:
            if was_used and not self._heard:
                raise StaleConnection from error
            raise
        except h2.exceptions.H2Error as error:
            raise self._broken(error) from error
        return self._head

    async def read(self) -> bytes:
        """The next bytes of the body, b"" at its end."""
        data = b""
        try:
            # A frame may be empty, or padding alone, in the middle of a body.
            while not data:
                while not self._pieces:
                    if self._ended:
                        return b""
                    await self._receive()
                data, credit = self._pieces.popleft()
                if not self._ended:
                    self._h2.acknowledge_received_data(credit, self._stream_id)
                    await self._flush()
        except h2.exceptions.H2Error as error:
            raise self._broken(error) from error
        return data

    async def _ask(self, request: Request) -> None:
        self._stream_id = self._h2.get_next_available_stream_id()
        self._head, self._ended, self._interim = None, False, 0
        self._framing = Framing()
        pseudo = [
            (":method", request.method),
            (":scheme", "https"),
            (":authority", request.url.authority),
            (":path", request.url.target),
        ]
        fields = [(name.lower(), value) for name, value in request.fields]
        self._h2.send_headers(self._stream_id, [*pseudo, *fields], end_stream=not request.body)
        await self._flush()
        if request.body:
            await self._send_body(request.body)

    async def _send_body(self, body: bytes) -> None:
        sent = 0
        while sent < len(body):
            if self._ended or self._head is not None:
                return  # answered before all was sent: the rest is not wanted
            window = self._h2.local_flow_control_window(self._stream_id)
            size = min(window, self._h2.max_outbound_frame_size)
            if size <= 0:
                await self._receive()
                continue
            piece = body[sent : sent + size]
            sent += len(piece)
            self._h2.send_data(self._stream_id, piece, end_stream=sent == len(body))
            await self._flush()

    async def _receive(self) -> None:
        """Take one read's worth of events in."""
        with trio.move_on_after(self._timeout_s) as scope:
            try:
                data = bytes(await self._stream.receive_some(READ_BYTES))
            except trio.BrokenResourceError as error:
                raise self._lost() from error
        if scope.cancelled_caught:
            raise HttpTimeout(f"{self._name} sent nothing for {self._timeout_s:g} s")
        if not data:
            raise self._lost()
        self._framing.received(len(data))
        for event in self._h2.receive_data(data):
            self._take(event)
        if self._framing.is_excessive:
            raise h2.exceptions.ProtocolError(TOO_MUCH_FRAMING)
        await self._flush()

    def _take(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.ConnectionTerminated():
                self._going_away = True
                if (event.last_stream_id or 0) < self._stream_id:
                    raise self._lost()
            case h2.events.StreamReset() if event.stream_id == self._stream_id:
                raise self._lost()
            case h2.events.InformationalResponseReceived():
                self._interim += 1
                if self._interim >= MAX_INTERIM_RESPONSES:
                    raise h2.exceptions.ProtocolError("too many interim responses")
            case h2.events.ResponseReceived():
                self._heard = True
                self._head = _head(event.headers or [])
            case h2.events.DataReceived():
                self._framing.is_body(len(event.data or b""))
                self._pieces.append((event.data or b"", event.flow_controlled_length or 0))
            case h2.events.StreamEnded():
                self._ended = True
            case _:
                pass  # settings, pings, window updates, trailers: h2 answers what needs an answer

    async def _flush(self) -> None:
        data = self._h2.data_to_send()
        if not data:
            return
        with trio.move_on_after(self._timeout_s) as scope:
            try:
                await self._stream.send_all(data)
            except trio.BrokenResourceError as error:
                raise self._lost() from error
        if scope.cancelled_caught:
            raise HttpTimeout(f"{self._name} took no data for {self._timeout_s:g} s")

    def _lost(self) -> HttpConnectError:
        return HttpConnectError(f"{self._name} broke the connection before the response was whole")

    def _broken(self, error: h2.exceptions.H2Error) -> HttpProtocolError:
        return HttpProtocolError(f"{self._name} did not answer in valid HTTP/2: {reason_of(error)}")


def _head(fields: Sequence[tuple[str, str] | tuple[bytes, bytes]]) -> Head:
    texts = [(_text(name), _text(value)) for name, value in fields]
    status = next((value for name, value in texts if name == ":status"), "")
    if not (len(status) == 3 and status.isascii() and status.isdigit()) or status < "200":
        raise h2.exceptions.ProtocolError("the status is not valid")
    return Head(int(status), joined((n, v) for n, v in texts if not n.startswith(":")))


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
