"""The HTTP client that a worker's host hands to executors: `open_http`, slots, kept connections.

One client a worker process. A slot sends one request at a time over one connection; between
requests connections wait in `idle`, found by origin in constant time (one shared httpx client
searches a list instead, and was 50 times slower at a thousand slots). No cookies, no redirects.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType
from typing import Any, Self

import msgspec
import trio

from actors.ports import EgressRefused, HttpClient, HttpProtocolError, HttpReply, HttpSlot
from executors.urls import parse_url
from workers.net.decode import BadCoding, Decoder, decoder_for
from workers.net.dial import Dialer, TlsContexts, client_tls
from workers.net.idle import IdleConnections
from workers.net.lines import Line, LineKey, Lines
from workers.net.policy import Policy, parse_allow_target
from workers.net.requests import Head, Request, compose
from workers.net.resolver import Lookup, Resolver, system_lookup
from workers.net.wire1 import StaleConnection


class NetSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `open_http` takes, as a dict over the worker's first frame.

    `allow_target` are the operator's `--allow-target` texts, `own_ports` the server's listeners.
    """

    allow_target: tuple[str, ...] = ()
    own_ports: tuple[int, ...] = ()
    dns_threads: int = 16
    dns_timeout_s: float = 10.0
    max_sockets: int = 2_000
    idle_s: float = 60.0


@asynccontextmanager
async def open_http(
    settings: dict[str, Any],
    *,
    lookup: Lookup = system_lookup,
    tls: TlsContexts | None = None,
) -> AsyncIterator[HttpClient]:
    """The client of this process; all its connections are closed when it is left.

    `settings` are the fields of NetSettings. Raises msgspec.ValidationError or ValueError for bad
    ones. `lookup` and `tls` replace the system's resolver and roots.
    """
    parsed = msgspec.convert(settings, NetSettings)
    rules = tuple(rule for text in parsed.allow_target for rule in parse_allow_target(text))
    policy = Policy(rules, frozenset(parsed.own_ports))
    resolver = Resolver(threads=parsed.dns_threads, timeout_s=parsed.dns_timeout_s, lookup=lookup)
    lines = Lines(Dialer(resolver, policy, tls or client_tls()))
    idle = IdleConnections(max_sockets=parsed.max_sockets, idle_s=parsed.idle_s)
    try:
        yield _Client(lines, idle, parsed.max_sockets)
    finally:
        idle.close_all()


class _Client:
    """Counts the slots; what they share is here."""

    def __init__(self, lines: Lines, idle: IdleConnections, max_sockets: int) -> None:
        self.lines = lines
        self.idle = idle
        self._free = trio.Semaphore(max_sockets)

    def slot(self) -> AbstractAsyncContextManager[HttpSlot]:
        return _SlotLease(self, self._free)


class _SlotLease:
    """`async with client.slot()`: waits where all sockets are in use."""

    def __init__(self, client: _Client, free: trio.Semaphore) -> None:
        self._client = client
        self._free = free

    async def __aenter__(self) -> HttpSlot:
        try:
            self._free.acquire_nowait()
        except trio.WouldBlock:
            await self._free.acquire()
        return _Slot(self._client.lines, self._client.idle)

    async def __aexit__(self, *_: object) -> None:
        self._free.release()


class _Slot:
    """See HttpSlot. Holds no connection between its requests: `idle` does."""

    def __init__(self, lines: Lines, idle: IdleConnections) -> None:
        self._lines = lines
        self._idle = idle

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
        return _Exchange(
            self._lines,
            self._idle,
            compose(method, parsed, headers, body),
            LineKey(parsed.scheme, parsed.host, parsed.port, proxy),
            connect_timeout_s,
            read_timeout_s,
        )


class _Exchange:
    """One request from its connection to the end of its response; used by one task."""

    def __init__(
        self,
        lines: Lines,
        idle: IdleConnections,
        request: Request,
        key: LineKey,
        connect_timeout_s: float,
        read_timeout_s: float,
    ) -> None:
        self._lines = lines
        self._idle = idle
        self._request = request
        self._key = key
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._line: Line | None = None

    async def __aenter__(self) -> HttpReply:
        try:
            line, head = await self._answered()
        except BaseException:
            self._drop()
            raise
        return _Reply(line, head)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        line, self._line = self._line, None
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


class _Reply:
    """See HttpReply. `iter_bytes` undoes gzip, br and zstd; it may be iterated once."""

    def __init__(self, line: Line, head: Head) -> None:
        self._line = line
        self.status_code = head.status_code
        self.headers = head.headers

    def iter_bytes(self) -> AsyncIterator[bytes]:
        decoder = decoder_for(self.headers.get("content-encoding"))
        return _Plain(self._line) if decoder is None else _Decoded(self._line, decoder)


class _Plain:
    """The body as it comes."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        data = await self._line.read()
        if not data:
            raise StopAsyncIteration
        return data


class _Decoded:
    """The body without its content codings, in pieces of bounded size."""

    def __init__(self, line: Line, decoder: Decoder) -> None:
        self._line = line
        self._decoder = decoder

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            while True:
                # Many pieces may come of one read, and each lets the others of this process run.
                await trio.lowlevel.checkpoint()
                piece = self._decoder.take()
                if piece:
                    return piece
                if piece is None:
                    await self._feed()
        except BadCoding as error:
            raise HttpProtocolError(f"{self._line.name}: {error}") from error

    async def _feed(self) -> None:
        data = await self._line.read()
        if not data:
            self._decoder.finish()
            raise StopAsyncIteration
        self._decoder.feed(data)
