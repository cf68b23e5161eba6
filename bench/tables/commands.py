"""Table 3: durable commands a second, each answered after its effect is on disk.

A command pauses or resumes a queued job, so that each one moves the state machine: every desk has
one job that holds its lane (its page never answers) and as many queued ones as commands are in
flight. Once through HTTP (one connection a command in flight), once at the desk itself
(`load/desks.py`: store and supervisor without a server), and beside what a peer calls durable.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from kit.procs import BENCH, call, load
from kit.report import Bench, table
from kit.requests import text
from kit.served import Served, folder, serving
from kit.site import Site, site

from tables.fetch import endless_job

SHAPES = ((1, 1), (1, 10), (50, 1), (50, 10), (500, 1), (500, 10))
PEERS = (("Huey, SQLite, fsync", "enqueue_huey.py"), ("DBOS, SQLite", "enqueue_dbos.py"))
PEER_THREADS = (1, 10, 50)
# One client has a connection for each command in flight: more than a server lets one client have.
MANY_CONNECTIONS = ("--max-connections-per-client", "16384")
HEADERS = ("what", "desks", "in flight each", "acks/s", "p50 ms", "p99 ms", "syncs a command")


def run(bench: Bench) -> str:
    rows: list[tuple[object, ...]] = []
    seconds = bench.size(10, 2)
    with site() as target:
        for desks, each in SHAPES:
            print(f"bench: commands, {desks} desks, {each} in flight", file=sys.stderr, flush=True)
            rows.append(at_the_desk(desks, each, seconds))
            rows += through_http(target, desks, each, seconds)
    for name, script in PEERS:
        rows += [peer_row(bench, name, script, threads, seconds) for threads in PEER_THREADS]
    return table(HEADERS, rows)


def row(what: str, desks: int, each: int, seen: Mapping[str, Any]) -> tuple[object, ...]:
    syncs = seen.get("syncs_per_command", "-")
    return (what, desks, each, seen["per_s"], seen["p50_ms"], seen["p99_ms"], syncs)


def at_the_desk(desks: int, each: int, seconds: int) -> tuple[object, ...]:
    with folder() as data:
        task = {"data": str(data), "desks": desks, "each": each, "seconds": seconds}
        return row("desk: pause, resume", desks, each, load("desks", task).result(300))


# --------------------------------------------------------------------------------- over HTTP


def through_http(target: Site, desks: int, each: int, seconds: int) -> list[tuple[object, ...]]:
    """A row of pauses and resumes, and one of creates on the same desks."""
    with folder() as data, serving(data, *target.flags, *MANY_CONNECTIONS) as server:
        names = [server.new_desk() for _ in range(desks)]
        closed(server, [[create(server, desk, target, start=True)] for desk in names], None)
        closed(server, [[create(server, desk, target, start=True)] * each for desk in names], None)
        moves = closed(server, [c for desk in names for c in moved(server, desk, each)], seconds)
        count = max(1, min(60, 3_000 // (desks * each)))
        body = [[create(server, desk, target, start=False)] * count for desk in names] * each
        creates = closed(server, body, None)
    return [
        row("HTTP: pause, resume", desks, each, moves),
        row("HTTP: create a job", desks, each, creates),
    ]


def closed(server: Served, connections: list[list[str]], seconds: int | None) -> dict[str, Any]:
    task = {"connections": connections, "seconds": seconds, "expect": [200, 201]}
    return load("closed", {**server.address, **task}).result(300)


def create(server: Served, desk: str, target: Site, *, start: bool) -> str:
    body = {**endless_job(target), "start": start}
    return text("POST", f"/api/desks/{desk}/jobs", server.netloc, body)


def moved(server: Served, desk: str, each: int) -> list[list[str]]:
    """For each queued job of a desk: pause, resume, in turn, on a connection of its own."""
    jobs = server.call("GET", f"/api/desks/{desk}/jobs?status=queued&size={each}")["jobs"]
    base = f"/api/desks/{desk}/jobs"
    return [
        [text("POST", f"{base}/{job['id']}/{verb}", server.netloc) for verb in ("pause", "resume")]
        for job in jobs
    ]


# ------------------------------------------------------------------------------------- peers


def peer_row(
    bench: Bench, name: str, script: str, threads: int, seconds: int
) -> tuple[object, ...]:
    with folder() as where:
        task = {"folder": str(where), "in_flight": threads, "seconds": seconds}
        seen = call([bench.peers_python, BENCH / "peers" / script], task)
    latencies = seen["latencies_s"]
    figures = {
        "per_s": seen["done"] / seen["seconds"],
        "p50_ms": 1e3 * latencies[len(latencies) // 2],
        "p99_ms": 1e3 * latencies[len(latencies) * 99 // 100],
    }
    return row(f"{name}: enqueue", 1, threads, figures)
