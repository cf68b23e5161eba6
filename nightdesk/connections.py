"""Hypercorn's connections, each on its own: what one of them does to itself ends that one only.

`hypercorn.trio.serve` runs all connections in one nursery and lets some errors of h11, wsproto and
h2 out of them: a frame that is no frame, sent right behind a WebSocket's handshake, ended the whole
server. So its accept loop is done here, from its own parts. Called by `nightdesk.front` and
`nightdesk.demo`.
"""

from __future__ import annotations

import socket
from collections import Counter
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import trio
from hypercorn.config import Config
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper, Framework, LifespanState
from hypercorn.utils import repr_socket_addr, wrap_app

from nightdesk.connection import Connection
from nightdesk.idleness import IdleStreams
from nightdesk.limits import DEFAULT_LIMITS, ConnectionLimits
from web.errors import WebError
from web.heads import refusal, secured
from web.rates import network_of

_READ_OFF_BYTES = 64 * 1024


async def serve_connections(
    app: Framework,
    config: Config,
    stopping: trio.Event,
    log: Any,
    limits: ConnectionLimits = DEFAULT_LIMITS,
    *,
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve the plain sockets of `config.bind` until `stopping`; then idle connections are closed
    and requests may end for `graceful_timeout`, after which theirs are too. Ready with the
    addresses."""
    wrapped = wrap_app(app, config.wsgi_max_body_size, "asgi")
    state: LifespanState = {}
    lifespan = Lifespan(wrapped, config, state)
    async with trio.open_nursery() as around:
        await around.start(lifespan.handle_lifespan)
        await lifespan.wait_for_startup()
        server = _Server(wrapped, config, limits, state, log)
        around.start_soon(server.idle.run)
        async with trio.open_nursery() as connections:
            accepting, addresses = await connections.start(_accept, server, connections)
            task_status.started(addresses)
            await stopping.wait()
            accepting.cancel()
            await server.context.terminated.set()
            server.idle.close_all()
            around.start_soon(server.cut_after, config.graceful_timeout, connections.cancel_scope)
        await lifespan.wait_for_shutdown()
        around.cancel_scope.cancel()


class _Server:
    """What all connections of one server share."""

    def __init__(
        self,
        app: AppWrapper,
        config: Config,
        limits: ConnectionLimits,
        state: LifespanState,
        log: Any,
    ) -> None:
        self.config = config
        # Hypercorn's word to its connections that the server stops.
        self.context = WorkerContext(None)
        self.idle = IdleStreams(config.keep_alive_timeout)
        self._app = app
        self._limits = limits
        self._state = state
        self._log = log
        # Both are written by `attend`: every connection that is open, and how many a client
        # network has of them.
        self._open: set[trio.SocketStream] = set()
        self._open_by_client: Counter[str] = Counter()

    async def attend(self, stream: trio.SocketStream) -> None:
        """One connection, from its first byte to its last."""
        address = self._address_of(stream)
        client = network_of(address)
        refused = self._refusal(address, client)
        if refused is not None:
            _turn_away(stream, refused)
            return
        self._open.add(stream)
        self._open_by_client[client] += 1
        connection = Connection(
            self._app, self.config, self._limits, self.context, self.idle, stream
        )
        try:
            await connection.run(self._state)
        except* Exception as failures:  # noqa: BLE001  one connection's failure is no other's
            kinds = sorted({type(error).__name__ for error in _leaves(failures)})
            self._log.warning("a connection failed", errors=kinds)
        finally:
            self._open.discard(stream)
            self._open_by_client[client] -= 1
            if not self._open_by_client[client]:
                del self._open_by_client[client]
            self.idle.leave(stream)

    async def cut_after(self, grace_s: float, connections: trio.CancelScope) -> None:
        """End what is still open then. Sends are shielded, so a client that never reads would
        outlive the cancelling: a closed socket ends its sender."""
        await trio.sleep(grace_s)
        connections.cancel()
        for stream in self._open:
            stream.socket.close()

    def _address_of(self, stream: trio.SocketStream) -> str:
        try:
            address: str = stream.socket.getpeername()[0]
        except OSError:
            return ""  # it has gone already
        return address

    def _refusal(self, address: str, client: str) -> bytes | None:
        """The answer to a connection that is one too many of the network `client`, or of all; None
        where there is room.

        Where all are taken, one that waits for its next request makes room: so whoever holds
        connections to be in the way loses them to those who ask.
        """
        limits = self._limits
        of_client = self._open_by_client.get(client, 0)
        if of_client >= limits.max_connections_per_client and not limits.proxies.trusts(address):
            return _TOO_MANY_OF_CLIENT
        if len(self._open) >= self._limits.max_connections and not self.idle.close_longest():
            return _TOO_MANY
        return None


async def _accept(
    server: _Server,
    connections: trio.Nursery,
    *,
    task_status: trio.TaskStatus[tuple[trio.CancelScope, list[str]]],
) -> None:
    """Take connections in until cancelled; the listeners are then closed."""
    sockets = server.config.create_sockets().insecure_sockets
    for listening in sockets:
        listening.listen(server.config.backlog)
    addresses = [repr_socket_addr(one.family, one.getsockname()) for one in sockets]
    listeners = [trio.SocketListener(trio.socket.from_stdlib_socket(one)) for one in sockets]
    with trio.CancelScope() as accepting:
        ready = (accepting, [f"http://{address}" for address in addresses])
        task_status.started(ready)
        await trio.serve_listeners(server.attend, listeners, handler_nursery=connections)


def _turn_away(stream: trio.SocketStream, answer: bytes) -> None:
    """Say why and close, without a wait: the answer fits in the socket's own buffer. What was
    asked is taken off first, since to close over it would take the answer away."""
    with suppress(OSError), socket.socket(fileno=stream.socket.detach()) as accepted:
        accepted.setblocking(False)
        with suppress(BlockingIOError):
            accepted.recv(_READ_OFF_BYTES)
        accepted.send(answer)


def _wire(error: WebError) -> bytes:
    """A refusal as the bytes of an HTTP answer that ends its connection."""
    answer = refusal(error, closes=True)
    lines = [b"HTTP/1.1 %d %s" % (answer.status, HTTPStatus(answer.status).phrase.encode())]
    lines += [name + b": " + value for name, value in secured(answer.headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + answer.body


_TOO_MANY = _wire(WebError("overloaded", "the server has too many connections: try again"))
_TOO_MANY_OF_CLIENT = _wire(
    WebError("too_many_connections", "your network has too many connections here")
)


def _leaves(group: BaseExceptionGroup[Exception]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
