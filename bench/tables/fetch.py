"""Table 1: URLs a second through a running server, beside fetchers that keep less.

Nightdesk's clock runs from the first byte of the request that creates the job (10,000 URLs as JSON,
`start: true`) to the stream frame that says it has ended; every outcome is then on disk. A first
job of 200 URLs has started the workers, as a peer's imports are done before its clock starts.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kit.procs import BENCH, BenchError, call, load
from kit.report import Bench, megabytes, table
from kit.served import Served, folder, serving
from kit.site import Site, site

CONCURRENCY = (10, 100, 1_000)
HEADERS = ("fetcher", "keeps", "in flight", "URLs", "URL/s", "CPU ms/URL", "peak MB a process")


@dataclass(frozen=True)
class Row:
    """One fetcher at one concurrency."""

    name: str
    keeps: str
    concurrency: int
    urls: int
    seconds: float
    cpu_s: float
    peaks_bytes: tuple[int, ...]

    @property
    def per_s(self) -> float:
        return self.urls / self.seconds

    def cells(self) -> tuple[object, ...]:
        peaks = " + ".join(f"{megabytes(peak):.0f}" for peak in self.peaks_bytes)
        cpu_ms = 1e3 * self.cpu_s / self.urls
        return (self.name, self.keeps, self.concurrency, self.urls, self.per_s, cpu_ms, peaks)


@dataclass(frozen=True)
class Peer:
    """A peer script. `limit` bounds its URLs where a full run would take many minutes."""

    name: str
    keeps: str
    script: str
    storage: str = ""
    limit: int = 10_000
    limit_at_1000: int = 10_000


PEERS = (
    Peer("Scrapy", "feed file, no fsync", "fetch_scrapy.py"),
    Peer("Crawlee, file storage", "files, no fsync", "fetch_crawlee.py", "file", 1_000, 1_000),
    Peer("Crawlee, memory storage", "memory", "fetch_crawlee.py", "memory"),
    Peer("httpx, one shared client", "memory", "fetch_httpx.py", "", 2_000, 500),
    Peer("aiohttp, bare loop", "memory", "fetch_aiohttp.py"),
)


def run(bench: Bench) -> str:
    count = bench.size(10_000, 2_000)
    rounds = bench.size(3, 1)
    rows: list[Row] = []
    with site() as target:
        for concurrency in CONCURRENCY:
            rows.append(nightdesk(target, concurrency, count, rounds))
            rows += [peer_row(bench, peer, target, concurrency, count) for peer in PEERS]
    return table(HEADERS, (row.cells() for row in rows))


# ------------------------------------------------------------------------------- Nightdesk


def nightdesk(target: Site, concurrency: int, count: int, rounds: int) -> Row:
    """The median of `rounds` jobs on one server."""
    with folder() as data, serving(data, *target.flags) as server:
        desk = server.new_desk()
        watch(server, desk, target.urls(200), concurrency)
        rows = [one_job(server, desk, target, concurrency, count) for _ in range(rounds)]
        peaks = tuple(server.peaks_bytes())
    return replace(median(rows), peaks_bytes=peaks)


def one_job(server: Served, desk: str, target: Site, concurrency: int, count: int) -> Row:
    cpu_before, served_before = server.cpu_s(), target.served()
    seen = watch(server, desk, target.urls(count), concurrency)
    cpu_s = server.cpu_s() - cpu_before
    if seen["status"] != "completed" or target.served() - served_before != count:
        raise BenchError(f"not every URL was fetched exactly once: {seen}")
    page = server.call("GET", f"/api/desks/{desk}/jobs/{seen['job']}/items?status=ok&limit=1")
    if page["total"] != count:
        raise BenchError(f"{page['total']} of {count} outcomes are kept")
    return Row("Nightdesk", "outcomes, fsync", concurrency, count, seen["seconds"], cpu_s, ())


def watch(server: Served, desk: str, urls: list[str], concurrency: int) -> dict[str, object]:
    job = job_body(urls, concurrency)
    return load("watcher", {**server.address, "desk": desk, "job": job}).result(600)


def job_body(urls: list[str], concurrency: int) -> dict[str, object]:
    spec = {"concurrency": concurrency, "timeout_s": 60, "retries": 0}
    return {"kind": "fetch", "name": "bench", "items": urls, "spec": spec, "start": True}


def endless_job(target: Site) -> dict[str, object]:
    """A job that is started and does not end within any table: its one page never answers, and is
    tried again after each minute of silence."""
    body = job_body([target.hang_url()], 1)
    return {**body, "spec": {"concurrency": 1, "timeout_s": 600, "retries": 10}}


def median(rows: Iterable[Row]) -> Row:
    ordered = sorted(rows, key=lambda row: row.seconds)
    middle = statistics.median_low([row.seconds for row in ordered])
    return next(row for row in ordered if row.seconds == middle)


# ----------------------------------------------------------------------------------- peers


def peer_row(bench: Bench, peer: Peer, target: Site, concurrency: int, count: int) -> Row:
    limit = peer.limit_at_1000 if concurrency >= 1_000 else peer.limit
    urls = target.urls(min(count, limit))
    task = {"urls": urls, "concurrency": concurrency, "storage": peer.storage}
    before = target.served()
    seen = call([bench.peers_python, BENCH / "peers" / peer.script], task, timeout_s=900)
    served = target.served() - before
    if served < seen["done"]:
        raise BenchError(f"{peer.name} says {seen['done']} pages, the target served {served}")
    name = peer.name if seen["done"] == len(urls) else f"{peer.name} ({seen['done']} succeeded)"
    peaks = (seen["peak_bytes"],)
    return Row(name, peer.keeps, concurrency, len(urls), seen["seconds"], seen["cpu_s"], peaks)
