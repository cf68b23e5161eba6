"""Lines of a log that scrolls in many sockets of the task manager: none lost, and how late each is.

A kind that says lines at a steady pace is brought by an entry point, as any package could. Each
line is said with the time that it was said at, and goes all the way: worker, runner, the job's log
on disk, and from there into every socket, in both vocabularies.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from kit.lag import Phase, rows
from kit.procs import BENCH, BenchError, load
from kit.report import Bench, table
from kit.served import Served, folder, serving

KINDS = BENCH / "kinds"
SUBSCRIBERS = 20
# What an item may say for ever is more than that; more is said by several.
ITEM_LINES_PER_S = 2_000
PACES = (2_000, 4_000, 8_000, 16_000)
# Who is later than that does not keep up.
BEHIND_MS = 1_000.0
HEADERS = (
    "lines/s", "sockets", "said", "sent", "lost", "disordered",
    "p50 ms", "p99 ms", "max ms", "CPU s/s", "loop lag p99 ms",
)  # fmt: skip


def run(bench: Bench) -> str:
    seconds = bench.size(10, 3)
    written = []
    for pace in PACES if not bench.quick else PACES[:2]:
        row, p99_ms = measured(pace, seconds)
        written.append(row)
        if p99_ms > BEHIND_MS:
            break
    return table(HEADERS, written)


def measured(pace: int, seconds: int) -> tuple[tuple[object, ...], float]:
    """A row, and how late the latest hundredth was."""
    with folder() as data:
        lag_file, path = data / "lag.json", brought(data / "kinds")
        with serving(data / "data", lag_file=lag_file, prefix=("env", path)) as server:
            seen, cpu_s = scrolled(server, pace, seconds)
        lag = rows(lag_file, [Phase("scroll", seen["began"], seen["ended"])])[0]
    if seen["lost"] or seen["disorder"]:
        raise BenchError(f"{pace} lines/s: {seen['lost']} lost, {seen['disorder']} disordered")
    times = [seen[name] for name in ("p50_ms", "p99_ms", "max_ms")]
    figures = (seen["said"], seen["heard"], seen["lost"], seen["disorder"])
    return (pace, SUBSCRIBERS, *figures, *times, cpu_s, lag[3]), seen["p99_ms"]


def scrolled(server: Served, pace: int, seconds: int) -> tuple[dict[str, Any], float]:
    """What the sockets saw, and what the server and its worker used of a core meanwhile."""
    item = {"lines_per_s": ITEM_LINES_PER_S, "seconds": seconds}
    warm = {"kind": "noisy", "items": [{"lines_per_s": 1, "seconds": 0}], "start": True}
    server.call("POST", "/api/desks/local/jobs", warm)
    task = {
        **server.address,
        "path": "/api/ws",
        "count": SUBSCRIBERS,
        "jobs": "/api/desks/local/jobs",
        "job": {"kind": "noisy", "items": [item] * (pace // ITEM_LINES_PER_S), "start": True},
        "lines": ITEM_LINES_PER_S * seconds,
        "idle_s": 15,
    }
    client = load("scrollers", task)
    time.sleep(2.0)
    cpu_before, began = server.cpu_s(), time.perf_counter()
    seen = client.result(120 + 20 * seconds)
    return seen, (server.cpu_s() - cpu_before) / (time.perf_counter() - began)


def brought(about: Path) -> str:
    """The kind as an installed package: what to set for a server to find it."""
    info = about / "noisy_kind-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: noisy-kind\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[nightdesk.executors]\nnoisy = noisy_kind.spec:NoisySpec\n"
    )
    return f"PYTHONPATH={about}:{KINDS}"
