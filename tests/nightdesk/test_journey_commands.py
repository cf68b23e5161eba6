"""The commands for journeys and files against a real server: what they keep, show and refuse."""

from __future__ import annotations

import json

import httpx
import pytest

from nightdesk import AsyncClient, Client
from nightdesk.cli.app import run
from nightdesk.client import Conflict, Journey


@pytest.fixture
def nightdesk(server, capfdbinary, monkeypatch):
    """Run a command on a desk of its own: (exit code, stdout, stderr)."""
    monkeypatch.setenv("NIGHTDESK_URL", server.url)
    with Client(server.url) as anybody:
        monkeypatch.setenv("NIGHTDESK_DESK", anybody.create_desk().desk_id)

    def command(*arguments, language="C"):
        code = run(arguments, {"LANG": language})
        told = capfdbinary.readouterr()
        return code, told.out.decode(), told.err.decode()

    return command


@pytest.fixture
def sample(server, tmp_path):
    """The sample's journeys, as a file."""
    path = tmp_path / "journeys.json"
    journeys = httpx.get(f"{server.url}api/sample", timeout=60).json()["journeys"]
    path.write_text(json.dumps(journeys), "utf-8")
    return str(path)


def test_journeys_are_put_listed_and_exported(nightdesk, sample, tmp_path):
    assert nightdesk("journeys", "list") == (
        0,
        "",
        "no journeys on this desk (see: nightdesk journeys put FILE)\n",
    )
    code, out, err = nightdesk("journeys", "put", sample)
    assert (code, out, "4 journeys are kept" in err) == (0, "", True)
    _, out, _ = nightdesk("journeys", "list")
    rows = [line.split("\t") for line in out.splitlines()]
    assert [(row[0], row[1], row[2]) for row in rows] == [
        ("0", "Look up a book", "6"),
        ("1", "Say hello", "4"),
        ("2", "查一本书", "6"),
        ("3", "Look around", ""),
    ]
    code, out, _ = nightdesk("journeys", "export")
    exported = tmp_path / "exported.json"
    exported.write_text(out, "utf-8")
    assert code == 0
    assert nightdesk("journeys", "put", str(exported))[0] == 0
    assert nightdesk("journeys", "export")[1] == out  # ids and all


def test_times_and_marks_are_shown(nightdesk, tmp_path):
    file = tmp_path / "list.json"
    marked = {"url": "http://x.example/", "completed": True, "not_before": "2020-01-02T03:04:05Z"}
    file.write_text(json.dumps({"tasks": [marked, "http://y.example/"]}), "utf-8")
    assert nightdesk("journeys", "put", str(file))[0] == 0
    first, second = nightdesk("journeys", "list", language="zh_CN")[1].splitlines()
    assert "已完成" in first
    assert "2020-01-0" in first
    assert second.split("\t")[1:4] == ["http://y.example/", "", ""]
    listed = [json.loads(line) for line in nightdesk("journeys", "list", "--json")[1].splitlines()]
    assert listed[0]["not_before"] == "2020-01-02T03:04:05.000Z"


def test_what_is_wrong_is_told_by_line_and_field(nightdesk, tmp_path):
    file = tmp_path / "bad.json"
    file.write_text('[\n "http://x/",\n {"url": "http://x/", "path": [{"do": "jump"}]}]', "utf-8")
    for command in (("journeys", "put"), ("submit", "visit")):
        code, out, err = nightdesk(*command, str(file))
        assert (code, out) == (2, "")
        assert "  line 3 (item #1): path[0].do: " in err


def test_starting_what_is_not_there_is_refused(nightdesk, sample):
    nightdesk("journeys", "put", sample)
    code, out, err = nightdesk("journeys", "start", "7")
    assert (code, out, "Traceback" in err) == (2, "", False)


def test_journeys_are_replaced_only_where_nobody_was_faster(server):
    with Client(server.url) as anybody:
        desk = anybody.create_desk().desk_id
    with Client(server.url, desk=desk) as client:
        kept = client.set_journeys(["http://x.example/"], replaces=None)
        with pytest.raises(Conflict):
            client.set_journeys([], replaces=None)
        named = [Journey(url="http://x.example/", name="X")]
        assert client.set_journeys(named, replaces=kept.digest).journeys[0].name == "X"


async def test_the_client_for_trio_has_the_same(server):
    async with AsyncClient(server.url) as anybody:
        desk = (await anybody.create_desk()).desk_id
    async with AsyncClient(server.url, desk=desk) as client:
        kept = await client.set_journeys([{"url": "http://x.example/", "name": "X"}])
        assert await client.journeys() == kept
        assert kept.journeys[0].url == "http://x.example/"


def test_files_of_a_job_are_listed_and_saved(nightdesk, server, tmp_path):
    urls = tmp_path / "urls.txt"
    urls.write_text(httpx.get(f"{server.url}api/sample", timeout=60).json()["items"][0], "utf-8")
    assert nightdesk("submit", "fetch", str(urls), "--wait")[0] == 0
    assert nightdesk("files", "last") == (0, "", "this job has made no files\n")
    assert nightdesk("submit", "fetch", str(urls), "--wait", "--keep-body")[0] == 0
    name, size, _ = nightdesk("files", "last")[1].strip().split("\t")
    code, out, err = nightdesk("files", "last", "--out", str(tmp_path / "saved"))
    assert (code, out, "1 files to" in err) == (0, "", True)
    assert (tmp_path / "saved" / name).stat().st_size == int(size)
    code, _, err = nightdesk("files", "last", "--out", str(urls))
    assert (code, "cannot write" in err) == (2, True)
