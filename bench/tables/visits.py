"""Visits a second in the server's browser, beside bare Playwright; memory and lag meanwhile.

A visit is a fresh context, one page, one `goto`, and the context's end. Both sides drive the same
Chromium, turn by turn, on the same target process; the peer's arguments are Playwright's own and
those of ours that keep it quiet. Nightdesk's clock runs from the request that creates the job to
the stream frame that says it has ended, so leases, egress proxy, outcomes on disk and browsers that
are recycled are in it; the peer's runs in its loop.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit import lag
from kit.procs import BENCH, BenchError, call, children, load, pss_bytes
from kit.report import Bench, megabytes, table
from kit.served import Served, folder, serving
from kit.site import Site, site

from workers.browser.find import find_chromium
from workers.chromium import QUIET

PAGES = (1, 2, 4)
WARM_VISITS = 8
HEADERS = ("pages", "visits", "Nightdesk, 1/s", "bare Playwright, 1/s", "ratio %", "of each turn")
MEMORY_HEADERS = ("after", "samples", "worker and browser, MB (PSS, median)")
LAG_HEADERS = ("while", "lag samples", "p50 ms", "p99 ms", "max ms")
# So many visits around a count are "after" it: a browser's whole life, from new to recycled.
AROUND_VISITS = 50
_SAMPLE_S = 0.25


@dataclass(frozen=True)
class Turn:
    """Visits a second of both sides, one right after the other."""

    ours: float
    bare: float

    @property
    def percent(self) -> float:
        return 100 * self.ours / self.bare


def run(bench: Bench) -> str:
    visits, turns = bench.size(400, 60), bench.size(5, 1)
    last = bench.size(1_000, 300)
    with site() as target, folder() as data:
        lag_file = data / "lag"
        with serving(data / "served", *flags(target), lag_file=lag_file) as server:
            desk = server.new_desk()
            watch(server, desk, target.urls(WARM_VISITS), 4)
            rates, phases = [], []
            for pages in PAGES:
                seen = [turn(server, desk, target, pages, visits, phases) for _ in range(turns)]
                rates.append(row(pages, visits, seen))
            memory = memory_rows(server, desk, target, last)
        lags = lag.rows(lag_file, phases_of(phases))
    return "\n\n".join(
        (table(HEADERS, rates), table(MEMORY_HEADERS, memory), table(LAG_HEADERS, lags))
    )


def flags(target: Site) -> list[str]:
    return [*target.flags, "--browser-pages", str(max(PAGES)), "--sample-site", "off"]


def row(pages: int, visits: int, seen: list[Turn]) -> tuple[object, ...]:
    ours, bare = (statistics.median(side) for side in zip(*map(both, seen), strict=True))
    each = " ".join(f"{one.percent:.0f}" for one in seen)
    return (pages, visits, ours, bare, statistics.median(one.percent for one in seen), each)


def both(one: Turn) -> tuple[float, float]:
    return one.ours, one.bare


def turn(
    server: Served, desk: str, target: Site, pages: int, visits: int, phases: list[lag.Phase]
) -> Turn:
    began = time.perf_counter()
    ours = nightdesk(server, desk, target, pages, visits)
    phases.append(lag.Phase(f"{pages} pages", began, time.perf_counter()))
    return Turn(visits / ours, visits / playwright(target, pages, visits))


def phases_of(phases: list[lag.Phase]) -> list[lag.Phase]:
    """The first turn of each number of pages: a phase is one stretch of time."""
    first: dict[str, lag.Phase] = {}
    for phase in phases:
        first.setdefault(phase.name, phase)
    return list(first.values())


# ------------------------------------------------------------------------------- Nightdesk


def nightdesk(server: Served, desk: str, target: Site, pages: int, visits: int) -> float:
    before = target.served()
    seen = watch(server, desk, target.urls(visits), pages)
    if seen["status"] != "completed" or target.served() - before != visits:
        raise BenchError(f"not every page was visited exactly once: {seen}")
    return seen["seconds"]


def watch(server: Served, desk: str, urls: list[str], pages: int) -> dict[str, Any]:
    task = {**server.address, "desk": desk, "job": job_body(urls, pages)}
    return load("watcher", task).result(900)


def job_body(urls: list[str], pages: int) -> dict[str, Any]:
    items = [{"url": url, "path": [{"do": "goto", "url": url}]} for url in urls]
    spec = {"concurrency": pages, "retries": 0}
    return {"kind": "visit", "name": "bench", "items": items, "spec": spec, "start": True}


def memory_rows(server: Served, desk: str, target: Site, last: int) -> list[tuple[object, ...]]:
    """What the worker and its browser take up, sampled while one job runs past `last` visits."""
    task = {
        **server.address,
        "desk": desk,
        "job": job_body(target.urls(last + AROUND_VISITS), max(PAGES)),
    }
    watcher = load("watcher", task)
    samples: list[tuple[int, int]] = []
    while watcher.process.poll() is None:
        done = server.call("GET", f"/api/desks/{desk}/jobs?size=1")["jobs"][0]["counts"]["done"]
        samples.append((done, sum(map(pss_bytes, children(server.pid)))))
        time.sleep(_SAMPLE_S)
    if watcher.result(60)["status"] != "completed":
        raise BenchError("the visits that memory was measured at did not all succeed")
    return [memory_row(samples, count) for count in (100, last)]


def memory_row(samples: list[tuple[int, int]], count: int) -> tuple[object, ...]:
    near = [size for done, size in samples if abs(done - count) <= AROUND_VISITS]
    if not near:
        raise BenchError(f"no sample of the memory near {count} visits")
    return (f"visits: {count:,}", len(near), megabytes(int(statistics.median(near))))


# ------------------------------------------------------------------------------------ peer


def playwright(target: Site, pages: int, visits: int) -> float:
    task = {
        "chromium": str(find_chromium("")),
        "args": peer_args(),
        "urls": target.urls(visits),
        "warm_urls": target.urls(WARM_VISITS),
        "pages": pages,
    }
    before = target.served()
    script = Path("peers") / "visit_playwright.py"
    seen = call([sys.executable, BENCH / script], task, timeout_s=900)
    if seen["done"] != visits or target.served() - before != visits + WARM_VISITS:
        raise BenchError(f"the peer says {seen['done']} pages, the target served others")
    return seen["seconds"]


def peer_args() -> list[str]:
    """Chromium's arguments as Nightdesk has them, but for those that make a proxy its only way."""
    return [
        *QUIET,
        "--disable-quic",
        "--disable-gpu",
        *(("--no-sandbox",) if os.geteuid() == 0 else ()),
    ]
