"""One connection, from its first byte to its last: what Hypercorn's own does, and an end to it.

A send that Hypercorn began is never broken off, so that a client that takes a byte every other
second held its connection for ever. Here a client has to take what it asked for at a pace, or is
cut. Made by `nightdesk.connections`.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress

import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper, ConnectionState, LifespanState
from hypercorn.utils import parse_socket_addr

from nightdesk.http1 import Http1
from nightdesk.idleness import IdleStreams
from nightdesk.limits import ConnectionLimits

_READ_BYTES = 64 * 1024
_WRITE_BYTES = 64 * 1024
# What is still read of a client that was refused, so that it can read the refusal.
_DRAIN_S = 5.0
# To close takes no time; no linter has to believe that.
_CLOSE_S = 1.0
_AT_ONCE = struct.pack("ii", 1, 0)


class Connection:
    """`run` it once. Its tasks share it: the reading one, and those of the application."""

    def __init__(
        self,
        app: AppWrapper,
        config: Config,
        limits: ConnectionLimits,
        context: WorkerContext,
        idle: IdleStreams,
        stream: trio.SocketStream,
    ) -> None:
        self._app = app
        self._config = config
        self._limits = limits
        self._context = context
        self._idle = idle
        self._stream = stream
        self._sending = trio.Lock()
        self._tasks = trio.CancelScope()
        # Both are written by whoever holds `_sending`: how long the client may still keep us
        # waiting, and when it last had taken everything.
        self._patience_s = limits.socket_send_timeout_s
        self._sent_at = trio.current_time()
        # Written by `_end_sending`, once and for good.
        self._has_ended = False
        self._protocol: Http1

    async def run(self, state: LifespanState) -> None:
        """Until either side has closed it, or what it carried was cancelled."""
        try:
            with self._tasks:
                await self._serve(state)
        finally:
            with trio.move_on_after(_CLOSE_S, shield=True):
                await self._close()

    async def _serve(self, state: LifespanState) -> None:
        accepted = self._stream.socket
        try:
            client = parse_socket_addr(accepted.family, accepted.getpeername())
        except OSError:
            return  # it has gone already
        server = parse_socket_addr(accepted.family, accepted.getsockname())
        async with TaskGroup() as tasks:
            self._protocol = Http1(
                self._limits,
                self._drain,
                self._app,
                self._config,
                self._context,
                tasks,
                ConnectionState(state.copy()),
                False,
                client,
                server,
                self._send,
            )
            self._idle.enter(self._stream)
            await self._read()

    async def _read(self) -> None:
        # h11 sees that a head is too large where it comes in parts, so it never has twice that.
        size = min(_READ_BYTES, self._limits.max_head_bytes)
        while True:
            try:
                data = await self._stream.receive_some(size)
            except (trio.ClosedResourceError, trio.BrokenResourceError):
                break
            await self._protocol.handle(RawData(bytes(data)))
            if not data:
                break
        await self._protocol.handle(Closed())

    async def _send(self, event: Event) -> None:
        """What the protocol has to tell the connection."""
        if isinstance(event, RawData):
            await self._write(event.data)
        elif isinstance(event, Closed):
            await self._close()
            await self._protocol.handle(Closed())
        elif isinstance(event, Updated) and event.idle:
            self._idle.enter(self._stream)
        elif isinstance(event, Updated):
            self._idle.leave(self._stream)

    async def _write(self, data: bytes) -> None:
        """Nobody is told that it failed: then all that the connection carries is cancelled. To
        tell the application, as Hypercorn does, may mean to wait for what waits for this."""
        async with self._sending:
            if self._has_ended:
                return
            try:
                for piece in _pieces(data):
                    await self._write_piece(piece)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                self._tasks.cancel()

    async def _write_piece(self, piece: bytes | memoryview) -> None:
        """Wait for a client for `socket_send_timeout_s` in all, and longer only as it takes bytes.

        What it does not use comes back with time. Shielded: half a frame cannot be taken back.
        """
        began_at = trio.current_time()
        full_s = self._limits.socket_send_timeout_s
        left_s = min(full_s, self._patience_s + began_at - self._sent_at)
        left_s += len(piece) / self._limits.min_send_bytes_per_s
        with trio.move_on_after(left_s, shield=True) as patience:
            await self._stream.send_all(piece)
        self._sent_at = trio.current_time()
        self._patience_s = min(full_s, left_s - (self._sent_at - began_at))
        if patience.cancelled_caught:
            cut(self._stream)
            self._tasks.cancel()

    async def _drain(self) -> None:
        """Called by the reading task, before it closes over bytes that nobody read: that would
        take the last answer away from a peer that is still sending."""
        self._end_sending()
        with (
            trio.move_on_after(_DRAIN_S),
            suppress(trio.ClosedResourceError, trio.BrokenResourceError),
        ):
            while await self._stream.receive_some(_READ_BYTES):
                pass

    async def _close(self) -> None:
        """Shielded: Quart cancels a request's task as soon as its answer is complete."""
        self._end_sending()
        with trio.CancelScope(shield=True):
            await self._stream.aclose()

    def _end_sending(self) -> None:
        """What was sent is followed by the end, and what anybody still sends is dropped. By the
        socket, since the stream's own way takes a moment in which others may not send."""
        self._has_ended = True
        with suppress(OSError):
            self._stream.socket.shutdown(socket.SHUT_WR)


def cut(stream: trio.SocketStream) -> None:
    """Close at once: the kernel is not to keep what the peer did not take."""
    with suppress(OSError):
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    stream.socket.close()


def _pieces(data: bytes) -> Iterator[bytes | memoryview]:
    if len(data) <= _WRITE_BYTES:
        yield data
        return
    view = memoryview(data)
    for start in range(0, len(data), _WRITE_BYTES):
        yield view[start : start + _WRITE_BYTES]
