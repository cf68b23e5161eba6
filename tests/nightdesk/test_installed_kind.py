"""The example of docs/executors.md: built, installed, and its kind done by a real server."""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from nightdesk.cli.app import EXIT_REFUSED, run

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "nightdesk-pagecheck"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder into which its wheel was installed."""
    made, folder = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("libraries")
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(made)], cwd=EXAMPLE, check=True, timeout=60)
    (wheel,) = made.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def site():
    """HOST:PORT of one with one page."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_):
            """Says nothing."""

    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield f"127.0.0.1:{served.server_port}"
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.fixture
def nightdesk(capsys, monkeypatch):
    """A command: (exit code, stdout, stderr)."""

    def command(*arguments, url):
        monkeypatch.setenv("NIGHTDESK_URL", url)
        code = run(tuple(map(str, arguments)), {"LANG": "en_GB.UTF-8"})
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


def test_its_jobs_are_done_as_any_others(installed, start_server, nightdesk, site, tmp_path):
    server = start_server("--allow-target", site, python_path=str(installed))
    assert "kind of job of another package" in server.log
    batch = tmp_path / "pages.json"
    url = f"http://{site}/"
    items = [url, {"url": url, "contains": "no page says this"}]
    batch.write_text(json.dumps({"items": items, "spec": {"retries": 0}}))
    code, said, _ = nightdesk("estimate", "pagecheck", batch, url=server.url)
    assert (code, said.splitlines()[0]) == (0, "pagecheck: 2 items")
    assert "unknown" in said
    again = ("submit", "job", "pagecheck", batch, "--dry-run")
    assert nightdesk(*again, url=server.url)[1] == said
    code, kinds, _ = nightdesk("kinds", "--json", url=server.url)
    [own] = [each for each in map(json.loads, kinds.splitlines()) if each["package"]]
    assert (own["kind"], own["package"], own["title"]) == (
        "pagecheck", "nightdesk-pagecheck", "Page check")  # fmt: skip
    assert own["spec"]["properties"]["timeout_s"]["maximum"] == 120
    code, _, told = nightdesk("submit", "job", "pagecheck", batch, "--wait", url=server.url)
    assert code == 1, told
    _, out, _ = nightdesk("export", "last", url=server.url)
    there, other = map(json.loads, out.splitlines())
    assert (there["status"], there["http_status"]) == ("ok", 200)
    assert (other["status"], other["error"]) == ("failed", "the page says something else")
    assert server.stop() == 0


def test_what_it_refuses_is_told_by_field_and_item(installed, start_server, nightdesk, tmp_path):
    server = start_server(python_path=str(installed))
    batch = tmp_path / "pages.json"
    batch.write_text('[{"url": "ftp://x/"}]')
    asked = ("submit", "job", "pagecheck", batch, "--spec", '{"timeout_s": 0}')
    code, _, told = nightdesk(*asked, url=server.url)
    assert code == EXIT_REFUSED
    assert "timeout_s" in told
    assert "not ftp:" in told


def test_a_server_with_a_kind_that_cannot_be_served_does_not_start(installed, tmp_path):
    about = next(installed.glob("*.dist-info")).name
    broken = tmp_path / "broken"
    (broken / about).mkdir(parents=True)
    (broken / about / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    points = "[nightdesk.executors]\npagecheck = no_such_package:Spec\n"
    (broken / about / "entry_points.txt").write_text(points)
    done = subprocess.run(
        [sys.executable, "-m", "nightdesk", "serve", "--port", "0", "--data", tmp_path / "data"],
        env={"PYTHONPATH": str(broken), "PATH": "/usr/bin:/bin"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "the package broken brings the kind 'pagecheck'" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_job_whose_package_is_gone_can_be_looked_at_and_waits_for_nobody(
    installed, start_server, nightdesk, site, tmp_path
):
    server = start_server("--allow-target", site, python_path=str(installed))
    batch = tmp_path / "pages.json"
    batch.write_text(json.dumps([f"http://{site}/"]))
    assert nightdesk("submit", "job", "pagecheck", batch, "--wait", url=server.url)[0] == 0
    assert nightdesk("submit", "job", "pagecheck", batch, url=server.url)[0] == 0
    assert server.stop() == 0
    server = start_server()
    code, out, _ = nightdesk("jobs", url=server.url)
    assert code == 0
    assert out.count("pages.json") == 2
    assert nightdesk("start", "last", url=server.url)[0] == 0
    code, _, told = nightdesk("watch", "last", url=server.url)
    assert code == 1
    assert "this server has no executor for 'pagecheck'" in told
    for command in ("items", "export", "log", "delete"):
        assert nightdesk(command, "last", url=server.url)[0] == 0, command
    assert server.stop() == 0
