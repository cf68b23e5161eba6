"""The HTTP tool that a worker's host hands to executors, and its closed error tree.

Implemented by `workers.net.client`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from actors.ports.proxies import PoolBrief, ProxyPool

T = TypeVar("T")


class HttpReply(Protocol):
    """The head of a response whose body is read (capped) by `read`."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def iter_bytes(self) -> AsyncIterator[bytes]: ...


class HttpSlot(Protocol):
    """One connection slot: sends one request at a time, keeps its connection, has no cookies.

    Every connect goes through the egress check. Redirects are not followed here.
    """

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
        """`proxy` is http://, https://, socks5:// or socks5h://, with its user name and password.

        Raises EgressRefused, HttpConnectError, HttpProxyError, HttpTimeout, HttpProtocolError.
        """


class HttpService(Protocol):
    """A server that the operator named for one purpose: an origin, and how it is logged in to."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What it is logged in to with, so that nothing that is told holds it."""

    @property
    def calls(self) -> int:
        """How many calls it gets at once, for who counts them."""

    def shared(self, make: Callable[[HttpService], T]) -> T:
        """What all jobs of this worker share of what they know of it: made once by each `make`,
        a function or class of a module."""

    def turn(self) -> AbstractAsyncContextManager[bool]:
        """For what the server does once at a time: held by one item of all jobs and workers, in the
        order in which they came. True where whoever had it before died with it: what they asked
        for may be at work still."""

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        connect_timeout_s: float,
        read_timeout_s: float,
    ) -> AbstractAsyncContextManager[HttpReply]:
        """As `HttpSlot.request`, to that origin and to no other: `path` begins with a slash. Waits
        where all sockets are in use."""


class HttpClient(Protocol):
    """Hands out slots. Shared by all items of a job in one worker."""

    def slot(self) -> AbstractAsyncContextManager[HttpSlot]: ...

    def service(self, name: str) -> HttpService:
        """The operator's own server of that name. What a desk may reach does not hold for it, and
        what its jobs ask for cannot choose it. Raises LookupError where none is named."""

    def proxy_pool(self, brief: PoolBrief | None, *, rotate: bool) -> ProxyPool:
        """The proxies that a job draws on: its desk's, and the server's."""

    async def greet_proxy(self, proxy: str, timeout_s: float) -> None:
        """See whether a proxy is there: connect to it, and say who we are where it speaks SOCKS5.
        Raises ProxyRefused, HttpProxyError."""


class HttpError(Exception):
    """Root of what an HttpSlot raises; the message is fit for the user."""


class EgressRefused(HttpError):
    """The address, port or scheme is not allowed. Never retried."""


class ProxyRefused(EgressRefused):
    """The address of the proxy itself is not allowed."""


class HttpConnectError(HttpError):
    """No connection, or it broke (refused, unresolvable, TLS failed, reset, cut off)."""


class HttpProxyError(HttpConnectError):
    """The proxy itself is at fault (unreachable, refused us, broke off): another may do better."""


class HttpTimeout(HttpError):
    """A connect or read timeout passed."""


class HttpProtocolError(HttpError):
    """The remote broke HTTP, or a size limit of ours."""
