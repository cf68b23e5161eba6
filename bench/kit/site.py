"""The target site of the tables, seen from the bench: its process and its addresses."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

from kit.procs import BENCH, cpu_s, started
from kit.target import HOSTS


class Site:
    """The running target."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.port = port

    @property
    def flags(self) -> list[str]:
        """What lets Nightdesk fetch from it."""
        return [part for host in HOSTS for part in ("--allow-target", f"{host}:{self.port}")]

    def urls(self, count: int) -> list[str]:
        return [f"http://{HOSTS[n % len(HOSTS)]}:{self.port}/p/{n}" for n in range(count)]

    def front_url(self, count: int) -> str:
        """The first page of a site of so many that link to each other."""
        return f"http://{HOSTS[0]}:{self.port}/c/{count}/0"

    def hang_url(self) -> str:
        return f"http://{HOSTS[0]}:{self.port}/hang"

    def served(self) -> int:
        """How many pages it has served: the check that nobody counts what he did not fetch."""
        connection = HTTPConnection(HOSTS[0], self.port, timeout=30)
        connection.request("GET", "/served")
        with connection.getresponse() as reply:
            count = int(reply.read())
        connection.close()
        return count

    def cpu_s(self) -> float:
        return cpu_s(self.pid)


@contextmanager
def site() -> Iterator[Site]:
    with started([sys.executable, BENCH / "kit" / "target.py"]) as child:
        yield Site(child.pid, int(child.line.split()[1]))
