"""Serves the front end by Hypercorn, with its limits set, on listeners that are open already."""

from __future__ import annotations

import logging
import socket
from collections.abc import Sequence
from typing import Any, cast

import trio
from hypercorn.config import Config as HypercornConfig
from hypercorn.typing import Framework
from quart_trio import QuartTrio

from nightdesk.config import Config
from nightdesk.connections import serve_connections
from nightdesk.descriptors import connections_within, raise_limit
from nightdesk.limits import ConnectionLimits
from web.clients import Proxies
from web.rates import Rate

# How long requests in flight may take to end when the server stops.
GRACEFUL_S = 1.0
# Hypercorn closes a connection after this many; a poller should not notice.
_REQUESTS_MAX = 1_000_000_000


async def serve_front(
    app: QuartTrio,
    config: Config,
    listeners: Sequence[socket.socket],
    stopping: trio.Event,
    log: Any,
    *,
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until `stopping`, then let requests end for a moment. Takes the listeners over."""
    await serve_connections(
        cast(Framework, app),
        hypercorn_config(config, listeners),
        stopping,
        log,
        connection_limits(config, connections_within(raise_limit(), config.max_connections)),
        task_status=task_status,
    )


def hypercorn_config(config: Config, listeners: Sequence[socket.socket]) -> HypercornConfig:
    hypercorn = HypercornConfig()
    hypercorn.bind = [f"fd://{listener.detach()}" for listener in listeners]
    hypercorn.backlog = config.backlog
    # Addresses of desks are keys: no access log. Errors go where all of the log goes.
    hypercorn.accesslog = None
    hypercorn.errorlog = logging.getLogger("hypercorn.error")
    hypercorn.include_server_header = False
    hypercorn.graceful_timeout = GRACEFUL_S
    hypercorn.keep_alive_timeout = config.head_timeout_s
    hypercorn.h11_max_incomplete_size = config.max_head_bytes
    hypercorn.keep_alive_max_requests = _REQUESTS_MAX
    # Pings are left off here and sent by `web.stream`: Hypercorn's pinging
    # task holds the descriptor of a socket that is gone until the next one.
    hypercorn.websocket_max_message_size = config.max_socket_message_bytes
    return hypercorn


def connection_limits(config: Config, connections: int) -> ConnectionLimits:
    """`connections` is what the system has room for. A client network never gets all of it."""
    return ConnectionLimits(
        max_connections=connections,
        max_connections_per_client=min(
            config.max_connections_per_client, max(1, connections * 3 // 4)
        ),
        max_head_bytes=config.max_head_bytes,
        max_header_bytes=config.max_header_bytes,
        max_headers=config.max_headers,
        socket_send_timeout_s=config.socket_send_timeout_s,
        min_send_bytes_per_s=config.min_send_bytes_per_s,
        socket_messages=Rate(config.socket_message_rate_per_s, config.socket_message_burst),
        proxies=Proxies(config.trusted_proxy),
    )
