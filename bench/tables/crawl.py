"""Pages a second of a crawl that begins at one page, beside Scrapy on the same site.

Nightdesk's clock runs from the first byte of the request that creates the job to the stream frame
that says it has ended: every address that was found and every outcome is then on disk. Links are
read in its jailed helper. A first crawl of a small site has started the worker and the helper.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from kit.procs import BENCH, BenchError, call, load
from kit.report import Bench, megabytes, table
from kit.served import Served, folder, serving
from kit.site import Site, site

CONCURRENCY = (2, 16)
HEADERS = ("crawler", "keeps", "in flight", "pages", "pages/s", "CPU ms/page", "peak MB a process")


@dataclass(frozen=True)
class Seen:
    """One crawl of the whole site."""

    seconds: float
    cpu_s: float
    peaks_bytes: tuple[int, ...]


def run(bench: Bench) -> str:
    count = bench.size(10_000, 2_000)
    rounds = bench.size(3, 1)
    rows = []
    with site() as target:
        for concurrency in CONCURRENCY:
            ours = [nightdesk(target, concurrency, count) for _ in range(rounds)]
            rows.append(
                cells("Nightdesk", "found items, outcomes, fsync", concurrency, count, ours)
            )
            theirs = [scrapy(bench, target, concurrency, count) for _ in range(rounds)]
            rows.append(cells("Scrapy", "feed file, no fsync", concurrency, count, theirs))
    return table(HEADERS, rows)


def cells(
    name: str, keeps: str, concurrency: int, count: int, rounds: list[Seen]
) -> tuple[object, ...]:
    middle = statistics.median_low([seen.seconds for seen in rounds])
    seen = next(each for each in rounds if each.seconds == middle)
    peaks = " + ".join(f"{megabytes(peak):.0f}" for peak in seen.peaks_bytes)
    cpu_ms = 1e3 * seen.cpu_s / count
    return (name, keeps, concurrency, count, count / seen.seconds, cpu_ms, peaks)


def nightdesk(target: Site, concurrency: int, count: int) -> Seen:
    with folder() as data, serving(data, *target.flags) as server:
        desk = server.new_desk()
        watch(server, desk, target.front_url(50), 50, concurrency)
        cpu_before, served_before = server.cpu_s(), target.served()
        seconds = watch(server, desk, target.front_url(count), count, concurrency)
        check("Nightdesk", target.served() - served_before, count)
        return Seen(seconds, server.cpu_s() - cpu_before, tuple(server.peaks_bytes()))


def watch(server: Served, desk: str, url: str, count: int, concurrency: int) -> float:
    """How long a crawl of the site took. Its pages are its only items."""
    spec = {"max_items": count, "depth": 50, "sitemap": False, "concurrency": concurrency}
    job = {"kind": "crawl", "name": "bench", "items": [url], "spec": spec, "start": True}
    seen = load("watcher", {**server.address, "desk": desk, "job": job}).result(600)
    page = server.call("GET", f"/api/desks/{desk}/jobs/{seen['job']}/items?status=ok&limit=1")
    if seen["status"] != "completed" or page["total"] != count:
        raise BenchError(f"{page['total']} of {count} outcomes are kept: {seen}")
    return float(seen["seconds"])


def scrapy(bench: Bench, target: Site, concurrency: int, count: int) -> Seen:
    before = target.served()
    task = {"url": target.front_url(count), "concurrency": concurrency}
    script = BENCH / "peers" / "crawl_scrapy.py"
    seen = call([bench.peers_python, script], task, timeout_s=900)
    check("Scrapy", target.served() - before, count)
    return Seen(seen["seconds"], seen["cpu_s"], (seen["peak_bytes"],))


def check(name: str, served: int, count: int) -> None:
    if served != count:
        raise BenchError(f"{name} asked for {served} pages of {count}")
