"""Journeys of a real server with a real Chromium: the tab, and the server itself, may go away.

The server is a process of its own, as a user starts it; batches are handed over by the command
line, which ends at once. The site counts its visits, so that what was done twice is seen.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nightdesk import Client
from state.views import desk_key
from tests.support.processes import ServerProcess, children_of, run_command, wait_gone

pytestmark = pytest.mark.browser

# Waited so long only where a test fails, or its machine is busy.
PATIENCE_S = 120.0


class Site(ThreadingHTTPServer):
    """Pages that count their visits; `/gate` is answered when the test says so."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.visits: Counter[str] = Counter()  # written under `lock`
        self.lock = threading.Lock()
        self.waiting = threading.Event()  # set when somebody stands at the gate
        self.open = threading.Event()  # set by tests

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def url(self, path: str) -> str:
        return f"http://{self.target}/{path}"


class _Page(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.visits[self.path] += 1
        if self.path == "/gate":
            self.server.waiting.set()
            self.server.open.wait()
        body = f"<!doctype html><title>{self.path}</title><h1>Page {self.path}</h1>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:  # whoever stood at the gate was killed
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing is told of the visits but their number."""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        serving = threading.Thread(target=running.serve_forever)
        serving.start()
        yield running
        running.open.set()
        running.shutdown()
        serving.join()


@pytest.fixture
def start(site, tmp_path):
    """Start the server on the same folder, however often; all of it is gone at the end."""
    started: list[ServerProcess] = []

    def starting() -> ServerProcess:
        flags = ("--allow-target", site.target, "--sample-site", "off")
        started.append(ServerProcess(tmp_path / "data", *flags))
        return started[-1]

    yield starting
    for server in started:
        server.kill()


def five_journeys(site: Site, folder: Path) -> str:
    """The third stands at the gate in its second step."""
    journeys = [{"name": f"Journey {n}", "url": site.url(str(n))} for n in range(5)]
    for n, journey in enumerate(journeys):
        gate = [{"do": "goto", "url": site.url("gate"), "timeout_s": 600}] if n == 2 else []
        journey["path"] = [
            {"do": "goto", "url": journey["url"]},
            *gate,
            {"do": "extract", "selector": "h1", "as": "head"},
            {"do": "screenshot", "as": "end"},
        ]
    file = folder / "journeys.json"
    file.write_text(json.dumps({"journeys": journeys, "spec": {"item_timeout_s": 900}}))
    return str(file)


def submit(server: ServerProcess, desk: str, file: str) -> str:
    """The job's id, of a command that has ended: nobody is there any more."""
    done = run_command(
        "submit", "visit", file, "--start", NIGHTDESK_URL=server.url, NIGHTDESK_DESK=desk
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def below(pid: int) -> list[int]:
    """All processes that it and they have started."""
    found = children_of(pid)
    return found + [one for child in found for one in below(child)]


def at_work(data: Path, desk: str) -> dict | None:
    """The item at work, as the desk's file has it; the file is whole whenever it is read."""
    state = json.loads((data / "sessions" / f"{desk_key(desk)}.json").read_bytes())
    (job,) = state["desk"]["jobs"].values()
    return next(iter(job.get("working", [])), None)


def at_the_gate(
    site: Site, server: ServerProcess, desk: str, job_id: str, *, moments: int = 1
) -> None:
    """Wait for the third journey to stand there. The desk's file is true meanwhile: it has the
    item, the step, and a time that moves, which is seen at so many moments. It is looked at
    whenever the job says something."""
    assert site.waiting.wait(PATIENCE_S)
    site.waiting.clear()
    times = set()
    with Client(server.url, desk=desk) as client:
        for _ in client.watch(job_id, timeout_s=PATIENCE_S):
            now = at_work(server.data, desk)
            if now is not None and (now["index"], now["done"], now["total"]) == (2, 1, 4):
                times.add(now["at"])
            if len(times) == moments:
                return
    raise AssertionError("the job has ended")


def test_stopped_and_killed_in_the_third_journey_it_goes_on_with_the_third(site, start, tmp_path):
    server = start()
    with Client(server.url) as anybody:
        desk = anybody.create_desk().desk_id
    job_id = submit(server, desk, five_journeys(site, tmp_path))
    at_the_gate(site, server, desk, job_id, moments=2)
    processes = below(server.pid)
    assert server.stop() == 0
    assert "left hard" not in server.log
    for pid in processes:
        wait_gone(pid)

    server = start()
    at_the_gate(site, server, desk, job_id)
    processes = below(server.pid)
    server.kill()
    for pid in processes:
        wait_gone(pid)
    site.open.set()

    with Client(start().url, desk=desk) as client:
        job = client.wait(job_id, timeout_s=PATIENCE_S)
        outcomes = list(client.items(job_id))
        files = [file.name for file in client.artifacts(job_id)]
    assert (job.status, job.counts.ok) == ("completed", 5)
    assert [outcome.status for outcome in outcomes] == ["ok"] * 5
    assert {n: site.visits[f"/{n}"] for n in range(5)} == {0: 1, 1: 1, 2: 3, 3: 1, 4: 1}
    assert site.visits["/gate"] == 3
    assert [name[:5] for name in sorted(files)] == [f"{n:05}" for n in range(5)]
