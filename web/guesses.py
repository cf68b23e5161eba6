"""Slows down whoever tries desk ids: only misses are counted, an existing desk is never delayed.

What protects a desk is that its id cannot be guessed. This bounds the noise of trying: over its
budget an address is answered 429 instead of 404. Called by `web.auth`.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable

from web.errors import WebError

BURST = 100
PER_SECOND = 10.0
ADDRESSES_KEPT = 4096


class Guesses:
    """A token bucket a client network (one IPv4 address, one IPv6 /64), newest kept."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        # network -> when its bucket will be full again (GCRA); written by `missed`.
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def missed(self, client: str) -> None:
        """Count one unknown desk id. Raises WebError `too_many_requests` over the budget."""
        network = _network(client)
        now = self._clock()
        full_at = max(self._full_at.pop(network, now), now) + 1 / PER_SECOND
        over = full_at - now > BURST / PER_SECOND
        self._full_at[network] = full_at if not over else full_at - 1 / PER_SECOND
        if len(self._full_at) > ADDRESSES_KEPT:
            self._full_at.popitem(last=False)
        if over:
            raise WebError("too_many_requests", "too many addresses that do not exist: slow down")


def _network(client: str) -> str:
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if address.version == 4:
        return client
    return str(ipaddress.ip_network((address, 64), strict=False))
