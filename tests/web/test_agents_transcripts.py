"""The transcript of a task over REST: as it grows, bounded, and whatever it holds."""

from __future__ import annotations

import io
import json
from zipfile import ZipFile

import pytest
from msgspec.structs import replace

from executors.agent.engine.records import read_pieces
from executors.agent.items import AgentItem
from state.memory import MemoryStore
from tests.support.agent_jobs import Workbench, agent_job, begin, call, end, lines, tool, verdict
from tests.support.furniture import made_by
from tests.web.conftest import GUEST
from web.agents import transcripts

ME = {"X-Session-ID": GUEST}
JOB = agent_job()
BASE = f"/api/desks/me/jobs/{JOB.id}"
GAME = [("game", "Write a game")]
OF_TASK = ["transcript", "transcript.jsonl", "files.zip"]
CHANGE = {"path": "main.py", "text": "print(1)\n", "diff": "+print(1)\n"}


@pytest.fixture
def deps(deps):
    return replace(deps, store=MemoryStore())


@pytest.fixture
def bench(deps, desk):
    return Workbench(deps.store, desk)


async def read(client, item="0", headers=ME, **query):
    return await client.get(f"{BASE}/items/{item}/transcript", query_string=query, headers=headers)


async def told(client, **query):
    answer = await read(client, **query)
    assert answer.status_code == 200, await answer.get_data()
    return await answer.get_json()


def test_what_these_tests_write_is_what_the_engine_reads():
    written = lines(begin(), call(1), tool(1, CHANGE), verdict(1, 70), end())
    assert len(list(read_pieces([written]))) == 5


async def test_a_task_is_told_piece_by_piece_as_it_goes_on(client, bench):
    await bench.put(JOB, GAME)
    nothing = await told(client)
    assert (nothing["records"], nothing["next"], nothing["more"]) == ([], 0, False)
    assert (nothing["dir"], nothing["prompt"]) == GAME[0]
    await bench.transcript(JOB, "game", (begin(), call(1)), (tool(1, CHANGE),))
    first = await told(client)
    assert [one["type"] for one in first["records"]] == ["begin", "call", "tool"]
    assert [one["piece"] for one in first["records"]] == [1, 1, 2]
    await bench.keep(JOB, "game/transcript/0003.jsonl", lines(verdict(1, 70), end()))
    rest = await told(client, after=first["next"])
    assert [one["type"] for one in rest["records"]] == ["verdict", "end"]
    assert rest["records"][0]["score"] == 70


async def test_nothing_is_sent_again_while_there_is_nothing_new(client, bench):
    await bench.put(JOB, GAME)
    await bench.transcript(JOB, "game", (begin(),))
    tag = (await read(client)).headers["ETag"]
    same = await read(client, headers={**ME, "If-None-Match": tag})
    assert same.status_code == 304
    await bench.keep(JOB, "game/transcript/0002.jsonl", lines(call(1)))
    newer = await read(client, headers={**ME, "If-None-Match": tag})
    assert newer.status_code == 200
    assert newer.headers["ETag"] != tag
    behind = await read(client, after=2, headers={**ME, "If-None-Match": newer.headers["ETag"]})
    assert behind.status_code == 200


async def test_changed_files_are_told_by_their_differences(client, bench):
    await bench.put(JOB, GAME)
    binary = {"path": "logo.png", "base64": "AAAA", "diff": ""}
    gone = {"path": "old.py", "diff": "-x\n"}
    await bench.transcript(JOB, "game", (tool(1, CHANGE, binary, gone),))
    [record] = (await told(client))["records"]
    became = [(one["path"], one["became"], one["size_bytes"]) for one in record["changes"]]
    assert became == [("main.py", "text", 9), ("logo.png", "binary", 3), ("old.py", "gone", 0)]
    assert record["changes"][0]["diff"] == "+print(1)\n"
    assert not any({"text", "base64"} & one.keys() for one in record["changes"])


async def test_an_answer_has_an_end_and_says_that_there_is_more(client, bench, monkeypatch):
    await bench.put(JOB, GAME)
    pieces = [(call(at, text="x" * 300),) for at in range(1, 8)]
    size = len(lines(*pieces[0]))
    await bench.transcript(JOB, "game", *pieces)
    monkeypatch.setattr(transcripts, "PAGE_BYTES", 2 * size)
    seen, after, answers = [], 0, 0
    while True:
        page = await told(client, after=after)
        seen += [one["round"] for one in page["records"]]
        after, answers = page["next"], answers + 1
        if not page["more"]:
            break
    assert (seen, answers) == ([*range(1, 8)], 4)
    # One that is longer by itself is not left out.
    monkeypatch.setattr(transcripts, "PAGE_BYTES", 10)
    assert [one["round"] for one in (await told(client))["records"]] == [1]
    monkeypatch.setattr(transcripts, "PAGE_BYTES", 10**6)
    monkeypatch.setattr(transcripts, "PAGE_PIECES", 3)
    page = await told(client, after=3)
    assert ([one["round"] for one in page["records"]], page["more"]) == ([4, 5, 6], True)


async def test_long_texts_and_lists_are_cut_and_deep_ones_folded(client, bench, monkeypatch):
    monkeypatch.setattr(transcripts, "TEXT_CHARS", 20)
    monkeypatch.setattr(transcripts, "LIST_MEMBERS", 40)
    await bench.put(JOB, GAME)
    nest = []
    for _ in range(60):
        nest = [nest]
    calls = [{"id": f"{at}", "name": "n", "arguments": "界" * 30} for at in range(60)]
    await bench.transcript(JOB, "game", (call(1, text="y" * 21, tool_calls=calls, odd=nest),))
    [record] = (await told(client))["records"]
    assert record["text"] == "y" * 20 + "…"
    assert len(record["tool_calls"]) == 40
    assert record["tool_calls"][0]["arguments"] == "界" * 20 + "…"
    assert json.dumps(record["odd"], ensure_ascii=False).strip("[]") == '"…"'


@pytest.mark.parametrize(
    "damaged",
    [b"{", b"[]\n", b'"text"\n', b'{"type":1}\n', b"\xff\xfe\n", b"null\n", b'{"a":1}\n'],
)
async def test_what_cannot_be_read_says_so_and_takes_nothing_along(client, bench, damaged):
    await bench.put(JOB, GAME)
    await bench.transcript(JOB, "game", (begin(),), damaged, (end(),))
    records = (await told(client))["records"]
    assert [one["type"] for one in records] == ["begin", "unread", "end"]
    assert records[1]["name"] == "game/transcript/0002.jsonl"


async def test_a_piece_beyond_all_measure_is_named_and_not_read(client, bench, monkeypatch):
    monkeypatch.setattr(transcripts, "PIECE_BYTES", 1_000)
    await bench.put(JOB, GAME)
    await bench.transcript(JOB, "game", (begin(),), (call(1, text="z" * 2_000),), (end(),))
    records = (await told(client))["records"]
    assert [one["type"] for one in records] == ["begin", "unread", "end"]
    assert records[1]["size_bytes"] > 2_000
    assert records[1]["piece"] == 2


@pytest.mark.parametrize("item", ["1", "-1", "+0", "00", "x", "٠", "9999999999"])
async def test_what_is_no_task_has_no_transcript(client, bench, item):
    await bench.put(JOB, GAME)
    assert (await read(client, item)).status_code == 404
    for tail in OF_TASK:
        answer = await client.get(f"{BASE}/items/{item}/{tail}", headers=ME)
        assert answer.status_code == 404


@pytest.mark.parametrize("after", ["-1", "x", "1000000001", "1.5", "٠"])
async def test_where_to_go_on_is_a_whole_number(client, bench, after):
    await bench.put(JOB, GAME)
    answer = await read(client, after=after)
    assert answer.status_code == 400
    assert (await answer.get_json())["error"]["details"]["errors"][0]["field"] == "after"


@pytest.mark.parametrize(
    "tail",
    ["tasks", "costs", "items/0/transcript", "items/0/transcript.jsonl", "items/0/files.zip"],
)
async def test_jobs_of_other_kinds_have_none_of_it(client, bench, tail):
    other = replace(made_by("tag"), id="tags")
    await bench.put(other, GAME)
    answer = await client.get(f"/api/desks/me/jobs/{other.id}/{tail}", headers=ME)
    assert answer.status_code == 404


async def test_the_whole_transcript_is_a_file_of_lines(client, bench, desk):
    await bench.put(JOB, GAME)
    await bench.transcript(JOB, "game", (begin(), call(1)), (tool(1, CHANGE),), (end(),))
    answer = await client.get(f"{BASE}/items/0/transcript.jsonl", headers=ME)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    data = await answer.get_data()
    assert data == lines(begin(), call(1), tool(1, CHANGE), end())
    assert [what for what, _, _ in desk.noted] == ["read_transcript"]


async def names_in(client, path):
    answer = await client.get(path, headers=ME)
    assert answer.status_code == 200
    with ZipFile(io.BytesIO(await answer.get_data())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_archives_have_a_folder_for_each_task_with_what_it_has_made(client, bench):
    await bench.put(JOB, [*GAME, ("files", "Another")])
    await bench.transcript(JOB, "game", (begin(),))
    task = AgentItem("files", "")
    await bench.keep(JOB, "game/files/src/main.py", b"print()")
    await bench.keep(JOB, "game/files/transcript/note.txt", b"mine")
    await bench.keep(JOB, task.file("files/x.txt"), b"x")
    every = {"game/src/main.py": b"print()", "game/transcript/note.txt": b"mine"}
    assert await names_in(client, f"{BASE}/items/0/files.zip") == every
    whole = await names_in(client, f"{BASE}/artifacts.zip")
    assert whole == {**every, "files/files/x.txt": b"x"}
    listed = await (await client.get(f"{BASE}/artifacts", headers=ME)).get_json()
    assert {one["name"] for one in listed["artifacts"]} == {
        "game/files/src/main.py",
        "game/files/transcript/note.txt",
        "files/files/files/x.txt",
    }
    piece = await client.get(f"{BASE}/artifacts/game/transcript/0001.jsonl", headers=ME)
    assert piece.status_code == 200
