"""Commands while hostile peers are at it: what a user's durable command takes, at rest, while 200
look-ups of a job hang, while 200 sockets of the same desk do not read what the commands push to
them, while 200 connections send their request's head a byte a second, and while all of that goes
on. Beside it a bare Quart-Trio push loop under the same sockets and heads, whose "command" keeps
nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from kit.names import Blackhole, blackhole
from kit.procs import BENCH, BenchError, load, started, wait_until
from kit.report import Bench, table
from kit.requests import text
from kit.served import Served, folder, serving
from kit.site import Site, site

from tables.fetch import job_body
from tables.responsive import queued_jobs

MANY = 200
PER_S = 50
HEADERS = ("server", "while", "commands", "p50 ms", "p99 ms", "max ms")
BARE = (sys.executable, BENCH / "peers" / "bare_quart.py")
FLAGS = ("--max-sockets-per-desk", str(5 * MANY))
REST, NAMES, DEAF, SLOW = (
    "at rest",
    f"{MANY} look-ups hang",
    f"{MANY} sockets do not read",
    f"{MANY} heads dribble",
)


def run(bench: Bench) -> str:
    seconds = bench.size(12, 4)
    with site() as target, folder() as data, blackhole() as names:
        flags = (*target.flags, *FLAGS)
        with serving(data, *flags, prefix=names.prefix) as server:
            ours = list(Attacked(server, target, names, seconds).rows())
    with started(BARE) as bare:
        bare_ones = list(bare_rows(int(bare.line.split()[1]), seconds))
    return table(HEADERS, [*ours, *bare_ones])


class Attacked:
    """One server, one desk under commands, and another whose job asks for names."""

    def __init__(self, server: Served, target: Site, names: Blackhole, seconds: int) -> None:
        self.server = server
        self.names = names
        self.seconds = seconds
        self.desk = server.new_desk()
        self.target = target

    def rows(self) -> Iterator[tuple[object, ...]]:
        yield self.measured(REST)
        with self.hanging():
            yield self.measured(NAMES)
        with self.deaf():
            yield self.measured(DEAF)
        with self.slow():
            yield self.measured(SLOW)
        with ExitStack() as all_of_it:
            for attack in (self.hanging, self.deaf, self.slow):
                all_of_it.enter_context(attack())
            yield self.measured("all of it")

    def measured(self, state: str) -> tuple[object, ...]:
        seen = paced(self.server.host, self.server.port, self.commands(), self.seconds)
        return ("Nightdesk", state, seen["count"], seen["p50_ms"], seen["p99_ms"], seen["max_ms"])

    def commands(self) -> list[str]:
        """Each of so many queued jobs is paused, then each resumed: the two of one job are far
        enough apart that neither is overtaken."""
        moves = [job for _ in range(3) for job in queued_jobs(self.server, self.desk, self.target)]
        return [
            text("POST", f"/api/desks/{self.desk}/jobs/{job}/{verb}", self.server.netloc)
            for verb in ("pause", "resume")
            for job in moves
        ]

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """A job that has so many names looked up at a time, none of which is ever answered: the
        worker gives each up after a while, and the next is asked for. At most `--dns-threads` a
        worker are asked for at once, the others wait for one of those."""
        self.names.asked()
        desk = self.server.new_desk()
        urls = [f"http://h{n}.hang.example/" for n in range(20 * MANY)]
        job = self.server.call("POST", f"/api/desks/{desk}/jobs", job_body(urls, MANY))["job"]["id"]
        wait_until(lambda: self.names.asked() > 0, 30, "names are asked for")
        yield
        counts = self.server.call("GET", f"/api/desks/{desk}/jobs/{job}")["job"]["counts"]
        if counts["ok"] or counts["total"] - counts["done"] < MANY:
            raise BenchError(f"the look-ups did not hang: {counts}")
        self.server.call("POST", f"/api/desks/{desk}/jobs/{job}/cancel")

    @contextmanager
    def deaf(self) -> Iterator[None]:
        with peers(self.server.host, self.server.port, "deaf", f"/api/desks/{self.desk}/stream"):
            yield

    @contextmanager
    def slow(self) -> Iterator[None]:
        with peers(self.server.host, self.server.port, "slow"):
            yield


def bare_rows(port: int, seconds: int) -> Iterator[tuple[object, ...]]:
    host = "127.0.0.1"
    commands = [text("POST", "/push/topic", f"{host}:{port}")]
    for state, kind in ((REST, None), (DEAF, ("deaf", "/push/topic")), (SLOW, ("slow",))):
        with ExitStack() as stack:
            if kind is not None:
                stack.enter_context(peers(host, port, *kind))
            seen = paced(host, port, commands, seconds)
        row = (seen["count"], seen["p50_ms"], seen["p99_ms"], seen["max_ms"])
        yield ("bare push loop", state, *row)


@contextmanager
def peers(host: str, port: int, kind: str, *rest: str) -> Iterator[None]:
    script = BENCH / "load" / "hostile.py"
    with started([sys.executable, script, host, str(port), kind, str(MANY), *rest]):
        yield


def paced(host: str, port: int, commands: list[str], seconds: int) -> dict[str, Any]:
    task = {
        "host": host,
        "port": port,
        "per_s": PER_S,
        "connections": 20,
        "requests": {"command": commands},
        "pattern": ("command",),
        "seconds": seconds,
        "expect": [200],
    }
    return load("paced", task).result(seconds + 120)["command"]
