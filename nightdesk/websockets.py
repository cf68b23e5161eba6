"""A WebSocket's wire under `web.stream`: Hypercorn's stream, with an end to what a peer may send.

Hypercorn tells a peer that its message is too large and goes on to keep what follows; it answers
empty fragments and pings for ever; and where frames came before the handshake's answer, it never
tells the application that the peer is gone. Made by `nightdesk.http1`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import h11
import trio
from hypercorn.protocol.events import Body, Data, EndBody, Event, Response, StreamClosed
from hypercorn.protocol.ws_stream import FrameTooLargeError, WSStream
from hypercorn.typing import ASGISendEvent
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection, Message, Ping, Pong
from wsproto.frame_protocol import CloseReason

from web.errors import WebError
from web.heads import refusal, secured
from web.rates import Bucket, Rate

_VERSION = b"13"
_KEY_BYTES = 24


class SocketStream(WSStream):
    """`drain` reads on, and forgets, what a peer sends that was told to go."""

    def __init__(self, messages: Rate, drain: Callable[[], Awaitable[None]], *args: Any) -> None:
        super().__init__(*args)
        # Written by the connection's reading task.
        self._pace = Bucket(messages)
        self._drain = drain
        # Written by the application's task: it is answering the handshake, or has.
        self._is_answered = False

    async def app_send(self, message: ASGISendEvent | None) -> None:
        """What the application sends; None at its end. Its refusal of a handshake takes moments, in
        which frames may come: they are not answered by another."""
        if message is not None and message["type"] == "websocket.http.response.start":
            # Hypercorn closes behind a refusal: said, or the next request might be sent into it.
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        else:
            self._is_answered = True
        await super().app_send(message)

    async def handle(self, event: Event) -> None:
        if not isinstance(event, Body | Data) or self.closed:
            await super().handle(event)
        elif not self._is_answered:
            await self._refuse(WebError("invalid_request", "a frame came before the handshake"))
        elif not self.handshake.accepted:
            return  # the application says no, and does not listen
        elif self.connection.state is not ConnectionState.CLOSED:
            await super().handle(event)

    async def _handle_events(self) -> None:
        """What a peer has sent, event by event: called by Hypercorn with each piece it read."""
        for event in self.connection.events():
            if _is_whole(event) and self._pace.take(trio.current_time()) > 0:
                await self._end(CloseReason.POLICY_VIOLATION, "too many messages")
                return
            if isinstance(event, Message):
                try:
                    self.buffer.extend(event)
                except FrameTooLargeError:
                    await self._end(CloseReason.MESSAGE_TOO_BIG, "the message is too large")
                    return
                if event.message_finished:
                    assert self.app_put is not None  # set with the handshake's task
                    await self.app_put(self.buffer.to_message())
                    self.buffer.clear()
            elif isinstance(event, Ping):
                await self._send_wsproto_event(event.response())
            elif isinstance(event, CloseConnection):
                await self._close(event)
                return

    async def _close(self, event: CloseConnection) -> None:
        """The peer's goodbye is answered; what is no WebSocket is told so."""
        if self.connection.state is ConnectionState.REMOTE_CLOSING:
            await self._send_wsproto_event(event.response())
            await self.send(StreamClosed(stream_id=self.stream_id))
        elif self.connection.state is ConnectionState.OPEN:
            await self._end(CloseReason(event.code), event.reason or "")
        else:
            await self.send(StreamClosed(stream_id=self.stream_id))

    async def _end(self, code: CloseReason, reason: str) -> None:
        """Close, whatever the peer still says."""
        self.buffer.clear()
        await self._send_wsproto_event(CloseConnection(code=code, reason=reason))
        await self._drain()
        await self.send(StreamClosed(stream_id=self.stream_id))

    async def _refuse(self, error: WebError) -> None:
        """In the place of the handshake's answer: what the application sends from now on is
        dropped."""
        self.closed = True
        answer = refusal(error, closes=True)
        await self.send(
            Response(
                stream_id=self.stream_id,
                headers=secured(answer.headers),
                status_code=answer.status,
            )
        )
        await self.send(Body(stream_id=self.stream_id, data=answer.body))
        await self.send(EndBody(stream_id=self.stream_id))
        assert self.app_put is not None  # set with the handshake's task
        await self.app_put({"type": "websocket.disconnect", "code": CloseReason.PROTOCOL_ERROR})
        await self._drain()
        await self.send(StreamClosed(stream_id=self.stream_id))


def is_handshake(request: h11.Request) -> bool:
    """Whether a request asks to become a WebSocket, well or badly."""
    if request.method != b"GET":
        return False
    upgrades = [value.strip().lower() for name, value in request.headers if name == b"upgrade"]
    return upgrades[-1:] == [b"websocket"] and b"upgrade" in _connection_tokens(request)


def handshake_problem(request: h11.Request, names: set[bytes]) -> WebError | None:
    """What is wrong with a request that asks to become a WebSocket, or None."""
    headers = dict(request.headers)
    if request.http_version != b"1.1":
        return WebError("invalid_request", "a WebSocket begins with HTTP/1.1")
    if {b"content-length", b"transfer-encoding"} & names:
        return WebError("invalid_request", "a WebSocket's handshake has no body")
    if headers.get(b"sec-websocket-version") != _VERSION:
        return WebError("invalid_request", "Sec-WebSocket-Version must be 13")
    if len(headers.get(b"sec-websocket-key", b"")) != _KEY_BYTES:
        return WebError("invalid_request", "Sec-WebSocket-Key must be 16 bytes in base64")
    return None


def _connection_tokens(request: h11.Request) -> set[bytes]:
    values = (value for name, value in request.headers if name == b"connection")
    return {token.strip().lower() for value in values for token in value.split(b",")}


def _is_whole(event: object) -> bool:
    """Whether a frame ended with it: a long one comes in many pieces, and counts once."""
    return isinstance(event, Ping | Pong) or (isinstance(event, Message) and event.frame_finished)
