"""`nightdesk submit crawl` against a real server, with a real worker and its helper."""

from __future__ import annotations

import http.server
import json
import threading

import pytest

from nightdesk.cli.app import run

PAGES = {
    "/": b"<title>Front</title><a href='/one'>1</a><a href='/two'>2</a><a href='/closed/x'>x</a>",
    "/one": b"<title>One</title><a href='/two#here'>2</a><a href='/three'>3</a>",
    "/two": b"<a href='/'>home</a>",
    "/three": b"deep",
}
ROBOTS = b"User-agent: *\nDisallow: /closed/\n"


class Handler(http.server.BaseHTTPRequestHandler):
    """The site."""

    def do_GET(self):
        body = ROBOTS if self.path == "/robots.txt" else PAGES.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture(scope="module")
def front():
    """The address of the site."""
    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}/"
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.fixture
def nightdesk(capsys, monkeypatch):
    """A command: (exit code, stdout, stderr)."""

    def command(*arguments, url="http://127.0.0.1:1", language="en_GB.UTF-8"):
        monkeypatch.setenv("NIGHTDESK_URL", url)
        code = run(tuple(map(str, arguments)), {"LANG": language})
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


def test_a_site_is_crawled_to_its_end(nightdesk, start_server, front):
    port = front.rstrip("/").rpartition(":")[2]
    server = start_server("--allow-target", f"127.0.0.1:{port}")
    code, _, told = nightdesk("submit", "crawl", front, "--no-sitemap", "--wait", url=server.url)
    assert code == 0, told
    code, out, _ = nightdesk("export", "last", url=server.url)
    found = {each["url"]: each for each in map(json.loads, out.splitlines())}
    assert set(found) == {front, f"{front}one", f"{front}two", f"{front}three"}
    assert found[front]["title"] == "Front"
    assert found[front]["left_out"] == {"robots": 1}
    assert found[f"{front}three"]["depth"] == 2
    assert {each["status"] for each in found.values()} == {"ok"}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("http://a.b/", "--source", "pixiv-tag", "--query", "cat"),
        ("--source", "pixiv-tag"),
    ],
)
def test_a_crawl_begins_with_addresses_or_with_a_source(nightdesk, arguments):
    code, _, told = nightdesk("submit", "crawl", *arguments)
    assert (code, told) == (
        2,
        "nightdesk: give an address or a file of them, or --source with --query, and not both\n",
    )


def test_a_source_is_asked_by_flags_and_its_cookie_is_in_a_file(nightdesk, start_server, tmp_path):
    server = start_server()
    cookie = tmp_path / "cookie"
    cookie.write_text("PHPSESSID=canary\n")
    flags = ("--source", "pixiv-user", "--query", "11", "--limit", "5", "--cookie-file", cookie)
    code, out, told = nightdesk("submit", "crawl", *flags, url=server.url)
    assert code == 0, told
    code, out, _ = nightdesk("jobs", "--json", url=server.url)
    assert "pixiv-user: 11" in out
    assert "canary" not in out


def test_a_server_does_not_start_with_a_recipe_that_it_cannot_follow(capsys, tmp_path):
    (tmp_path / "own.json").write_text('{"name": "own"}')
    code = run(("serve", "--port", "0", "--data", str(tmp_path / "d"), "--sources", str(tmp_path)),
               {"LANG": "C"})  # fmt: skip
    assert code == 2
    assert "own.json" in capsys.readouterr().err
