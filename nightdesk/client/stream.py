"""The desk's WebSocket as an iterator of typed changes. Used by `AsyncClient.changes`."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import msgspec
import trio
import trio_websocket

from nightdesk.client.calls import Address
from nightdesk.client.errors import NotFound
from nightdesk.client.models import Change, Job, Snapshot, StatusChange

# A snapshot of a full desk (1,000 jobs) is well below.
_MESSAGE_BYTES_MAX = 64 * 1024 * 1024
_CONNECT_TIMEOUT_S = 5.0
_GOODBYE_TIMEOUT_S = 1.0


_Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]


class NoStream(Exception):
    """The socket cannot be had, or ended. The REST side says why, if it is the desk's fault."""


_BROKEN = (
    OSError,
    NoStream,
    trio.BrokenResourceError,
    trio.TooSlowError,
    trio_websocket.ConnectionClosed,
    trio_websocket.HandshakeError,
)


@asynccontextmanager
async def open_stream(
    address: Address, after: int | None
) -> AsyncGenerator[AsyncIterator[Change], None]:
    """Connect and iterate. Raises NoStream, also from the body's iteration.

    The TCP stream is ours and not trio-websocket's, which leaves it open when a handshake fails.
    """
    query = "" if after is None else f"?after={after}"
    try:
        async with await _connect(address) as stream, trio.open_nursery() as nursery:
            socket = await _shake_hands(address, query, stream, nursery)
            try:
                yield _Frames(socket)
            finally:
                with trio.move_on_after(_GOODBYE_TIMEOUT_S, shield=True):
                    await socket.aclose()
                nursery.cancel_scope.cancel()
    except _BROKEN as error:
        raise NoStream(str(error)) from error
    except BaseExceptionGroup as group:
        cause = _only(group)
        if isinstance(cause, _BROKEN):
            raise NoStream(str(cause)) from cause
        raise cause from None


def _only(error: BaseException) -> BaseException:
    """What a nursery wrapped, where it is one thing: the body's end, or the socket's."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


async def _connect(address: Address) -> _Stream:
    place = urlsplit(address.stream_url)
    host = place.hostname or ""
    with trio.fail_after(_CONNECT_TIMEOUT_S):
        if place.scheme == "wss":
            context = ssl.create_default_context()
            port = place.port or 443
            return await trio.open_ssl_over_tcp_stream(host, port, ssl_context=context)
        return await trio.open_tcp_stream(host, place.port or 80)


async def _shake_hands(
    address: Address, query: str, stream: _Stream, nursery: trio.Nursery
) -> trio_websocket.WebSocketConnection:
    place = urlsplit(address.stream_url)
    with trio.fail_after(_CONNECT_TIMEOUT_S):
        return await trio_websocket.wrap_client_stream(
            nursery,
            stream,
            place.netloc,
            place.path + query,
            extra_headers=[
                (name.encode(), value.encode()) for name, value in address.headers.items()
            ],
            max_message_size=_MESSAGE_BYTES_MAX,
        )


class _Frames:
    """The frames of one socket, decoded. Not a generator: nobody would close it after a break."""

    def __init__(self, socket: trio_websocket.WebSocketConnection) -> None:
        self._socket = socket
        self._decoder = msgspec.json.Decoder(Change)

    def __aiter__(self) -> _Frames:
        return self

    async def __anext__(self) -> Change:
        try:
            frame = await self._socket.get_message()
        except trio_websocket.ConnectionClosed as error:
            raise NoStream(str(error)) from error
        change: Change = self._decoder.decode(frame)
        return change


def job_in(change: Change, job_id: str) -> Job | None:
    """What a change says of a job; None: nothing. Raises NotFound when it is gone."""
    if isinstance(change, StatusChange):
        if change.job_id == job_id and change.new is None:
            raise NotFound(f"job {job_id} was deleted", code="not_found")
        return None
    if isinstance(change, Snapshot):
        return change.find(job_id)
    return next((job for job in change.jobs if job.id == job_id), None)
