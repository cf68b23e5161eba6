"""Lists of domains: how a name in one is written, and which hosts it means. Pure.

`nightdesk` reads the operator's lists with it, `web` those of a desk, and `workers.net.policy`
decides by them: what was validated is what is enforced.

    example.com      the name and everything below it
    *.example.com    only what is below it
    10.0.0.0/8       an address or a network, for hosts that are addresses and for what names mean
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from executors.urls import normalize_host

MAX_ENTRY_CHARS = 300
_BELOW = "*."
# An address of the web, or a part of one, around a name: its scheme, user, port, path.
_AROUND_NAME = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?+(?:[^/@]*@)?([^/?#@:]+)(?::[0-9]*)?(?:[/?#].*)?", re.I | re.S
)
_MAPPED = IPv6Network("::ffff:0:0/96")

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


def normalize_domain(text: str) -> str:
    """The one spelling of an entry. Raises ValueError with a reason for its writer."""
    text = text.strip()
    if len(text) > MAX_ENTRY_CHARS:
        raise ValueError(f"is longer than {MAX_ENTRY_CHARS} characters")
    below = text.startswith(_BELOW)
    bare = text.removeprefix(_BELOW)
    try:
        network = _network(bare)
        name = normalize_host(bare) if network is None else ""
    except ValueError as error:
        reason = _advice(bare) or str(error)
        raise ValueError(f"{text[:100]!r} is no domain, address or network: {reason}") from None
    if network is None:
        return _BELOW + name if below else name
    if below:
        raise ValueError(f"{text[:100]!r}: nothing lies below an address")
    return _written(network)


def _advice(text: str) -> str | None:
    """What to write instead of the address of a page, if it has the name of a host."""
    found = _AROUND_NAME.fullmatch(text)
    if found is None or found[1] == text or _is_numeric(found[1]):
        return None
    try:
        return f"give only the host: {normalize_host(found[1])}"
    except ValueError:
        return None


def normalize_domains(texts: Iterable[str]) -> tuple[str, ...]:
    """Each entry once, in its one spelling, in the order given. Raises ValueError."""
    return tuple(dict.fromkeys(map(normalize_domain, texts)))


class DomainList:
    """A list to ask: does it mean this name, does it mean this address? Never changed."""

    def __init__(self, entries: Sequence[str]) -> None:
        texts = normalize_domains(entries)
        networks = [(text, _network(text)) for text in texts]
        self.networks = tuple(network for _, network in networks if network is not None)
        names = [text for text, network in networks if network is None]
        self._names = frozenset(text for text in names if not text.startswith(_BELOW))
        self._below = frozenset(
            text.removeprefix(_BELOW) for text in names if text.startswith(_BELOW)
        )

    def __bool__(self) -> bool:
        return bool(self.networks or self._names or self._below)

    def has_name(self, host: str) -> bool:
        """Whether an entry means this name (in the spelling of `executors.urls`)."""
        if host in self._names:
            return True
        _, dot, parent = host.partition(".")
        while dot:
            if parent in self._names or parent in self._below:
                return True
            _, dot, parent = parent.partition(".")
        return False

    def has_address(self, *forms: Address) -> bool:
        """Whether a network of the list holds the address, in one of its forms."""
        return any(
            form.version == network.version and form in network
            for network in self.networks
            for form in forms
        )


def _network(text: str) -> Network | None:
    """The address or network that an entry is; None for a name. Raises ValueError."""
    if "/" in text and "%" not in text:
        return _canonical(ip_network(text))
    host = text.removeprefix("[").removesuffix("]") if text.startswith("[") else text
    if ":" not in host and not _is_numeric(host):
        return None
    return _canonical(ip_network(ip_address(normalize_host(host))))


def _is_numeric(host: str) -> bool:
    """Whether a URL with this host would be read as one with an IPv4 address."""
    try:
        ip_address(normalize_host(host))
    except ValueError:
        return False
    return True


def _canonical(network: Network) -> Network:
    """A network of IPv4 addresses written as IPv6 is one of IPv4: so are its addresses."""
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        low32 = int(network.network_address) & 0xFFFF_FFFF
        return IPv4Network((low32, network.prefixlen - 96))
    return network


def _written(network: Network) -> str:
    if network.prefixlen == network.max_prefixlen:
        return str(network.network_address)
    return str(network)
