"""What the browser tool of a worker is told: a part of the worker's `Settings`, read once.

Written by `workers.browsing` from the configuration; read by `workers.browser.tool`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from workers.net.client import NetSettings
from workers.net.gateway.server import GatewaySettings

_GIB = 1024 * 1024 * 1024


class BrowserSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`scratch` is a folder of this worker alone; its maker removes it.

    `chromium` is the setting, a path or a name; empty: it is looked for. At most `pages` are open
    at once, over all browsers. A browser gets no new pages after `recycle_pages`, or when its
    processes have more than `max_memory_bytes` together; it is killed when its first process alone
    has as much, or all of them twice as much. A process of a page is killed at
    `page_max_memory_bytes`. A browser that does not answer for `hung_s` is killed, one that has not
    closed a page in `close_timeout_s` gets no new ones. A page that somebody looks at is shown
    every `live_interval_s`. Of connections the gateway carries at most `max_connections`, and
    `max_connections_a_page`; one on which nothing moves ends after `idle_s`.
    """

    scratch: str
    chromium: str = ""
    pages: int = 4
    recycle_pages: int = 100
    max_memory_bytes: int = 2 * _GIB
    page_max_memory_bytes: int = _GIB
    hung_s: float = 15.0
    start_timeout_s: float = 30.0
    close_timeout_s: float = 10.0
    live_interval_s: float = 1.0
    max_connections: int = 1_000
    max_connections_a_page: int = 256
    connect_timeout_s: float = 30.0
    idle_s: float = 300.0

    @property
    def lead_pages(self) -> int:
        """So many pages before a browser is replaced the next one is started, which takes seconds;
        none where browsers do not live for long enough."""
        return min(2 * self.pages, self.recycle_pages // 10)

    def gateway(self, http: Mapping[str, Any]) -> GatewaySettings:
        """What the gateway keeps to; `http` are the network rules, as `open_http` takes them."""
        return GatewaySettings(
            net=msgspec.convert(http, NetSettings),
            connect_timeout_s=self.connect_timeout_s,
            idle_s=self.idle_s,
            max_connections=self.max_connections,
            max_connections_per_pass=self.max_connections_a_page,
        )


def read_settings(raw: Mapping[str, Any]) -> BrowserSettings:
    """Raises msgspec.ValidationError."""
    return msgspec.convert(raw, BrowserSettings)
