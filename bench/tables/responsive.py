"""Table 2: what the API and the loop feel while one job runs at 1,000 in flight.

200 requests a second arrive on a fixed beat, answered or not: of ten, three snapshots of the busy
desk, three of the running job, three pages of its outcomes, one durable command on a queued job.
Beside it the same load on the same server at rest. A task of the bench in the server's own loop
notes every 5 ms how late it is woken.
"""

from __future__ import annotations

import time
from typing import Any

from kit import lag
from kit.procs import Pending, load, wait_until
from kit.report import Bench, table
from kit.requests import text
from kit.served import Served, folder, serving
from kit.site import Site, site

from tables.fetch import endless_job, job_body, watch

HEADERS = ("while", "request", "answered", "p50 ms", "p99 ms", "max ms")
LAG_HEADERS = ("while", "lag samples", "p50 ms", "p99 ms", "max ms")
PATTERN = ("snapshot", "job", "items") * 3 + ("command",)


def run(bench: Bench) -> str:
    with site() as target, folder() as data, folder() as notes:
        lag_file = notes / "lag.json"
        with serving(data, *target.flags, lag_file=lag_file) as server:
            desk = server.new_desk()
            watch(server, desk, target.urls(200), 1_000)
            busy, phase = while_running(server, desk, target, bench.size(50_000, 15_000))
            idle, rest = at_rest(server, desk, target, bench.size(10, 4))
        lags = lag.rows(lag_file, [phase, rest])
    rows = [*rows_of(phase.name, busy), *rows_of(rest.name, idle)]
    return f"{table(HEADERS, rows)}\n\n{table(LAG_HEADERS, lags)}"


def while_running(
    server: Served, desk: str, target: Site, count: int
) -> tuple[dict[str, Any], lag.Phase]:
    """API latencies during one job of `count` URLs, and when that was."""
    task = {**server.address, "desk": desk, "job": job_body(target.urls(count), 1_000)}
    watcher = load("watcher", task)
    wait_until(lambda: running_job(server, desk) is not None, 30, "the job runs")
    job = running_job(server, desk)
    beat = api_load(server, desk, str(job), queued_jobs(server, desk, target))
    began = time.perf_counter()
    seen = watcher.result(600)
    ended = time.perf_counter()
    beat.process.terminate()
    phase = lag.Phase(f"fetching {count / seen['seconds']:,.0f} URL/s", began, ended)
    return beat.result(60), phase


def at_rest(
    server: Served, desk: str, target: Site, seconds: int
) -> tuple[dict[str, Any], lag.Phase]:
    """The same requests, on the ended job, the desk's lane held by a job that never ends."""
    ended = server.call("GET", f"/api/desks/{desk}/jobs?status=completed&size=1")["jobs"][0]["id"]
    beat = api_load(server, desk, ended, queued_jobs(server, desk, target))
    began = time.perf_counter()
    time.sleep(seconds)
    beat.process.terminate()
    return beat.result(60), lag.Phase("at rest", began, time.perf_counter())


def running_job(server: Served, desk: str) -> str | None:
    jobs = server.call("GET", f"/api/desks/{desk}/jobs?status=running")["jobs"]
    return jobs[0]["id"] if jobs else None


def queued_jobs(server: Served, desk: str, target: Site) -> list[str]:
    """Jobs that wait in their lane behind one that runs: to pause or resume one is a durable
    command. They never end by themselves."""
    body = endless_job(target)
    made = [server.call("POST", f"/api/desks/{desk}/jobs", body)["job"] for _ in range(11)]
    return [job["id"] for job in made[1:]]


def api_load(server: Served, desk: str, job: str, queued: list[str]) -> Pending:
    base = f"/api/desks/{desk}"
    moves = [f"{base}/jobs/{id_}/{verb}" for verb in ("pause", "resume") for id_ in queued]
    requests = {
        "snapshot": [text("GET", base, server.netloc)],
        "job": [text("GET", f"{base}/jobs/{job}", server.netloc)],
        "items": [text("GET", f"{base}/jobs/{job}/items?limit=50", server.netloc)],
        "command": [text("POST", path, server.netloc) for path in moves],
    }
    task = {
        **server.address,
        "per_s": 200,
        "connections": 50,
        "requests": requests,
        "pattern": PATTERN,
        "seconds": 600,
        "expect": [200],
    }
    return load("paced", task)


def rows_of(state: str, seen: dict[str, Any]) -> list[tuple[object, ...]]:
    return [
        (state, name, one["count"], one["p50_ms"], one["p99_ms"], one["max_ms"])
        for name, one in seen.items()
    ]
