"""A crawl that goes through an earlier one again: a real server, worker and site."""

from __future__ import annotations

import http.server
import json
import threading

import httpx
import pytest

from tests.support.processes import STARTUP_TIMEOUT_S, ServerProcess


class Site:
    """Pages with an ETag each, and what each was asked with."""

    def __init__(self):
        self.pages = {
            "/": "<a href='/one'>1</a><a href='/gone'>2</a>",
            "/one": "<a href='/deep'>d</a>",
            "/deep": "deep",
        }
        self.asked = []
        self.told = set()

    def etag(self, path):
        return f'"{path}:{len(self.pages[path])}"'


@pytest.fixture
def site():
    kept = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            kept.asked.append((self.path, self.headers.get("If-None-Match")))
            kept.told.add((self.headers["Host"], self.headers.get("Authorization")))
            known = self.path in kept.pages
            same = known and self.headers.get("If-None-Match") == kept.etag(self.path)
            body = b"" if same or not known else kept.pages[self.path].encode()
            self.send_response(304 if same else 200 if known else 404)
            if known and not same:
                self.send_header("ETag", kept.etag(self.path))
            self.send_header("Content-Type", "text/html")
            if not same:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Says nothing."""

    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    kept.url = f"http://127.0.0.1:{served.server_port}/"
    yield kept
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    place = tmp_path_factory.mktemp("again") / "data"
    served = ServerProcess(place, "--allow-target", "127.0.0.1")
    yield served
    assert served.stop() == 0


def crawl(server, spec, items=None):
    """The job, at its end: its id, and its outcomes by path."""
    jobs = f"{server.url}api/desks/local/jobs"
    body = {"kind": "crawl", "start": True, "spec": {"sitemap": False, **spec}}
    made = httpx.post(jobs, json=body if items is None else {**body, "items": items})
    assert made.status_code == 201, made.text
    job = made.json()["job"]["id"]
    after = 0
    while True:
        asked = {"after": after, "wait_s": 20}
        told = httpx.get(f"{jobs}/{job}", params=asked, timeout=STARTUP_TIMEOUT_S).json()
        if told["job"]["status"] not in ("pending", "queued", "running"):
            break
        after = told["job"]["revision"]
    lines = httpx.get(f"{jobs}/{job}/export").text.splitlines()
    found = [json.loads(line) for line in lines]
    return job, {"/" + each["url"].split("/", 3)[3]: each for each in found}


def test_what_has_not_changed_is_not_sent_again_and_what_is_new_is_found(server, site):
    first, was = crawl(server, {}, [site.url])
    assert set(was) == {"/", "/one", "/gone", "/deep"}
    site.pages["/one"] = "<a href='/deep'>d</a><a href='/new'>n</a>"
    site.pages["/new"] = "new"
    etag = site.etag("/")
    site.asked.clear()
    second, now = crawl(server, {"since": first})
    assert ("/", etag) in site.asked
    assert set(now) == {"/", "/one", "/gone", "/deep", "/new"}
    assert [path for path, each in now.items() if each.get("not_modified")] == ["/", "/deep"]
    assert now["/gone"]["status"] == "failed"
    # What had not changed is known by its ETag to the third one, too.
    site.asked.clear()
    _, last = crawl(server, {"since": second})
    assert ("/", etag) in site.asked
    assert sorted(path for path in last if last[path].get("not_modified")) == [
        *("/", "/deep", "/new", "/one"),
    ]


def test_pages_may_be_named_besides(server, site):
    first, _ = crawl(server, {"depth": 0}, [site.url])
    _, now = crawl(server, {"since": first, "depth": 0}, [f"{site.url}deep"])
    assert set(now) == {"/", "/deep"}


def test_a_secret_goes_to_the_hosts_of_beginnings_alone(server, site):
    # The same site by another name is another host.
    site.pages["/"] = f"<a href='{site.url.replace('127.0.0.1', 'localhost')}one'>1</a>"
    loose = {"same_site": "any", "depth": 1}
    first, was = crawl(server, loose, [site.url])
    assert len(was) == 2
    site.told.clear()
    secret = "Basic c2VjcmV0OnNlY3JldA=="
    crawl(server, {**loose, "since": first, "headers": {"Authorization": secret}})
    here = site.url.split("/")[2]
    assert site.told == {(here, secret), (here.replace("127.0.0.1", "localhost"), None)}


def test_what_a_site_tells_of_a_secret_keeps_nobody_from_going_again(server, site):
    secret = "Basic c2VjcmV0OnNlY3JldA=="
    site.etag = lambda path: f'"{secret}{path}"'
    first, was = crawl(server, {"depth": 0, "headers": {"Authorization": secret}}, [site.url])
    assert secret not in was["/"]["etag"]
    site.asked.clear()
    _, now = crawl(server, {"depth": 0, "since": first})
    assert now["/"]["http_status"] == 200
    assert ("/", None) in site.asked


@pytest.mark.parametrize(
    ("since", "said"),
    [
        (7, "must be the id of a crawl of this desk"),
        ("no-such-job", "must be the id of a crawl of this desk"),
    ],
)
def test_what_is_no_crawl_is_refused(server, since, said):
    body = {"kind": "crawl", "spec": {"since": since}}
    told = httpx.post(f"{server.url}api/desks/local/jobs", json=body)
    assert told.status_code == 400
    assert told.json()["error"]["details"]["errors"] == [
        {"index": None, "field": "spec.since", "reason": said}
    ]


def test_a_crawl_that_has_asked_for_nothing_is_refused(server, site):
    jobs = f"{server.url}api/desks/local/jobs"
    spared = httpx.post(jobs, json={"kind": "crawl", "items": [site.url]}).json()["job"]["id"]
    assert httpx.post(f"{jobs}/{spared}/cancel").status_code == 200
    told = httpx.post(jobs, json={"kind": "crawl", "spec": {"since": spared}})
    assert told.status_code == 400
    assert "has asked for no page" in told.text
    more = {"kind": "crawl", "spec": {"since": spared}, "items": [site.url]}
    assert httpx.post(jobs, json=more).status_code == 201


def test_a_crawl_that_has_not_ended_and_a_source_are_refused(server, site):
    jobs = f"{server.url}api/desks/local/jobs"
    waiting = httpx.post(jobs, json={"kind": "crawl", "items": [site.url]}).json()["job"]["id"]
    told = httpx.post(jobs, json={"kind": "crawl", "spec": {"since": waiting}})
    assert "has not ended yet" in told.text
    spec = {"since": waiting, "source": {"name": "pixiv-tag", "query": "a"}}
    assert "is for sites" in httpx.post(jobs, json={"kind": "crawl", "spec": spec}).text
