"""Which addresses and ports no user may reach: our own table, read by `workers.net.policy`.

Python's `is_global` says yes to NAT64, 6to4, multicast and more, and changes between versions, so
the table is written out here. IPv4 hidden in IPv6 is unwrapped and judged as the IPv4 it reaches.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

IPAddress = IPv4Address | IPv6Address

_V4 = tuple(
    (IPv4Network(network), name)
    for network, name in (
        ("0.0.0.0/8", "an address of this host"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a carrier's shared address"),
        ("127.0.0.0/8", "a loopback address"),
        ("168.63.129.16/32", "a cloud host's service address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a protocol assignment"),
        ("192.0.2.0/24", "a documentation address"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "a benchmarking address"),
        ("198.51.100.0/24", "a documentation address"),
        ("203.0.113.0/24", "a documentation address"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
)

_V6 = tuple(
    (IPv6Network(network), name)
    for network, name in (
        ("::/128", "an address of this host"),
        ("::1/128", "a loopback address"),
        ("64:ff9b:1::/48", "a local translation address"),
        ("100::/64", "a discard address"),
        ("2001::/32", "a Teredo address"),
        ("2001::/23", "a protocol assignment"),
        ("2001:db8::/32", "a documentation address"),
        ("2002::/16", "a 6to4 address"),
        ("3fff::/20", "a documentation address"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
    )
)

# Where the gateway has a door for each page (`workers.net.gateway.doors`). It leads on with another
# job's rules and proxy, so it is nobody's target, whatever is allowed.
DOORS = IPv4Address("127.86.0.1")

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")

# The ports that browsers refuse (Fetch standard, "bad port"), and services that would take an HTTP
# request for commands. An `--allow-target` that names the port lifts it.
FORBIDDEN_PORTS = frozenset(
    {0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95}
    | {101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 138, 139, 143, 161}
    | {179, 389, 427, 445, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563}
    | {587, 601, 636, 873, 989, 990, 993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 2181, 2375}
    | {2376, 2379, 3306, 3389, 3659, 4045, 4190, 4369, 5060, 5061, 5432, 5672, 5900, 6000, 6379}
    | {6380, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 9092, 10080, 10250, 11211}
    | {11434, 27017}
)


def parse_address(host: str) -> IPAddress | None:
    """The address that this host text already is (normalised text, no brackets), else None."""
    # An address ends in a digit or contains a colon; a name costs no exception here.
    if ":" not in host and not host[-1:].isdigit():
        return None
    try:
        return canonical(ip_address(host))
    except ValueError:
        return None


def canonical(address: IPAddress) -> IPAddress:
    """An IPv4-mapped IPv6 address is the IPv4 address: the kernel connects to that."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def objection(address: IPAddress) -> str | None:
    """What speaks against connecting there ("a loopback address"), or None for a public address."""
    address = canonical(address)
    if isinstance(address, IPv4Address):
        return next((name for network, name in _V4 if address in network), None)
    if (hidden := _embedded(address)) is not None and (why := objection(hidden)) is not None:
        return f"an IPv6 form of {hidden}, {why}"
    if address in _NAT64:
        return None
    if (name := next((name for network, name in _V6 if address in network), None)) is not None:
        return name
    return None if address in _GLOBAL_UNICAST else "a reserved address"


def forms_of(address: IPAddress) -> tuple[IPAddress, ...]:
    """The address, and the IPv4 one that hides in it: whoever lists either means it."""
    address = canonical(address)
    hidden = _embedded(address) if isinstance(address, IPv6Address) else None
    return (address,) if hidden is None else (address, hidden)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a translator, relay or tunnel would take from this one."""
    low32 = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _NAT64:
        return low32
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    # ISATAP: the interface half is 0000:5efe or 0200:5efe, then the IPv4 address.
    if (int(address) >> 32) & 0xFDFF_FFFF == 0x0000_5EFE:
        return low32
    # IPv4-compatible, ::a.b.c.d; :: and ::1 have names of their own in the table.
    if int(address) >> 32 == 0 and int(address) > 1:
        return low32
    return None


def is_own_address(address: IPAddress) -> bool:
    """True where this machine itself has the address: then a socket can be bound to it."""
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
