"""The decision where outgoing connections may go. Pure; asked by `workers.net.dial` every time.

A target is (host as it was asked for, addresses it stands for, port). The addresses decide. What
the operator lists with `--allow-target` is allowed whatever the table says. Lists of domains, the
server's and a desk's, only narrow this (`workers.net.narrowing`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from msgspec import Struct
from msgspec.structs import replace

from actors.ports import EgressRefused
from executors.urls import normalize_host
from workers.net.addresses import (
    DOORS,
    FORBIDDEN_PORTS,
    IPAddress,
    canonical,
    forms_of,
    is_own_address,
    objection,
)
from workers.net.narrowing import Narrowing

_TARGET = re.compile(r"(?:\[([^\]]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?")
_LOCALHOST = ("127.0.0.0/8", "::1/128")


class AllowRule(Struct, frozen=True):
    """One thing the operator allows: a name or a network, on one port or on every harmless one."""

    name: str | None
    network: IPv4Network | IPv6Network | None
    port: int | None

    def covers(self, host: str, address: IPAddress) -> bool:
        if self.name is not None:
            return host == self.name
        return (
            self.network is not None
            and address.version == self.network.version
            and address in self.network
        )


def parse_allow_target(text: str) -> tuple[AllowRule, ...]:
    """Read `HOST[:PORT]`: a name, an address or a network (`10.0.0.0/8`), IPv6 as `[::1]:8080`.

    `localhost` means the loopback addresses themselves. Raises ValueError with a reason.
    """
    if text.count(":") > 1 and not text.startswith("["):
        text = f"[{text}]"
    match = _TARGET.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not HOST or HOST:PORT")
    bracketed, plain, digits = match.groups()
    port = int(digits) if digits else None
    if port is not None and not 0 < port < 65_536:
        raise ValueError(f"{port} in {text!r} is not a valid port")
    return tuple(_rules(bracketed or plain, port))


def _rules(host: str, port: int | None) -> Iterable[AllowRule]:
    if "/" in host:
        return [AllowRule(None, ip_network(host), port)]
    host = normalize_host(host)
    if host == "localhost":
        return [AllowRule(None, ip_network(network), port) for network in _LOCALHOST]
    try:
        return [AllowRule(None, ip_network(host), port)]
    except ValueError:
        return [AllowRule(host, None, port)]


class Policy(Struct, frozen=True):
    """What may be reached. `own_ports` are those that this server listens on."""

    rules: tuple[AllowRule, ...] = ()
    own_ports: frozenset[int] = frozenset()
    is_own: Callable[[IPAddress], bool] = is_own_address
    narrowings: tuple[Narrowing, ...] = ()

    @property
    def key(self) -> str:
        """What a connection was opened under, apart from what holds for the whole process: another
        policy's may not use it."""
        return " ".join(narrowing.key for narrowing in self.narrowings)

    def narrowed(self, narrowing: Narrowing) -> Policy:
        """This policy with one more list to keep to."""
        return replace(self, narrowings=(*self.narrowings, narrowing)) if narrowing else self

    def check_name(self, host: str) -> None:
        """Raises EgressRefused for what the lists refuse by its name: it is not even looked up."""
        for narrowing in self.narrowings:
            narrowing.check_name(host)

    def select(self, host: str, addresses: Sequence[IPAddress], port: int) -> tuple[IPAddress, ...]:
        """The addresses to connect to, in order, of a name that `check_name` has let pass. Raises
        EgressRefused.

        Addresses the operator allowed are used and no others; where there are none, one bad address
        condemns the name, as it would be reached at the next turn of its DNS.
        """
        unique = tuple(dict.fromkeys(map(canonical, addresses)))
        if any(DOORS in forms_of(address) for address in unique):
            raise EgressRefused(f"refused: {host} is this server itself")
        for narrowing in self.narrowings:
            narrowing.check_addresses(host, unique)
        allowed = tuple(each for each in unique if self._is_allowed(host, each, port))
        if allowed:
            return allowed
        for address in unique:
            self._check(host, address, port)
        return unique

    def _is_allowed(self, host: str, address: IPAddress, port: int) -> bool:
        covering = [rule for rule in self.rules if rule.covers(host, address)]
        if any(rule.port == port for rule in covering):
            return True
        harmless = port not in FORBIDDEN_PORTS and not self._is_self(address, port)
        return harmless and any(rule.port is None for rule in covering)

    def _covers(self, host: str, address: IPAddress) -> bool:
        """Whether the operator has allowed the address, if not that port of it."""
        return any(rule.port is None and rule.covers(host, address) for rule in self.rules)

    def _is_self(self, address: IPAddress, port: int) -> bool:
        return port in self.own_ports and self.is_own(address)

    def _check(self, host: str, address: IPAddress, port: int) -> None:
        shown = str(address) if host == str(address) else f"{host} ({address})"
        is_bad_port = port in FORBIDDEN_PORTS
        how = "the operator may allow it with --allow-target"
        if is_bad_port:
            # What allows a host alone allows none of these ports.
            place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            how = f"{how} {place}, and no browser opens such a port"
        if (why := objection(address)) is not None and not self._covers(host, address):
            raise EgressRefused(f"refused: {shown} is {why}; {how}")
        if is_bad_port:
            raise EgressRefused(f"refused: port {port} of {shown} is not for web traffic; {how}")
        if self._is_self(address, port):
            raise EgressRefused(f"refused: {shown}, port {port}, is this server itself")
