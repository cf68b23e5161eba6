"""What one connection may hold and how slow it may be: built by `nightdesk.parts` from `Config`.

Read by `nightdesk.connections`, `connection`, `http1` and `websockets`.
"""

from __future__ import annotations

from msgspec import Struct

from web.clients import Proxies
from web.rates import Rate


class ConnectionLimits(Struct, frozen=True, kw_only=True):
    """The fields of `Config` under the same names; `max_connections` is what descriptors allow.

    `proxies` may have any number of connections: they are not one client's.
    """

    max_connections: int = 16_384
    max_connections_per_client: int = 2_048
    max_head_bytes: int = 32 * 1024
    max_header_bytes: int = 16 * 1024
    max_headers: int = 100
    socket_send_timeout_s: float = 30.0
    min_send_bytes_per_s: int = 4_096
    socket_messages: Rate = Rate(100.0, 1_000)
    proxies: Proxies = Proxies(())


# Of a site that is no Nightdesk: the sample site.
DEFAULT_LIMITS = ConnectionLimits()
