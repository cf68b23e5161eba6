"""The HTTP client that a worker's host hands to executors: `open_http`, slots, kept connections.

One client a worker process, and a view of it for each job that keeps to its desk's lists. A slot
sends one request at a time over one connection; between requests connections wait in `idle`, found
by origin in constant time (one shared httpx client searches a list instead, and was 50 times slower
at a thousand slots). No cookies, no redirects.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import ip_address
from types import TracebackType
from typing import Any

import msgspec
import trio

from actors.ports import EgressRefused, HttpReply, HttpService, HttpSlot
from actors.ports.proxies import PoolBrief, ProxyPool
from executors.urls import parse_url
from state.model import NO_LISTS, EgressLists
from workers.net.dial import Dialer, TlsContexts, client_tls
from workers.net.idle import IdleConnections
from workers.net.lines import Line, LineKey, Lines
from workers.net.narrowing import THIS_DESK, THIS_SERVER, Narrowing
from workers.net.policy import Policy, parse_allow_target
from workers.net.pool import ProxyBook
from workers.net.replies import Reply
from workers.net.requests import Head, Request, compose
from workers.net.resolver import Lookup, Resolver, system_lookup
from workers.net.services import Ask, Service, ServiceSettings, named_services
from workers.net.windows import WindowRoom
from workers.net.wire1 import StaleConnection
from workers.protocol import ProxyNews


class NetSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `open_http` takes, as a dict over the worker's first frame.

    `allow_target` are the operator's `--allow-target` texts, `allow_domain` and `deny_domain` the
    server's lists (`executors.domains`), which need not name the addresses of our own sites
    (`own_sites`), and `own_ports` the server's listeners. `proxies` is the server's own pool,
    `services` the operator's servers by name.
    """

    allow_target: tuple[str, ...] = ()
    allow_domain: tuple[str, ...] = ()
    deny_domain: tuple[str, ...] = ()
    own_sites: tuple[str, ...] = ()
    own_ports: tuple[int, ...] = ()
    proxies: tuple[str, ...] = ()
    services: dict[str, ServiceSettings] = {}
    dns_threads: int = 32
    dns_timeout_s: float = 10.0
    max_sockets: int = 2_000
    idle_s: float = 60.0


def policy_of(settings: NetSettings) -> Policy:
    """The server's own policy, which each desk may narrow. Raises ValueError for bad texts."""
    rules = tuple(rule for text in settings.allow_target for rule in parse_allow_target(text))
    lists = EgressLists(settings.allow_domain, settings.deny_domain)
    ours = [ip_address(text) for text in settings.own_sites]
    narrowing = Narrowing(THIS_SERVER, lists, ours)
    return Policy(rules, frozenset(settings.own_ports)).narrowed(narrowing)


@asynccontextmanager
async def open_http(
    settings: dict[str, Any],
    *,
    lookup: Lookup = system_lookup,
    tls: TlsContexts | None = None,
) -> AsyncIterator[NetClient]:
    """The client of this process; all its connections are closed when it is left.

    `settings` are the fields of NetSettings. Raises msgspec.ValidationError or ValueError for bad
    ones. `lookup` and `tls` replace the system's resolver and roots.
    """
    parsed = msgspec.convert(settings, NetSettings)
    resolver = Resolver(threads=parsed.dns_threads, timeout_s=parsed.dns_timeout_s, lookup=lookup)
    dialer = Dialer(resolver, policy_of(parsed), tls or client_tls())
    idle = IdleConnections(max_sockets=parsed.max_sockets, idle_s=parsed.idle_s)
    try:
        book = ProxyBook(parsed.proxies)
        client = NetClient(dialer, idle, trio.Semaphore(parsed.max_sockets), WindowRoom(), book)
        client.services = named_services(parsed.services, client.within)
        yield client
    finally:
        idle.close_all()


class NetClient:
    """Counts the slots; what they share is here. See `actors.ports.HttpClient`."""

    def __init__(
        self,
        dialer: Dialer,
        idle: IdleConnections,
        free: trio.Semaphore,
        room: WindowRoom,
        book: ProxyBook,
        egress: EgressLists = NO_LISTS,
    ) -> None:
        self._dialer = dialer
        self.book = book
        self._free = free
        self.idle = idle
        self.room = room
        # Written by `open_http`, and by `for_job` in the view that it makes.
        self.services: Mapping[str, Service] = {}
        # Written by `permit`: what new lines are opened through, and under which lists.
        self.lines, self.policy_key = self._narrowed(egress)

    def slot(self) -> AbstractAsyncContextManager[HttpSlot]:
        return _SlotLease(self, self._free)

    def for_job(self, egress: EgressLists) -> NetClient:
        """A view of this client for one job, which keeps to the lists of its desk too. Raises
        ValueError for lists that cannot be read."""
        dialer = self._dialer.for_job()
        room = self.room.for_job()
        view = NetClient(dialer, self.idle, self._free, room, self.book, egress)
        view.services = self.services
        return view

    def within(self, policy: Policy, key: str) -> Ask:
        """What asks under that policy instead; `key` keeps its connections apart from others'."""
        view = NetClient(self._dialer.under(policy), self.idle, self._free, self.room, self.book)
        view.policy_key = key
        return view.ask

    def ask(
        self, request: Request, *, connect_timeout_s: float, read_timeout_s: float
    ) -> AbstractAsyncContextManager[HttpReply]:
        """A request in a slot of its own."""
        url = request.url
        key = LineKey(url.scheme, url.host, url.port, None, self.policy_key)
        exchange = _Exchange(self, request, key, connect_timeout_s, read_timeout_s)
        return _Asked(exchange, self._free)

    def service(self, name: str) -> HttpService:
        return self.services[name]

    def proxy_pool(self, brief: PoolBrief | None, *, rotate: bool) -> ProxyPool:
        return self.book.of_job(brief, rotate=rotate)

    async def tell_proxies(self, tell: Callable[[ProxyNews], None]) -> None:
        """See `workers.context.HostHttp`."""
        await self.book.tell_news(tell)

    async def greet_proxy(self, proxy: str, timeout_s: float) -> None:
        await self.lines.greet(proxy, timeout_s)

    def permit(self, egress: EgressLists) -> None:
        """The desk has new lists: every request from now on keeps to them. Raises ValueError."""
        self.lines, self.policy_key = self._narrowed(egress)

    def _narrowed(self, egress: EgressLists) -> tuple[Lines, str]:
        dialer = self._dialer.narrowed(Narrowing(THIS_DESK, egress))
        return Lines(dialer), dialer.policy.key


class _SlotLease:
    """`async with client.slot()`: waits where all sockets are in use."""

    def __init__(self, client: NetClient, free: trio.Semaphore) -> None:
        self._client = client
        self._free = free

    async def __aenter__(self) -> HttpSlot:
        if not _has_taken(self._free):
            await self._free.acquire()
        return _Slot(self._client)

    async def __aexit__(self, *_: object) -> None:
        self._free.release()


class _Asked:
    """An exchange in a slot of its own."""

    def __init__(self, exchange: _Exchange, free: trio.Semaphore) -> None:
        self._exchange = exchange
        self._free = free

    async def __aenter__(self) -> HttpReply:
        if not _has_taken(self._free):
            await self._free.acquire()
        try:
            return await self._exchange.__aenter__()
        except BaseException:
            self._free.release()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._exchange.end(error)
        finally:
            self._free.release()


def _has_taken(free: trio.Semaphore) -> bool:
    """At once, without giving up the turn."""
    try:
        free.acquire_nowait()
    except trio.WouldBlock:
        return False
    return True


class _Slot:
    """See HttpSlot. Holds no connection between its requests: `idle` does."""

    def __init__(self, client: NetClient) -> None:
        self._client = client

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        proxy: str | None = None,
        connect_timeout_s: float,
        read_timeout_s: float,
    ) -> AbstractAsyncContextManager[HttpReply]:
        try:
            parsed = parse_url(url)
        except ValueError as error:
            raise EgressRefused(f"refused: {error}") from error
        client = self._client
        return _Exchange(
            client,
            compose(method, parsed, headers, body),
            LineKey(parsed.scheme, parsed.host, parsed.port, proxy, client.policy_key),
            connect_timeout_s,
            read_timeout_s,
        )


class _Exchange:
    """One request from its connection to the end of its response; used by one task."""

    def __init__(
        self,
        client: NetClient,
        request: Request,
        key: LineKey,
        connect_timeout_s: float,
        read_timeout_s: float,
    ) -> None:
        self._lines = client.lines
        self._idle = client.idle
        self._room = client.room
        self._request = request
        self._key = key
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._line: Line | None = None
        self._reply: Reply | None = None

    async def __aenter__(self) -> HttpReply:
        try:
            line, head = await self._answered()
        except BaseException:
            self._drop()
            raise
        self._reply = Reply(line, head, self._room)
        return self._reply

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end(error)

    def end(self, error: BaseException | None) -> None:
        """Nothing more is read of it; `error` is why, where it was not read to its end."""
        line, self._line = self._line, None
        if self._reply is not None:
            self._reply.close()
        if line is None:
            return
        if error is None and line.is_reusable:
            self._idle.put(self._key, line)
        else:
            line.close()
            self._idle.release()

    async def _answered(self) -> tuple[Line, Head]:
        kept = self._idle.take(self._key)
        if kept is not None:
            self._line = kept
            try:
                return kept, await kept.exchange(self._request, self._read_timeout_s)
            except StaleConnection as error:
                self._drop()
                if not self._request.idempotent:
                    raise kept.closed_early() from error
        self._idle.reserve()
        try:
            self._line = line = await self._lines.open(self._key, self._connect_timeout_s)
        except BaseException:
            self._idle.release()
            raise
        return line, await line.exchange(self._request, self._read_timeout_s)

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
            self._idle.release()
