"""How a request gets to its target: directly, through proxies of the job's own, or through its
desk's pool (`executors.ways`). Used by `executors.fetch` and
`executors.crawl`.
"""

from __future__ import annotations

from typing import Protocol

import trio

from actors.ports import HttpProxyError, ItemContext
from executors.proxy_ring import ProxyRing
from executors.ways import Go, Trip


class Ways(Protocol):
    """What the items of one job share of the ways to their targets."""

    async def lead(self, go: Go, context: ItemContext, *, repeatable: bool) -> None:
        """Call `go` with a trip, or with another where that is at fault; without `repeatable` only
        where the proxy itself is. Raises what `go` raised last, or ProxyAwaited."""


class OwnWays:
    """Directly, or through the proxies that the job's spec names: one an attempt, in turn."""

    def __init__(self, ring: ProxyRing, timeout_s: float) -> None:
        self._ring = ring
        self._timeout_s = timeout_s

    async def lead(self, go: Go, context: ItemContext, *, repeatable: bool) -> None:
        """See Ways."""
        proxy = self._ring.choose(trio.current_time())
        trip = Trip(proxy, self._timeout_s)
        at_fault = False
        try:
            await go(trip)
        except HttpProxyError:
            at_fault = True
            raise
        finally:
            if proxy is not None:
                self._judge(proxy, trip, at_fault=at_fault)

    def _judge(self, proxy: str, trip: Trip, *, at_fault: bool) -> None:
        if at_fault:
            self._ring.failed(proxy, trio.current_time())
        elif trip.answered:
            self._ring.worked(proxy)
