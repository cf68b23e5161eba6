"""Hypercorn's connections, each on its own: what one of them does to itself ends that one only.

`hypercorn.trio.serve` runs all connections in one nursery and lets some errors of h11, wsproto and
h2 out of them: a frame that is no frame, sent right behind a WebSocket's handshake, ended the whole
server. So its accept loop is done here, from its own parts. Called by `nightdesk.front` and
`nightdesk.demo`.
"""

from __future__ import annotations

from typing import Any

import trio
from hypercorn.config import Config
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper, ConnectionState, Framework, LifespanState
from hypercorn.utils import repr_socket_addr, wrap_app

from nightdesk.idleness import IdleMark, IdleStreams


async def serve_connections(
    app: Framework,
    config: Config,
    stopping: trio.Event,
    log: Any,
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
        server = _Server(wrapped, config, state, log)
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

    def __init__(self, app: AppWrapper, config: Config, state: LifespanState, log: Any) -> None:
        self.config = config
        # Hypercorn's word to its connections that the server stops.
        self.context = WorkerContext(None)
        self.idle = IdleStreams(config.keep_alive_timeout)
        self._app = app
        self._state = state
        self._log = log
        # Written by `attend`: every connection that is open.
        self._open: set[trio.SocketStream] = set()

    async def attend(self, stream: trio.SocketStream) -> None:
        """One connection, from its first byte to its last."""
        self._open.add(stream)
        try:
            await _Connection(self._app, self.config, self.context, self._state, stream, self.idle)
        except* Exception as failures:  # noqa: BLE001  one connection's failure is no other's
            kinds = sorted({type(error).__name__ for error in _leaves(failures)})
            self._log.warning("a connection failed", errors=kinds)
        finally:
            self._open.discard(stream)
            self.idle.leave(stream)

    async def cut_after(self, grace_s: float, connections: trio.CancelScope) -> None:
        """End what is still open then. Hypercorn shields its sends, so a client that never reads
        would outlive the cancelling: a closed socket ends its sender."""
        await trio.sleep(grace_s)
        connections.cancel()
        for stream in self._open:
            stream.socket.close()


class _Connection(TCPServer):
    """Hypercorn's connection, where it is told of its idleness and where it closes.

    It does both from the task of the request, which Quart cancels as soon as the answer is
    complete. So neither happened: idle connections were never closed, and the stop waited for them.
    """

    def __init__(
        self,
        app: AppWrapper,
        config: Config,
        context: WorkerContext,
        state: LifespanState,
        stream: trio.SocketStream,
        idle: IdleStreams,
    ) -> None:
        # It wants to be given an SSLStream and takes any stream.
        super().__init__(app, config, context, ConnectionState(state.copy()), stream)  # type: ignore[arg-type]
        self.idle_task = IdleMark(idle, stream)  # type: ignore[assignment]

    async def _close(self) -> None:
        with trio.CancelScope(shield=True):
            await super()._close()


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


def _leaves(group: BaseExceptionGroup[Exception]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
