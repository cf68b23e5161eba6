"""Opens a line to an origin, direct or through a proxy, and speaks whichever HTTP it chose.

Used by `workers.net.client`, and by `workers.net.gateway` for what Chromium asks. A Line is a
connection over which requests to one origin go, so that the client need not know of tunnels or
versions.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import NamedTuple

import h11
import trio

from actors.ports import (
    EgressRefused,
    HttpConnectError,
    HttpError,
    HttpProxyError,
    HttpTimeout,
    ProxyRefused,
)
from workers.net.addresses import objection, parse_address
from workers.net.dial import Dialer, Wire, first, named
from workers.net.proxies import Proxy, greet_socks, open_tunnel, parse_proxy
from workers.net.requests import Head, Request
from workers.net.wire1 import Http1Connection
from workers.net.wire2 import Http2Connection


class LineKey(NamedTuple):
    """What a line is good for. `proxy` is its full text, credentials included; `policy` names the
    lists of domains that it was opened under: who is under others may not use it."""

    scheme: str
    host: str
    port: int
    proxy: str | None
    policy: str = ""


class Reached(NamedTuple):
    """A connection that leads to an origin; with `forward`, that proxy is told whole URLs on it."""

    wire: Wire
    forward: Proxy | None


class Line:
    """One connection to one origin. Used by one slot at a time; `name` is the origin, for errors.

    With `forward`, a proxy stands at its other end and is told whole URLs.
    """

    def __init__(self, wire: Wire, name: str, forward: Proxy | None = None) -> None:
        self.name = name
        self._forward = forward
        self._connection: Http1Connection | Http2Connection
        if wire.is_http2:
            self._connection = Http2Connection(wire, name)
        else:
            self._connection = Http1Connection(wire, name)

    @property
    def is_reusable(self) -> bool:
        return self._connection.is_reusable

    def is_stale(self) -> bool:
        return self._connection.is_stale()

    def close(self) -> None:
        self._connection.close()

    def closed_early(self) -> HttpConnectError:
        """For a request that must not be sent twice, when a kept connection turned out closed."""
        return HttpConnectError(f"{self.name} closed the kept connection before it answered")

    async def exchange(self, request: Request, timeout_s: float) -> Head:
        """Send the request and return the response's head; `read` then gives the body."""
        connection = self._connection
        if isinstance(connection, Http2Connection):
            return await connection.exchange(request, timeout_s)
        plain = request.plain_bytes() if self._forward is None else None
        asked = plain or self._addressed(request)
        head = await connection.exchange(asked, request.body, timeout_s)
        if self._forward is not None and head.status_code == 407:
            raise HttpProxyError(
                f"{self._forward.name} wants another user name or password (status 407)"
            )
        return head

    def read(self) -> Awaitable[bytes]:
        """The next bytes of the body, b"" at its end."""
        return self._connection.read()

    def _addressed(self, request: Request) -> h11.Request:
        if self._forward is None:
            return request.to_h11()
        authorization = self._forward.authorization
        extra = [("proxy-authorization", authorization)] if authorization is not None else []
        return request.to_h11(target=request.url.text, extra=extra)


class Lines:
    """Opens lines through one dialer."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def open(self, key: LineKey, timeout_s: float) -> Line:
        """A new line, ready for a request. Raises EgressRefused, HttpConnectError, HttpTimeout.

        `timeout_s` bounds it all: names, connecting, the proxy and TLS.
        """
        name = named(key.host, key.port)
        try:
            with trio.fail_after(timeout_s):
                reached = await self._reach(key, name, timeout_s)
                if reached.forward is not None:
                    return Line(reached.wire, name, forward=reached.forward)
                return Line(await self._secured(reached.wire, key, timeout_s), name)
        except trio.TooSlowError:
            raise _too_slow(name, timeout_s) from None

    async def reach(self, key: LineKey, timeout_s: float) -> Reached:
        """The bare connection of a line, without TLS: for those who speak for themselves.

        Raises what `open` raises. An https key never gives a `forward`.
        """
        name = named(key.host, key.port)
        try:
            with trio.fail_after(timeout_s):
                return await self._reach(key, name, timeout_s)
        except trio.TooSlowError:
            raise _too_slow(name, timeout_s) from None

    async def greet(self, text: str, timeout_s: float) -> None:
        """See whether that proxy is there, and knows us where it asks for that first. Raises
        ProxyRefused, HttpProxyError."""
        proxy = parse_proxy(text)
        try:
            with trio.fail_after(timeout_s):
                wire = await self._reach_proxy(proxy, timeout_s)
                try:
                    if proxy.is_socks:
                        await greet_socks(wire, proxy)
                finally:
                    wire.socket.close()
        except trio.TooSlowError:
            said = f"{proxy.name} did not answer within {timeout_s:g} s"
            raise HttpProxyError(said) from None

    async def _reach(self, key: LineKey, name: str, timeout_s: float) -> Reached:
        if key.proxy is None:
            wire = await self._dialer.connect(key.host, key.port, timeout_s=timeout_s)
            return Reached(wire, None)
        return await self._reach_through(parse_proxy(key.proxy), key, name, timeout_s)

    async def _reach_through(
        self, proxy: Proxy, key: LineKey, name: str, timeout_s: float
    ) -> Reached:
        target = first(await self._dialer.permitted(key.host, key.port))
        # Half the time at most is the proxy's, so that its silence is not taken for the target's.
        wire = await self._reach_proxy(proxy, timeout_s / 2)
        if _may_forward(proxy, wire, key):
            return Reached(wire, proxy)
        try:
            await open_tunnel(wire, proxy, target, key.port, name)
        except BaseException:
            wire.socket.close()
            raise
        return Reached(wire, None)

    async def _reach_proxy(self, proxy: Proxy, timeout_s: float) -> Wire:
        try:
            wire = await self._dialer.connect(proxy.host, proxy.port, timeout_s=timeout_s)
            if proxy.scheme != "https":
                return wire
            return await self._dialer.start_tls(
                wire, proxy.host, proxy.port, timeout_s=timeout_s, to_proxy=True
            )
        except EgressRefused as error:
            raise ProxyRefused(f"{error} (the proxy)") from error
        except HttpError as error:
            raise HttpProxyError(f"the proxy is out of reach: {error}") from error

    async def _secured(self, wire: Wire, key: LineKey, timeout_s: float) -> Wire:
        if key.scheme == "http":
            return wire
        return await self._dialer.start_tls(wire, key.host, key.port, timeout_s=timeout_s)


def _too_slow(name: str, timeout_s: float) -> HttpTimeout:
    return HttpTimeout(f"no connection to {name} within {timeout_s:g} s")


def _may_forward(proxy: Proxy, wire: Wire, key: LineKey) -> bool:
    """Whether a plain http request goes to the proxy as such, and not through a tunnel.

    The proxy then looks the host up itself. A proxy inside our network could be led to a private
    address by a name that changes, so it gets names only as a tunnel to the checked address.
    """
    if key.scheme != "http" or proxy.is_socks:
        return False
    is_literal = parse_address(key.host) is not None
    return is_literal or objection(wire.peer) is None
