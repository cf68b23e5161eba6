"""Opens every outgoing connection: resolve, decide, connect to the address decided on, then TLS.

The one place that connects. `workers.net.client` dials origins and proxies through it; a name is
resolved once, and the connection goes to an address that the policy saw, so that a name which
answers differently the next time (DNS rebinding) has nothing to gain.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Sequence
from ipaddress import IPv4Address

import certifi
import trio
from msgspec import Struct

from actors.ports import HttpConnectError, HttpError, HttpTimeout
from workers.net.addresses import IPAddress
from workers.net.narrowing import Narrowing
from workers.net.policy import Policy
from workers.net.resolver import Resolver

MAX_ADDRESSES_TRIED = 6


class Wire(Struct, frozen=True):
    """An open connection: the stream to talk on, the socket under it (closing that is instant,
    whatever TLS layers lie between), and the address it was connected to."""

    stream: trio.abc.Stream
    socket: trio.socket.SocketType
    peer: IPAddress

    @property
    def is_http2(self) -> bool:
        if not isinstance(self.stream, trio.SSLStream):
            return False
        chosen: str | None = self.stream.selected_alpn_protocol()
        return chosen == "h2"


class TlsContexts(Struct, frozen=True):
    """The client contexts that all connections of a process share."""

    origin: ssl.SSLContext
    proxy: ssl.SSLContext


class Dialer:
    """Connects to public hosts, and to what the operator allowed. Holds no connection itself."""

    def __init__(self, resolver: Resolver, policy: Policy, tls: TlsContexts) -> None:
        self._resolver = resolver
        self.policy = policy
        self._tls = tls

    def for_job(self) -> Dialer:
        """A dialer whose names wait behind no other job's; policy and TLS are shared."""
        return Dialer(self._resolver.for_job(), self.policy, self._tls)

    def narrowed(self, narrowing: Narrowing) -> Dialer:
        """A dialer that keeps to these lists too; names and TLS are shared with this one."""
        return Dialer(self._resolver, self.policy.narrowed(narrowing), self._tls)

    def under(self, policy: Policy) -> Dialer:
        """A dialer under that policy instead; names and TLS are shared with this one."""
        return Dialer(self._resolver, policy, self._tls)

    async def permitted(self, host: str, port: int) -> tuple[IPAddress, ...]:
        """The addresses that may stand for this target. Raises EgressRefused, HttpConnectError."""
        self.policy.check_name(host)
        return self.policy.select(host, await self._resolver.resolve(host), port)

    async def connect(self, host: str, port: int, *, timeout_s: float) -> Wire:
        """A TCP connection to the first permitted address that answers."""
        addresses = (await self.permitted(host, port))[:MAX_ADDRESSES_TRIED]
        deadline = trio.current_time() + timeout_s
        error: HttpConnectError | HttpTimeout | None = None
        for tried, address in enumerate(addresses):
            # A silent address may use only its share of the time, so that the next gets its turn.
            share_s = (deadline - trio.current_time()) / (len(addresses) - tried)
            try:
                return await _connect(address, port, named(host, port), share_s)
            except (HttpConnectError, HttpTimeout) as failed:
                error = failed
        assert error is not None, "the policy returned no address"
        raise error

    async def start_tls(
        self, wire: Wire, host: str, port: int, *, timeout_s: float, to_proxy: bool = False
    ) -> Wire:
        """Speak TLS as a client of `host` (SNI and certificate check). Closes `wire` on failure.

        A proxy is spoken to in HTTP/1; an origin may choose HTTP/2.
        """
        context = self._tls.proxy if to_proxy else self._tls.origin
        stream = trio.SSLStream(wire.stream, context, server_hostname=host, https_compatible=True)
        try:
            with trio.fail_after(timeout_s):
                await stream.do_handshake()
        except (trio.TooSlowError, trio.BrokenResourceError) as error:
            wire.socket.close()
            raise _tls_failure(error, named(host, port)) from error
        except BaseException:
            wire.socket.close()
            raise
        return Wire(stream, wire.socket, wire.peer)


def named(host: str, port: int) -> str:
    """`host:port` as errors say it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def client_tls(ca_file: str | None = None) -> TlsContexts:
    """Contexts that trust `ca_file`, else the system's roots, else Mozilla's."""
    if ca_file is None and ssl.get_default_verify_paths().cafile is None:
        ca_file = certifi.where()
    origin, proxy = (ssl.create_default_context(cafile=ca_file) for _ in range(2))
    origin.set_alpn_protocols(["h2", "http/1.1"])
    proxy.set_alpn_protocols(["http/1.1"])
    return TlsContexts(origin, proxy)


async def _connect(address: IPAddress, port: int, name: str, timeout_s: float) -> Wire:
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        plug = trio.socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise HttpConnectError(f"no socket for {name}: {error.strerror}") from error
    try:
        with trio.fail_after(timeout_s):
            await plug.connect((str(address), port))
        return Wire(trio.SocketStream(plug), plug, address)
    except OSError as error:
        plug.close()
        raise HttpConnectError(_connect_message(error, name)) from error
    except trio.TooSlowError:
        plug.close()
        raise HttpTimeout(f"{name} did not answer the connection attempt in time") from None
    except BaseException:
        plug.close()
        raise


def _connect_message(error: OSError, name: str) -> str:
    if isinstance(error, ConnectionRefusedError):
        return f"connection refused by {name}"
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    return f"no connection to {name}: {reason}"


def _tls_failure(error: Exception, name: str) -> HttpError:
    if isinstance(error, trio.TooSlowError):
        return HttpTimeout(f"{name} did not finish the TLS handshake in time")
    cause = error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return HttpConnectError(f"the certificate of {name} is not valid: {cause.verify_message}")
    reason = getattr(cause, "reason", None) or "the connection was closed"
    return HttpConnectError(f"TLS with {name} failed: {reason}")


def first(addresses: Sequence[IPAddress]) -> IPAddress:
    """The address to name to a proxy: IPv4 where there is one, as not every proxy has IPv6."""
    return next((each for each in addresses if isinstance(each, IPv4Address)), addresses[0])
