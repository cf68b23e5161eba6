"""Documents of a template: letters a minute, beside docxtpl and docxtemplater; PDFs beside bare
calls of soffice; what the API, the loop and the memory feel meanwhile.

A letter of one page, 20 paragraphs and a table. Our clock runs from the first byte of the request
that creates and starts the job until its archive is downloaded and every byte of it checked; every
document is on disk, synced and recorded by then. The peers' runs over the same rows, each document
written to a file of its own, nothing synced, on one core, as that is what they are.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kit import lag, letters, library
from kit.procs import BENCH, BenchError, Pending, call, load, pss_bytes, wait_until
from kit.report import Bench, megabytes, table
from kit.requests import text
from kit.served import Served, folder, serving

from tables.responsive import running_job
from workers.office.find import find_office

NODE = "node"
HEADERS = ("maker", "documents", "a minute", "ms CPU each", "peak MB", "of each turn, a minute")
BUSY_HEADERS = ("10,000 rows", "p50 ms", "p99 ms", "max ms")
MEMORY_HEADERS = ("documents", "a minute", "all processes at most, MB (PSS)", "server at most, MB")
API_PER_S = 100
_SAMPLE_S = 0.25
_FLAGS = ("--sample-site", "off")


def run(bench: Bench) -> str:
    count, turns = bench.size(1_000, 200), bench.size(3, 1)
    with folder() as place:
        template = place / "letter.docx"
        template.write_bytes(letters.letter())
        with serving(place / "rates", *_FLAGS) as server:
            ours = Documents(server, place, template)
            ours.one(100, "docx")
            rows = docx_rows(ours, count, turns)
            rows += pdf_rows(ours, bench.size(200, 20), bench.size(20, 3))
        busy, memory = while_busy(place, template, bench.size(10_000, 1_000))
    return "\n\n".join(
        (table(HEADERS, rows), table(BUSY_HEADERS, busy), table(MEMORY_HEADERS, [memory]))
    )


class Documents:
    """One server and one desk with the letter in its library."""

    def __init__(self, server: Served, place: Path, template: Path) -> None:
        self.server = server
        self.place = place
        self.template = template
        self.desk = server.new_desk()
        data = template.read_bytes()
        library.keep(server, self.desk, "templates", "letter", template.name, data)

    def task(self, count: int, format: str) -> dict[str, Any]:
        """For the client that follows a job; its table is in the library when this returns."""
        source = letters.table(letters.rows(count))
        library.keep(self.server, self.desk, "data-sources", "people", "people.csv", source)
        spec = {
            "templates": ["letter"],
            "data_source": "people",
            "format": format,
            "file_name": "{{ name }}",
        }
        job = {"kind": "document", "name": "bench", "spec": spec, "start": True}
        return {**self.server.address, "desk": self.desk, "job": job}

    def one(self, count: int, format: str) -> dict[str, Any]:
        """So many documents, from the request to the archive that was checked."""
        task, before = self.task(count, format), self.server.cpu_s()
        return self.fetched(load("watcher", task).result(900), count, before)

    def fetched(self, seen: dict[str, Any], count: int, cpu_before: float) -> dict[str, Any]:
        if seen["status"] != "completed":
            raise BenchError(f"not every document was made: {seen}")
        archive = self.place / "documents.zip"
        began = time.perf_counter()
        library.download(self.server, self.desk, seen["job"], archive)
        library.check(archive, count)
        seconds = float(seen["seconds"]) + time.perf_counter() - began
        archive.unlink()
        cpu_s, peak = self.server.cpu_s() - cpu_before, sum(self.server.peaks_bytes())
        return {"seconds": seconds, "cpu_s": cpu_s, "peak_bytes": peak}


# -------------------------------------------------------------------------- letters a minute


def docx_rows(ours: Documents, count: int, turns: int) -> list[tuple[object, ...]]:
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "Nightdesk": lambda: ours.one(count, "docx"),
        "docxtpl, one core": lambda: peer(ours, docxtpl(), count),
        "docxtemplater on Node, one core": lambda: peer(ours, docxtemplater(), count),
    }
    seen = {name: [make() for _ in range(turns)] for name, make in makers.items()}
    return [row(name, count, each) for name, each in seen.items()]


def docxtpl() -> list[str | Path]:
    return [sys.executable, BENCH / "peers" / "documents_docxtpl.py"]


def docxtemplater() -> list[str | Path]:
    if shutil.which(NODE) is None:
        raise BenchError("docxtemplater needs Node 20 or newer: it is not there")
    return [NODE, BENCH / "peers" / "documents_docxtemplater.cjs"]


def peer(ours: Documents, argv: Sequence[str | Path], count: int) -> dict[str, Any]:
    with folder() as made:
        task = {
            "template": str(ours.template),
            "rows": letters.rows(count),
            "folder": str(made),
        }
        seen = call(argv, task, timeout_s=900)
    return checked(seen, count)


def checked(seen: dict[str, Any], count: int) -> dict[str, Any]:
    if seen["done"] != count:
        raise BenchError(f"the peer made {seen['done']} documents of {count}")
    return seen


def row(name: str, count: int, turns: Sequence[dict[str, Any]]) -> tuple[object, ...]:
    rates = [60 * count / seen["seconds"] for seen in turns]
    cpu_ms = statistics.median(1e3 * seen["cpu_s"] / count for seen in turns)
    peak = megabytes(max(seen["peak_bytes"] for seen in turns))
    each = " ".join(f"{rate:,.0f}" for rate in rates)
    return (name, count, statistics.median(rates), cpu_ms, peak, each)


# ----------------------------------------------------------------------------- PDFs a minute


def pdf_rows(ours: Documents, count: int, bare: int) -> list[tuple[object, ...]]:
    ours.one(4, "pdf")
    made = [row("Nightdesk, PDF", count, [ours.one(count, "pdf")])]
    return [*made, row("soffice, a call each", bare, [soffice(ours, bare)])]


def soffice(ours: Documents, count: int) -> dict[str, Any]:
    """The same letters, made by docxtpl beforehand."""
    office = find_office("")
    with folder() as documents, folder() as made:
        task = {"template": str(ours.template), "rows": letters.rows(count)}
        call(docxtpl(), {**task, "folder": str(documents)})
        paths = sorted(map(str, documents.iterdir()))
        task = {"soffice": str(office / "soffice"), "documents": paths, "folder": str(made)}
        script = BENCH / "peers" / "print_soffice.py"
        return checked(call([sys.executable, script], task, timeout_s=900), count)


# ------------------------------------------------------------------------------- meanwhile


def while_busy(
    place: Path, template: Path, count: int
) -> tuple[list[tuple[object, ...]], tuple[object, ...]]:
    """(what the API and the loop felt during one job of `count`, what the processes held)."""
    lag_file = place / "lag.json"
    with serving(place / "busy", *_FLAGS, lag_file=lag_file) as server:
        ours = Documents(server, place, template)
        ours.one(100, "docx")
        task, before = ours.task(count, "docx"), server.cpu_s()
        watcher, began = load("watcher", task), time.perf_counter()
        wait_until(lambda: running_job(server, ours.desk) is not None, 60, "the job runs")
        beat = api_load(server, ours.desk, str(running_job(server, ours.desk)))
        samples = sampled(server, watcher)
        seen = ours.fetched(watcher.result(900), count, before)
        ended = time.perf_counter()
        beat.process.terminate()
        felt, server_peak = beat.result(60), server.peaks_bytes()[0]
    rows = [
        (f"API: {name}", one["p50_ms"], one["p99_ms"], one["max_ms"]) for name, one in felt.items()
    ]
    ((_, _, *lags),) = lag.rows(lag_file, [lag.Phase("busy", began, ended)])
    held = (megabytes(max(samples)), megabytes(server_peak))
    return [*rows, ("loop lag", *lags)], (count, 60 * count / seen["seconds"], *held)


def sampled(server: Served, watcher: Pending) -> list[int]:
    """What all processes take up together, again and again until the job has ended."""
    samples = []
    while watcher.process.poll() is None:
        samples.append(sum(map(pss_bytes, server.processes())))
        time.sleep(_SAMPLE_S)
    return samples


def api_load(server: Served, desk: str, job: str) -> Pending:
    base = f"/api/desks/{desk}"
    requests = {
        "snapshot": [text("GET", base, server.netloc)],
        "job": [text("GET", f"{base}/jobs/{job}", server.netloc)],
        "items": [text("GET", f"{base}/jobs/{job}/items?limit=50", server.netloc)],
    }
    task = {
        **server.address,
        "per_s": API_PER_S,
        "connections": 20,
        "requests": requests,
        "pattern": tuple(requests),
        "seconds": 900,
        "expect": [200],
    }
    return load("paced", task)
