"""The dialect of BatchGo beside the native API on the same server: what its words cost.

A Silent task of so many URLs by `POST /api/batchopen/silent-start`, and the same as a native job of
kind `fetch`, in turns, at the same concurrency; both clocks run from the first byte of the request
to the stream frame that says it has ended. Then what it takes to create a task of 1,000 URLs, and
to page through a list of 1,000 tasks.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from kit.procs import BenchError, load
from kit.report import Bench, table
from kit.served import Served, folder, serving
from kit.site import Site, site

from tables.fetch import job_body

# What a task of the dialect has where it says nothing of it.
CONCURRENCY = 5
TASKS = 1_000
PAGES = (20, 100)
RATE_HEADERS = ("in flight", "URLs", "native, URL/s", "BatchGo, URL/s", "ratio %", "of each turn")
TIME_HEADERS = ("request", "times", "p50 ms", "max ms")
_FLAGS = ("--opening-tokens", "100000000", "--max-jobs", "2000", "--sample-site", "off")


def run(bench: Bench) -> str:
    count, turns, times = bench.size(10_000, 1_000), bench.size(3, 2), bench.size(20, 5)
    with site() as target, folder() as data:
        with serving(data / "rates", *target.flags, *_FLAGS) as server:
            one(server, target, native, 200, CONCURRENCY)
            rates = [
                rate_row(server, target, in_flight, count, turns)
                for in_flight in (CONCURRENCY, 100)
            ]
        with serving(data / "times", *target.flags, *_FLAGS) as server:
            rows = time_rows(server, target, times)
    return "\n\n".join((table(RATE_HEADERS, rates), table(TIME_HEADERS, rows)))


# ----------------------------------------------------------------------------------- rates

Request = Callable[[list[str], int], dict[str, Any]]


def native(urls: list[str], in_flight: int) -> dict[str, Any]:
    return {"job": job_body(urls, in_flight)}


def silent(urls: list[str], in_flight: int) -> dict[str, Any]:
    body = {"urls": urls, "concurrency": in_flight, "timeout": 60, "retry_count": 0}
    return {"path": "/api/batchopen/silent-start", "job": body, "made": 200, "name": "task_id"}


def rate_row(
    server: Served, target: Site, in_flight: int, count: int, turns: int
) -> tuple[object, ...]:
    seen = [
        (
            one(server, target, native, count, in_flight),
            one(server, target, silent, count, in_flight),
        )
        for _ in range(turns)
    ]
    rates = [count / statistics.median(side) for side in zip(*seen, strict=True)]
    percents = [100 * ours / dialect for ours, dialect in seen]
    each = " ".join(f"{percent:.0f}" for percent in percents)
    return (in_flight, count, *rates, statistics.median(percents), each)


def one(server: Served, target: Site, request: Request, count: int, in_flight: int) -> float:
    """Seconds for all of them."""
    before = target.served()
    task = {**server.address, "desk": "local", **request(target.urls(count), in_flight)}
    seen = load("watcher", task).result(600)
    if seen["status"] != "completed" or target.served() - before != count:
        raise BenchError(f"not every URL was fetched exactly once: {seen}")
    return float(seen["seconds"])


# ----------------------------------------------------------------------------------- times


def time_rows(server: Served, target: Site, times: int) -> list[tuple[object, ...]]:
    body = {"name": "bench", "mode": "silent", "urls": target.urls(1_000), "config": {"silent": {}}}
    creating = [timed(lambda: made(server, body)) for _ in range(times)]
    small = {**body, "urls": target.urls(1)}
    for _ in range(TASKS - times):
        made(server, small)
    return [
        row("create a task of 1,000 URLs", creating),
        *(list_row(server, size, times) for size in PAGES),
    ]


def list_row(server: Served, size: int, times: int) -> tuple[object, ...]:
    spent = [timed(lambda: listed(server, TASKS // size, size)) for _ in range(times)]
    return row(f"the last page of {TASKS:,} tasks, {size} a page", spent)


def made(server: Served, body: dict[str, Any]) -> None:
    server.call("POST", "/api/v1/batchgo/tasks", body)


def listed(server: Served, page: int, size: int) -> None:
    answer = server.call("GET", f"/api/v1/batchgo/tasks?page={page}&size={size}")
    if answer["total"] != TASKS or len(answer["tasks"]) != size:
        raise BenchError(f"{answer['total']} tasks, {len(answer['tasks'])} of them on a page")


def timed(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return 1e3 * (time.perf_counter() - began)


def row(name: str, spent_ms: list[float]) -> tuple[object, ...]:
    return (name, len(spent_ms), statistics.median(spent_ms), max(spent_ms))
