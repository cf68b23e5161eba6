"""How often something may happen: token buckets by key, and what the front end counts with them.

Deciding takes no await and a bucket is one number (GCRA), so that to refuse is cheaper than to be
asked. Built by `web.app`; the sockets' own pace is kept by `nightdesk.websockets`.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct

from web.errors import WebError

# Buckets that are remembered: who is forgotten has a full one again.
KEYS_KEPT = 4096


class Rate(Struct, frozen=True):
    """`burst` at once, then `per_s` in the long run. A `per_s` of 0 is no limit."""

    per_s: float
    burst: int


class Bucket:
    """One token bucket. Its clock is whatever the caller's times are of, in seconds."""

    __slots__ = ("_full_at", "_rate")

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        # When it will be full again (GCRA); written by `take`.
        self._full_at = -math.inf

    def take(self, now: float) -> float:
        """Count one. Returns 0.0, or the seconds until one more may be: this one may not."""
        if self._rate.per_s <= 0:
            return 0.0
        full_at = max(self._full_at, now) + 1 / self._rate.per_s
        wait_s = full_at - now - self._rate.burst / self._rate.per_s
        # Rounding must not refuse the last one of a burst.
        if wait_s > 1e-9:
            return wait_s
        self._full_at = full_at
        return 0.0


class Buckets:
    """A bucket for each key that was seen of late: the ones longest unused are forgotten."""

    def __init__(self, rate: Rate, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        # Newest last; written by `take`.
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str) -> float:
        """As `Bucket.take`, of the key's own bucket."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._rate)
            if len(self._buckets) > KEYS_KEPT:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket.take(self._clock())


class Rates:
    """The rates of the front end. Every method counts one, and raises `too_many_requests` with
    the true time to wait where that is one too many."""

    def __init__(
        self, *, commands: Rate, new_desks: Rate, misses: Rate, clock: Callable[[], float]
    ) -> None:
        self._commands = Buckets(commands, clock)
        self._new_desks = Buckets(new_desks, clock)
        self._misses = Buckets(misses, clock)

    def command(self, desk: str) -> None:
        """A request that changes something on the desk of that key."""
        _refuse(self._commands.take(desk), "this desk is asked too much: slow down")

    def new_desk(self, client: str) -> None:
        """A desk that a client's network makes."""
        wait_s = self._new_desks.take(network_of(client))
        _refuse(wait_s, "too many desks are made from your network: try again later")

    def missed(self, client: str) -> None:
        """An address of a desk that does not exist. What protects a desk is that its id cannot be
        guessed; this bounds the noise of trying, and an existing desk is never delayed by it."""
        wait_s = self._misses.take(network_of(client))
        _refuse(wait_s, "too many addresses that do not exist: slow down")


def network_of(client: str) -> str:
    """Whom an address stands for: itself, or its /64 where it is IPv6, which one host may own."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))


def _refuse(wait_s: float, reason: str) -> None:
    if wait_s > 0:
        raise WebError("too_many_requests", reason).retry_after(math.ceil(wait_s))
