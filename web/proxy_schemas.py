"""The pool of proxies on the wire of the native API. OpenAPI is generated from these."""

from __future__ import annotations

from msgspec import Struct

from web.schemas import Count


class ProxiesBody(Struct, frozen=True):
    """The whole pool: it replaces the desk's. `***` for user name and password keeps what there
    was."""

    proxies: list[str]


class ProxyCheckBody(Struct, frozen=True):
    """A proxy, or the address of a list of them."""

    address: str


class ProxyEntry(Struct, frozen=True):
    """A proxy, `***` in the place of its user name and password; how often an answer came through
    it and how often it failed since the server began, and until when it is passed over."""

    address: str
    ok: Count
    failed: Count
    benched_until: str | None


class ServerProxies(Struct, frozen=True):
    """The server's own pool, which every desk draws on too: how many proxies, how many of them are
    benched."""

    count: Count
    benched: Count


class ProxiesAnswer(Struct, frozen=True):
    """The desk's pool as it is on disk."""

    proxies: list[ProxyEntry]
    server: ServerProxies
    revision: Count
    durable: bool


class ProxyCheckAnswer(Struct, frozen=True):
    """Whether the proxy is there, or how many the list had; they are in the desk's pool then.
    `message` says why not. `wrong` entries of the list are no proxies."""

    valid: bool
    message: str
    count: Count
    wrong: Count
    revision: Count
    durable: bool
