"""Tables 4 and 5: polls that find nothing new, and changes that reach who watches.

Both run beside a Quart-Trio app with nothing in it, on the same Hypercorn, by the same load client,
turn by turn.
"""

from __future__ import annotations

import statistics
import sys
from typing import Any

from kit.procs import BENCH, load, memory_bytes, started
from kit.report import Bench, megabytes, table
from kit.requests import text
from kit.served import Served, folder, serving
from kit.site import Site, site

from tables.fetch import endless_job

BARE = (sys.executable, BENCH / "peers" / "bare_quart.py")
CONNECTIONS = (1, 16)
POLL_HEADERS = ("in flight", "Nightdesk 304/s", "empty handler/s", "share", "p50 ms", "bare p50 ms")
STREAM_HEADERS = (
    "server",
    "commands",
    "frames",
    "answered p50 ms",
    "p99 ms",
    "command to frame p50 ms",
    "p99 ms",
    "answer to frame p50 ms",
    "p99 ms",
    "first frame to frame p50 ms",
    "p99 ms",
    "MB",
)


# -------------------------------------------------------------------------------------- poll


def poll(bench: Bench) -> str:
    rounds, seconds = bench.size(5, 3), bench.size(4, 1)
    with folder() as data, serving(data) as server, started(BARE) as bare:
        poll_text = unchanged(server)
        port = int(bare.line.split()[1])
        empty_text = text("GET", "/empty", f"127.0.0.1:{port}")
        rows = []
        for count in CONNECTIONS:
            ours, theirs = [], []
            for _ in range(rounds):
                ours.append(drive(server.host, server.port, poll_text, count, seconds))
                theirs.append(drive("127.0.0.1", port, empty_text, count, seconds))
            rows.append(poll_row(count, ours, theirs))
    return table(POLL_HEADERS, rows)


def unchanged(server: Served) -> str:
    """A poll of a desk that has not changed since."""
    desk = server.new_desk()
    revision = server.call("GET", f"/api/desks/{desk}")["revision"]
    return text("GET", f"/api/desks/{desk}", server.netloc, If_None_Match=f'"{revision}"')


def drive(host: str, port: int, request: str, count: int, seconds: int) -> dict[str, Any]:
    connections = [[request]] * count
    task = {"connections": connections, "seconds": seconds, "expect": [304]}
    return load("closed", {"host": host, "port": port, **task}).result(120)


def poll_row(
    count: int, ours: list[dict[str, Any]], theirs: list[dict[str, Any]]
) -> tuple[object, ...]:
    a = statistics.median(one["per_s"] for one in ours)
    b = statistics.median(one["per_s"] for one in theirs)
    p50s = [statistics.median(one["p50_ms"] for one in runs) for runs in (ours, theirs)]
    return (count, a, b, f"{a / b:.0%}", *p50s)


# ------------------------------------------------------------------------------------ stream


def stream(bench: Bench) -> str:
    """1,000 subscribers over 20 desks; first one desk changed at a time, then all at once."""
    rows: list[tuple[object, ...]] = []
    with site() as target, folder() as data, started(BARE) as bare:
        port = int(bare.line.split()[1])
        with serving(data, *target.flags) as server:
            ours = [watched(server, target) for _ in range(20)]
            theirs = [pushed(port, n) for n in range(20)]
            for name, stagger_s in (("one by one", 0.05), ("all at once", 0.0)):
                task = {
                    "rounds": bench.size(30, 6),
                    "stagger_s": stagger_s,
                    "rest_s": 0.5,
                }
                seen = follow({**server.address, "groups": ours, **task})
                rows.append(stream_row("Nightdesk", name, seen, server.pid))
                seen = follow({"host": "127.0.0.1", "port": port, "groups": theirs, **task})
                rows.append(stream_row("bare push loop", name, seen, bare.pid))
    return table(STREAM_HEADERS, rows)


def follow(task: dict[str, Any]) -> dict[str, Any]:
    return load("subscribers", task).result(300)


def watched(server: Served, target: Site) -> dict[str, Any]:
    """A desk with a job that holds its lane and a queued one to pause and resume; 50 watch it."""
    desk = server.new_desk()
    base = f"/api/desks/{desk}/jobs"
    body = endless_job(target)
    server.call("POST", base, body)
    queued = server.call("POST", base, body)["job"]["id"]
    commands = [
        text("POST", f"{base}/{queued}/{verb}", server.netloc) for verb in ("pause", "resume")
    ]
    return {"path": f"/api/desks/{desk}/stream", "count": 50, "commands": commands}


def pushed(port: int, n: int) -> dict[str, Any]:
    command = text("POST", f"/push/{n}", f"127.0.0.1:{port}", {})
    return {"path": f"/push/{n}", "count": 50, "commands": [command]}


def stream_row(name: str, how: str, seen: dict[str, Any], pid: int) -> tuple[object, ...]:
    times = [
        seen[what][quantile]
        for what in ("answer", "since_sent", "since_answer", "since_first")
        for quantile in ("p50_ms", "p99_ms")
    ]
    return (name, how, seen["frames"], *times, megabytes(memory_bytes(pid)))
