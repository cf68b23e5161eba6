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


async def serve_connections(
    app: Framework,
    config: Config,
    stopping: trio.Event,
    log: Any,
    *,
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve the plain sockets of `config.bind` until `stopping`; then what is open may end for
    `graceful_timeout`. Ready with the addresses."""
    wrapped = wrap_app(app, config.wsgi_max_body_size, "asgi")
    state: LifespanState = {}
    lifespan = Lifespan(wrapped, config, state)
    async with trio.open_nursery() as around:
        await around.start(lifespan.handle_lifespan)
        await lifespan.wait_for_startup()
        async with trio.open_nursery() as connections:
            server = _Server(wrapped, config, state, log)
            accepting, addresses = await connections.start(_accept, server, connections)
            task_status.started(addresses)
            await stopping.wait()
            accepting.cancel()
            await server.context.terminated.set()
            connections.cancel_scope.deadline = trio.current_time() + config.graceful_timeout
        await lifespan.wait_for_shutdown()
        around.cancel_scope.cancel()


class _Server:
    """What all connections of one server share."""

    def __init__(self, app: AppWrapper, config: Config, state: LifespanState, log: Any) -> None:
        self.config = config
        # Hypercorn's word to its connections that the server stops.
        self.context = WorkerContext(None)
        self._app = app
        self._state = state
        self._log = log

    async def attend(self, stream: trio.SocketStream) -> None:
        """One connection, from its first byte to its last."""
        state = ConnectionState(self._state.copy())
        try:
            # It wants to be an SSLStream and takes any stream.
            await TCPServer(self._app, self.config, self.context, state, stream)  # type: ignore[arg-type]
        except* Exception as failures:  # noqa: BLE001  one connection's failure is no other's
            kinds = sorted({type(error).__name__ for error in _leaves(failures)})
            self._log.warning("a connection failed", errors=kinds)


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
