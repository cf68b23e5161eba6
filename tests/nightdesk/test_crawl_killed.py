"""A crawl in the middle of which everything dies: a real server, its workers and a site."""

from __future__ import annotations

import http.server
import json
import os
import signal
import threading
import zipfile
from collections import Counter

import pytest

from nightdesk import Client
from tests.support.processes import command_line

PAGES = 150
PICTURES = 30
# So many requests into it, the site holds its answers until something has died.
DEADLY = (40, 100)
IMAGE = b"\x89PNG\r\n\x1a\n"


class Site:
    """Pages in a tree, with pictures on some of them. `held`: somebody waits for an answer."""

    def __init__(self):
        self.asked = Counter()
        self.held = [threading.Event() for _ in DEADLY]
        self.go = [threading.Event() for _ in DEADLY]
        self._lock = threading.Lock()

    def wait(self, path):
        with self._lock:
            self.asked[path] += 1
            count = sum(self.asked.values())
        for after, held, go in zip(DEADLY, self.held, self.go, strict=True):
            if count >= after:
                held.set()
                assert go.wait(60)

    def page(self, number):
        below = [3 * number + branch for branch in (1, 2, 3) if 3 * number + branch < PAGES]
        links = "".join(f"<a href='/p{each}'>{each}</a>" for each in [*below, 0])
        shown = f"<img src='/i{number}.png'>" if number < PICTURES else ""
        return f"<title>{number}</title>{links}{shown}".encode()


@pytest.fixture
def site():
    kept = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            kept.wait(self.path)
            name, number = self.path[1:2], self.path[2:].removesuffix(".png")
            known = name in ("p", "i") and number.isdigit()
            body, kind = b"", "text/html"
            if known and name == "i":
                body, kind = IMAGE + number.encode(), "image/png"
            elif known:
                body = kept.page(int(number))
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def handle(self):
            try:
                super().handle()
            except ConnectionError:
                return  # whoever asked is dead

        def log_message(self, *_):
            """Says nothing."""

    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    kept.url = f"http://127.0.0.1:{served.server_port}"
    yield kept
    for go in kept.go:
        go.set()
    served.shutdown()
    thread.join()
    served.server_close()


def workers_of(server):
    return [pid for pid in server.children() if b"workers.host" in command_line(pid)]


def test_a_crawl_goes_on_where_everything_died(start_server, site, tmp_path):
    first = start_server("--allow-target", "127.0.0.1")
    spec = {"content": "images", "depth": 20, "concurrency": 4, "sitemap": False}
    with Client(first.url) as desk:
        job = desk.submit([f"{site.url}/p0"], kind="crawl", spec=spec, start=True)
    assert site.held[0].wait(60)
    first.kill()
    site.go[0].set()
    second = start_server("--allow-target", "127.0.0.1")
    assert site.held[1].wait(60)
    doomed = workers_of(second)
    assert doomed
    for pid in doomed:
        os.kill(pid, signal.SIGKILL)
    site.go[1].set()
    with Client(second.url) as desk:
        ended = desk.wait(job.id)
        desk.export(job.id, tmp_path / "all.jsonl")
        desk.download_all(job.id, tmp_path / "all.zip")
    assert second.stop() == 0

    paths = [f"/p{number}" for number in range(PAGES)]
    pictures = {f"/i{number}.png": IMAGE + str(number).encode() for number in range(PICTURES)}
    told = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert sorted(each["url"] for each in told) == sorted(
        site.url + path for path in [*paths, *pictures]
    )
    assert (ended.status, ended.counts.ok) == ("completed", PAGES + PICTURES)
    assert ended.counts.total == PAGES + PICTURES
    assert (ended.tally.found, ended.tally.made) == (PICTURES, PICTURES)
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        kept = Counter(archive.read(name) for name in archive.namelist() if name.endswith(".png"))
    assert kept == Counter(pictures.values())
    # Once in every life at most.
    assert max(site.asked.values()) <= 1 + len(DEADLY)
