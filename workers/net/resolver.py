"""Names to addresses, off the loop: own threads, a small cache, one look-up a name at a time.

Look-ups hang for as long as a hostile name server likes. They get their own thread limiter, so
that neither files nor other names wait behind them for longer than `timeout_s`. The answer is only
a list of addresses: `workers.net.policy` decides on them and they, not the name, are connected to.
"""

from __future__ import annotations

import socket
from collections import OrderedDict
from collections.abc import Callable, Sequence
from ipaddress import ip_address

import trio
from msgspec import Struct

from actors.ports import HttpConnectError
from workers.net.addresses import IPAddress, canonical, parse_address

Lookup = Callable[[str], Sequence[str]]


def system_lookup(name: str) -> list[str]:
    """Addresses of the name as the system sees them, in the order to try them. Blocks."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


class Answer(Struct, frozen=True):
    """What is known of a name until `expires_at` (trio's clock): its addresses, or why none."""

    addresses: tuple[IPAddress, ...]
    error: str | None
    expires_at: float


class _Flight:
    """One look-up under way. Its leader writes `answer`, then sets `landed`; followers read."""

    def __init__(self) -> None:
        self.landed = trio.Event()
        self.answer: Answer | None = None


class Resolver:
    """Resolves names. Used by every task of one worker process."""

    def __init__(
        self,
        *,
        threads: int,
        timeout_s: float,
        ttl_s: float = 30.0,
        error_ttl_s: float = 5.0,
        max_entries: int = 10_000,
        lookup: Lookup = system_lookup,
    ) -> None:
        self._limiter = trio.CapacityLimiter(threads)
        self._timeout_s = timeout_s
        self._ttl_s = ttl_s
        self._error_ttl_s = error_ttl_s
        self._max_entries = max_entries
        self._lookup = lookup
        # Both are written by whichever task leads the look-up of that name, and by no other.
        self._cache: OrderedDict[str, Answer] = OrderedDict()
        self._flights: dict[str, _Flight] = {}

    async def resolve(self, host: str) -> tuple[IPAddress, ...]:
        """At least one address. Raises HttpConnectError. No thread for literals."""
        if (literal := parse_address(host)) is not None:
            return (literal,)
        answer = self._cached(host) or await self._join_flight(host)
        if answer.error is not None:
            raise HttpConnectError(answer.error)
        return answer.addresses

    def _cached(self, host: str) -> Answer | None:
        answer = self._cache.get(host)
        if answer is None or answer.expires_at <= trio.current_time():
            return None
        return answer

    async def _join_flight(self, host: str) -> Answer:
        # A leader that is cancelled lands without an answer: the first follower awake leads anew.
        while True:
            flight = self._flights.get(host)
            if flight is None:
                return await self._lead(host)
            await flight.landed.wait()
            if flight.answer is not None:
                return flight.answer

    async def _lead(self, host: str) -> Answer:
        flight = self._flights[host] = _Flight()
        try:
            flight.answer = await self._ask(host)
            self._remember(host, flight.answer)
            return flight.answer
        finally:
            del self._flights[host]
            flight.landed.set()

    async def _ask(self, host: str) -> Answer:
        with trio.move_on_after(self._timeout_s) as scope:
            try:
                found = await trio.to_thread.run_sync(
                    self._lookup, host, limiter=self._limiter, abandon_on_cancel=True
                )
            except (OSError, UnicodeError) as error:
                return self._failed(f"the name {host} could not be resolved: {_reason(error)}")
        if scope.cancelled_caught:
            return self._failed(f"the name {host} was not resolved within {self._timeout_s:g} s")
        addresses = tuple(canonical(ip_address(text.partition("%")[0])) for text in found)
        if not addresses:
            return self._failed(f"the name {host} has no address")
        return Answer(addresses, None, trio.current_time() + self._ttl_s)

    def _failed(self, error: str) -> Answer:
        return Answer((), error, trio.current_time() + self._error_ttl_s)

    def _remember(self, host: str, answer: Answer) -> None:
        self._cache[host] = answer
        self._cache.move_to_end(host)
        if len(self._cache) > self._max_entries:
            self._cache.popitem(last=False)


def _reason(error: OSError | UnicodeError) -> str:
    if isinstance(error, socket.gaierror):
        return str(error.strerror).lower()
    return str(error)
