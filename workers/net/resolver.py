"""Names to addresses, off the loop: own threads, a small cache, one look-up a name at a time.

Look-ups hang for as long as a hostile name server likes, and go on in their threads when nobody
waits for them any more. They get their own thread limiter, so that no files wait behind them, and
a job has half of it at most, so that no other job's names do. The answer is only
a list of addresses: `workers.net.policy` decides on them and they, not the name, are connected to.
"""

from __future__ import annotations

import socket
from collections import OrderedDict
from collections.abc import Callable, Sequence
from copy import copy
from ipaddress import ip_address
from typing import Self, cast

import trio
from msgspec import Struct
from msgspec.structs import replace

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


class _Threads:
    """A limiter as `trio.to_thread` uses one: the threads of one job, within those of all. What
    was taken is given back when the thread ends, whether or not anybody waited for it."""

    def __init__(self, of_all: trio.CapacityLimiter, of_job: trio.CapacityLimiter) -> None:
        self._of_all = of_all
        self._of_job = of_job

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        await self._of_job.acquire_on_behalf_of(borrower)
        try:
            await self._of_all.acquire_on_behalf_of(borrower)
        except BaseException:
            self._of_job.release_on_behalf_of(borrower)
            raise

    def release_on_behalf_of(self, borrower: object) -> None:
        self._of_all.release_on_behalf_of(borrower)
        self._of_job.release_on_behalf_of(borrower)


class Resolver:
    """Resolves names for one job, or for whoever has none. What was found is shared with the other
    resolvers of the process (`for_job`)."""

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
        self._all_threads = trio.CapacityLimiter(threads)
        self._threads = _Threads(self._all_threads, trio.CapacityLimiter(threads))
        self._timeout_s = timeout_s
        self._ttl_s = ttl_s
        self._error_ttl_s = error_ttl_s
        self._max_entries = max_entries
        self._lookup = lookup
        # Both are written by whichever task leads the look-up of that name. The first is shared;
        # a look-up under way is not, as it may wait behind others of its job.
        self._cache: OrderedDict[str, Answer] = OrderedDict()
        self._flights: dict[str, _Flight] = {}

    def for_job(self) -> Self:
        """A resolver with threads and waits of its own."""
        other = copy(self)
        share = max(1, int(self._all_threads.total_tokens) // 2)
        other._threads = _Threads(self._all_threads, trio.CapacityLimiter(share))
        other._flights = {}
        return other

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
        has_begun = False

        def look_up() -> Sequence[str]:
            nonlocal has_begun
            has_begun = True
            return self._lookup(host)

        limiter = cast(trio.CapacityLimiter, self._threads)
        with trio.move_on_after(self._timeout_s) as scope:
            try:
                found = await trio.to_thread.run_sync(
                    look_up, limiter=limiter, abandon_on_cancel=True
                )
            except (OSError, UnicodeError) as error:
                return self._failed(f"the name {host} could not be resolved: {_reason(error)}")
        if scope.cancelled_caught:
            late = self._failed(f"the name {host} was not resolved within {self._timeout_s:g} s")
            # What was never asked says nothing of the name: nobody else is told.
            return late if has_begun else replace(late, expires_at=trio.current_time())
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
