"""Table 6: what 10,000 desks on disk cost a server that nobody talks to, and a desk in memory."""

from __future__ import annotations

import time
from pathlib import Path

from kit.procs import cpu_s, load, memory_bytes, wakeups, written
from kit.report import Bench, megabytes, table
from kit.served import Served, folder, serving

HEADERS = ("what", "figure")


def run(bench: Bench) -> str:
    count = bench.size(10_000, 2_000)
    with folder() as data:
        names = load("fill", {"data": str(data), "count": count}).result(300)["desks"]
        rows = [("desks on disk", f"{count:,}"), ("start to ready line", start_up(data))]
        with serving(data) as server:
            rows += idle(server, bench.size(60, 10))
            rows += live(server, names[:1_000])
            told = time.perf_counter()
        rows.append(("SIGTERM to exit, these desks live", f"{time.perf_counter() - told:.2f} s"))
    return table(HEADERS, rows)


def start_up(data: Path) -> str:
    """The quickest of three starts, from exec to the ready line."""
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        with serving(data):
            taken.append(time.perf_counter() - began)
    return f"{min(taken):.2f} s"


def idle(server: Served, seconds: int) -> list[tuple[str, str]]:
    """What the server does in so many seconds in which nothing happens."""
    time.sleep(2)
    cpu, woken, io = cpu_s(server.pid), wakeups(server.pid), written(server.pid)
    time.sleep(seconds)
    now = written(server.pid)
    return [
        (f"write calls in {seconds} idle s", f"{now['syscw'] - io['syscw']:,}"),
        ("bytes written to disk meanwhile", f"{now['write_bytes'] - io['write_bytes']:,}"),
        ("CPU time meanwhile", f"{1e3 * (cpu_s(server.pid) - cpu):.0f} ms"),
        ("wake-ups meanwhile, all threads", f"{slept(woken, wakeups(server.pid)):,}"),
        ("memory of the server", f"{megabytes(memory_bytes(server.pid)):.0f} MB"),
    ]


def slept(before: dict[int, int], after: dict[int, int]) -> int:
    """Threads that have ended since are not counted."""
    return sum(count - before.get(thread, 0) for thread, count in after.items())


def live(server: Served, names: list[str]) -> list[tuple[str, str]]:
    """Wake desks by asking for them, and see what they weigh."""
    server.call("GET", f"/api/desks/{names[0]}")
    before = memory_bytes(server.pid)
    began = time.perf_counter()
    for name in names:
        server.call("GET", f"/api/desks/{name}")
    taken = time.perf_counter() - began
    grown = (memory_bytes(server.pid) - before) / len(names)
    return [
        ("memory a live desk", f"{grown / 1e3:.1f} kB (of {len(names):,}, one ended job each)"),
        ("waking a desk by GET, one at a time", f"{1e3 * taken / len(names):.1f} ms each"),
    ]
