"""Going through a user's proxy: HTTP CONNECT and SOCKS5. Called by `workers.net.client`.

Policy: the proxy's own address is checked like any target, and the target's is resolved and
checked here too. The proxy is told the checked address, not the name, so that it has nothing to
resolve differently; Host and TLS names stay those of the URL. Only plain http over an HTTP proxy
names the host, because the proxy needs it for its own request: `client` allows that for literal
addresses and for public proxies alone.
"""

from __future__ import annotations

import base64
import struct
from ipaddress import IPv4Address
from typing import Literal
from urllib.parse import unquote

import h11
import trio
from msgspec import Struct

from actors.ports import HttpConnectError, HttpProxyError, ProxyRefused
from executors.urls import normalize_host
from workers.net.addresses import IPAddress
from workers.net.dial import Wire, named
from workers.net.requests import MAX_HEAD_BYTES, MAX_INTERIM_RESPONSES, reason_of

Scheme = Literal["http", "https", "socks5", "socks5h"]
PROXY_PORTS: dict[str, int] = {"http": 8080, "https": 443, "socks5": 1080, "socks5h": 1080}

_SOCKS_ERRORS = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time to live expired",
}
# The target's fault, not the proxy's: gateway errors of CONNECT, and these SOCKS replies.
_TARGET_STATUSES = frozenset({502, 504})
_TARGET_REPLIES = frozenset({3, 4, 5, 6})


class Proxy(Struct, frozen=True):
    """A proxy's address taken apart. `username` and `password` are decoded, "" where none."""

    scheme: str
    host: str
    port: int
    username: str
    password: str

    @property
    def is_socks(self) -> bool:
        return self.scheme.startswith("socks")

    @property
    def name(self) -> str:
        """How errors name it: without its password."""
        return f"the proxy {named(self.host, self.port)}"

    @property
    def authorization(self) -> str | None:
        """The Proxy-Authorization value, where it has credentials."""
        if not self.username and not self.password:
            return None
        pair = f"{self.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")


def parse_proxy(text: str) -> Proxy:
    """Read `scheme://[user:password@]host[:port]`. Raises ProxyRefused for anything else."""
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in PROXY_PORTS:
        raise ProxyRefused("refused: the proxy is not an http, https or socks5 address")
    credentials, _, location = rest.rstrip("/").rpartition("@")
    username, _, password = credentials.partition(":")
    host, colon, digits = location.rpartition(":")
    if not colon or location.endswith("]"):
        host, digits = location, ""
    try:
        port = int(digits) if digits else PROXY_PORTS[scheme]
        host = normalize_host(host.removeprefix("[").removesuffix("]"))
    except ValueError as error:
        raise ProxyRefused("refused: the proxy's address is not valid") from error
    return Proxy(scheme, host, port, unquote(username), unquote(password))


async def open_tunnel(wire: Wire, proxy: Proxy, address: IPAddress, port: int, target: str) -> None:
    """Have the proxy connect `wire` to the address. `target` is its name in errors.

    Raises HttpConnectError, HttpProxyError; the caller bounds the time and closes on failure.
    """
    try:
        if proxy.is_socks:
            await _socks5(wire.stream, proxy, address, port, target)
        else:
            await _connect(wire.stream, proxy, address, port, target)
    except (trio.BrokenResourceError, _Ended) as error:
        raise HttpProxyError(f"{proxy.name} broke the connection off") from error


async def greet_socks(wire: Wire, proxy: Proxy) -> None:
    """Have a SOCKS5 proxy let us in, and ask it for nothing. Raises HttpProxyError."""
    try:
        await _socks_greet(wire.stream, proxy)
    except (trio.BrokenResourceError, _Ended) as error:
        raise HttpProxyError(f"{proxy.name} broke the connection off") from error


class _Ended(Exception):
    """The proxy closed the connection in mid-sentence."""


async def _connect(
    stream: trio.abc.Stream, proxy: Proxy, address: IPAddress, port: int, target: str
) -> None:
    place = named(str(address), port)
    headers = [("host", place)]
    if proxy.authorization is not None:
        headers.append(("proxy-authorization", proxy.authorization))
    try:
        request = h11.Request(method="CONNECT", target=place, headers=headers)
        status = await _connect_status(stream, request, proxy)
    except h11.RemoteProtocolError as error:
        reason = reason_of(error)
        raise HttpProxyError(f"{proxy.name} did not answer in valid HTTP: {reason}") from error
    if 200 <= status < 300:
        return
    if status in _TARGET_STATUSES:
        raise HttpConnectError(f"{proxy.name} could not reach {target} (status {status})")
    if status == 407:
        raise HttpProxyError(f"{proxy.name} wants another user name or password (status 407)")
    raise HttpProxyError(f"{proxy.name} refused to connect to {target} (status {status})")


async def _connect_status(stream: trio.abc.Stream, request: h11.Request, proxy: Proxy) -> int:
    talk = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
    await stream.send_all((talk.send(request) or b"") + (talk.send(h11.EndOfMessage()) or b""))
    interim = 0
    while type(event := talk.next_event()) is not h11.Response:
        if event is h11.NEED_DATA:
            data = await stream.receive_some(4096)
            if not data:
                raise _Ended
            talk.receive_data(bytes(data))
            continue
        interim += 1
        if interim > MAX_INTERIM_RESPONSES:
            raise HttpProxyError(f"{proxy.name} sent too many interim responses")
    if 200 <= event.status_code < 300 and talk.trailing_data[0]:
        raise HttpProxyError(f"{proxy.name} sent data before the tunnel was used")
    return int(event.status_code)


async def _socks5(
    stream: trio.abc.Stream, proxy: Proxy, address: IPAddress, port: int, target: str
) -> None:
    await _socks_greet(stream, proxy)
    kind = b"\x01" if isinstance(address, IPv4Address) else b"\x04"
    await stream.send_all(b"\x05\x01\x00" + kind + address.packed + struct.pack("!H", port))
    version, reply, _, bound = await _exactly(stream, 4)
    if version != 5:
        raise HttpProxyError(f"{proxy.name} does not speak SOCKS5")
    if reply != 0:
        reason = _SOCKS_ERRORS.get(reply, f"error {reply}")
        error = HttpConnectError if reply in _TARGET_REPLIES else HttpProxyError
        raise error(f"{proxy.name} could not connect to {target}: {reason}")
    # The address it bound is of no use here, but stands before the tunnel's first byte.
    length = {1: 4, 4: 16}.get(bound)
    if length is None:
        (length,) = await _exactly(stream, 1)
    await _exactly(stream, length + 2)


async def _socks_greet(stream: trio.abc.Stream, proxy: Proxy) -> None:
    with_password = proxy.authorization is not None
    await stream.send_all(b"\x05\x02\x00\x02" if with_password else b"\x05\x01\x00")
    version, method = await _exactly(stream, 2)
    if version != 5:
        raise HttpProxyError(f"{proxy.name} does not speak SOCKS5")
    if method == 2 and with_password:
        user, password = proxy.username.encode(), proxy.password.encode()
        if max(len(user), len(password)) > 255:
            raise HttpProxyError(f"{proxy.name}: SOCKS5 user names and passwords end at 255 bytes")
        sizes = bytes([len(user)]), bytes([len(password)])
        await stream.send_all(b"\x01" + sizes[0] + user + sizes[1] + password)
        _, status = await _exactly(stream, 2)
        if status != 0:
            raise HttpProxyError(f"{proxy.name} refused the user name or password")
    elif method != 0:
        raise HttpProxyError(f"{proxy.name} wants a user name and password")


async def _exactly(stream: trio.abc.Stream, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = await stream.receive_some(count - len(data))
        if not more:
            raise _Ended
        data += more
    return data
