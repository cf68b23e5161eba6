"""Ports at which nobody listens, and stays that way for as long as a test needs it.

A port that was bound and let go is anybody's: the next socket that asks for any port may get it,
a client of the same test among them. So the first kind stays bound and never listens, which
refuses every connection; the second lies outside the range from which the system hands ports out.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOWEST = 20_000
HANDED_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")


def has_ipv6() -> bool:
    """Whether this machine has the loopback address of IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as plug:
            plug.bind(("::1", 0))
    except OSError:
        return False
    return True


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port of 127.0.0.1 that refuses connections until the block ends."""
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        yield plug.getsockname()[1]


def port_of_our_own() -> int:
    """Return a free port that the system gives to nobody who did not name it.

    For a server that is stopped and started again at one address. Where the search begins differs
    from process to process: another run of these tests, beside us, looks elsewhere.
    """
    first, last = map(int, HANDED_OUT.read_text().split())
    # Where it hands them all out, one is as good as another.
    ports = [*range(LOWEST, first), *range(last + 1, 65_536)] or [*range(LOWEST, 65_536)]
    begin = os.getpid() % len(ports)
    for port in (*ports[begin:], *ports[:begin]):
        with socket.socket() as plug:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                plug.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port beside those the system hands out is free")
