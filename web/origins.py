"""Which names are ours (Host) and which pages may ask (Origin). Pure; called by `web.door`.

A page of another site can make a browser send us requests. DNS rebinding makes that page look like
ours, so the Host must be a name of this server; and what changes anything, or opens a socket, must
come from a page of this server, from an origin the operator named, or from no page at all.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

# (address, port) of the accepted connection, as ASGI gives it.
Server = tuple[str, int | None] | None


def is_own_host(host: str, server: Server, own_hosts: Collection[str]) -> bool:
    """True for a name the operator gave, and for the address and port that was connected to.

    An address cannot be rebound, so that it needs no listing; `localhost` counts as one where the
    connection came in on a loopback address.
    """
    host = host.lower()
    name, port = _split(host)
    if port and not (port.isascii() and port.isdigit()):
        return False
    if host in own_hosts or name in own_hosts:
        return True
    if server is None or server[1] is None:
        return False
    if port != str(server[1]) and not (port == "" and server[1] in (80, 443)):
        return False
    return name == _bracketed(server[0]) or (name == "localhost" and _is_loopback(server[0]))


def is_allowed_origin(
    origin: str, host: str, allow_origin: Collection[str], scheme: str = "http"
) -> bool:
    """True for a page of the host that is asked, and for origins that the operator named.

    `scheme` is the request's. A page by https may ask by what looks like http: a proxy that ends
    TLS need not say so. The other way round it is somebody else's page, on the same name.
    """
    if origin in allow_origin:
        return True
    schemes = ("https",) if scheme in ("https", "wss") else ("http", "https")
    # As browsers write it, in lower case: what is written otherwise comes from none.
    return any(origin == f"{one}://{host.lower()}" for one in schemes)


def _split(host: str) -> tuple[str, str]:
    """("[::1]", "80") from "[::1]:80"; the port is "" where there is none."""
    end = host.rfind("]")
    colon = host.rfind(":")
    if colon > end:
        return host[:colon], host[colon + 1 :]
    return host, ""


def _bracketed(address: str) -> str:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(mapped) if mapped is not None else f"[{parsed}]"


def _is_loopback(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback
