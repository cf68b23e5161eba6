"""The desk's WebSocket as an iterator of typed changes. Used by `AsyncClient.changes`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import trio_websocket

from nightdesk.client.calls import Address
from nightdesk.client.errors import NotFound
from nightdesk.client.models import Change, Job, Snapshot, StatusChange

# A snapshot of a full desk (1,000 jobs) is well below.
_MESSAGE_BYTES_MAX = 64 * 1024 * 1024
_CONNECT_TIMEOUT_S = 10.0


class NoStream(Exception):
    """The socket cannot be had, or ended. The REST side says why, if it is the desk's fault."""


@asynccontextmanager
async def open_stream(
    address: Address, after: int | None
) -> AsyncGenerator[AsyncIterator[Change], None]:
    """Connect and iterate. Raises NoStream, also from the body's iteration."""
    url = address.stream_url + ("" if after is None else f"?after={after}")
    try:
        async with trio_websocket.open_websocket_url(
            url,
            extra_headers=[
                (name.encode(), value.encode()) for name, value in address.headers.items()
            ],
            connect_timeout=_CONNECT_TIMEOUT_S,
            disconnect_timeout=1.0,
            max_message_size=_MESSAGE_BYTES_MAX,
        ) as socket:
            yield _Frames(socket)
    except (OSError, trio_websocket.HandshakeError, trio_websocket.ConnectionClosed) as error:
        raise NoStream(str(error)) from error


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
