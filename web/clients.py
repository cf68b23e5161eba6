"""Who a client is behind reverse proxies, and by which scheme it came. Pure; called by `web.door`.

Only a proxy that the operator named (`--trusted-proxy`) is believed: anybody can write the headers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Proxies in a row; a longer list of them is somebody's joke.
_MOST_HOPS = 16
_ADDRESSES_KEPT = 4096
# What a proxy may call the scheme by which it was asked, and whether that is TLS.
_SECURE = {"http": False, "ws": False, "https": True, "wss": True}


def parse_network(text: str) -> Network:
    """An address, or a network as `10.0.0.0/8`. Raises ValueError."""
    return ipaddress.ip_network(text.strip(), strict=True)


class Proxies:
    """The reverse proxies whose word counts."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(parse_network(text) for text in networks)
        self._is_trusted = lru_cache(_ADDRESSES_KEPT)(self._look_up)

    def trusts(self, peer: str) -> bool:
        """Whether a connection from that address is a proxy's."""
        return bool(self._networks) and self._is_trusted(peer)

    def client(self, peer: str, forwarded_for: Sequence[str]) -> str:
        """The right-most hop that is no proxy of ours. What stands left of it is hearsay.

        `forwarded_for` are the values of `X-Forwarded-For` in the order of the request. Where an
        entry is no address, the client is the proxy that wrote it.
        """
        client = peer
        entries = ",".join(forwarded_for).rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]
        for entry in reversed(entries):
            if not self.trusts(client):
                break
            address = _address(entry)
            if address is None:
                break
            client = str(address)
        return client

    def scheme(self, peer: str, scheme: str, forwarded_proto: Sequence[str]) -> str:
        """What the proxy says, else what the connection is. A socket's is `ws` or `wss`, whatever
        the proxy calls it."""
        if not forwarded_proto or not self.trusts(peer):
            return scheme
        said = forwarded_proto[-1].rpartition(",")[2].strip().lower()
        if said not in _SECURE:
            return scheme
        plain, secure = ("ws", "wss") if scheme in ("ws", "wss") else ("http", "https")
        return secure if _SECURE[said] else plain

    def _look_up(self, peer: str) -> bool:
        address = _address(peer)
        return address is not None and any(address in network for network in self._networks)


def _address(text: str) -> _Address | None:
    """`1.2.3.4`, `1.2.3.4:5`, `::1`, `[::1]` or `[::1]:5`; an embedded IPv4 address as itself."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
