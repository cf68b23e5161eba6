"""Items, log, artifacts, archive: read from the store while the job is there, or not at all."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from msgspec import Raw
from msgspec.structs import replace

from actors.ports import DeskKey
from state.memory import MemoryStore
from state.model import InputItem, JobStatus, LogLine, OutcomeRecord, OutcomeStatus
from state.views import desk_key
from tests.web.conftest import GUEST
from tests.web.test_desk_routes import make_job
from web.app import build_app
from web.filenames import safe_names

KEY: DeskKey = desk_key(GUEST)
JOBS = f"/api/desks/{GUEST}/jobs"


def outcome(index, status=OutcomeStatus.OK, result=b"", **fields):
    url = f"https://example.com/{index}"
    result = result or json.dumps({"url": url, "http_status": 200, "bytes": 5}).encode()
    return OutcomeRecord(
        index=index, run=1, status=status, duration_ms=12.34, at=1_700_000_000.0,
        result=Raw(result), **fields,
    )  # fmt: skip


@pytest.fixture
def deps(deps):
    return replace(deps, store=MemoryStore())


@pytest.fixture
async def job(client, desk, deps):
    """A job of five items: 0 ok, 1 failed, 2 poisoned, 3 and 4 without an ending."""
    urls = [f"https://example.com/{n}" for n in range(5)]
    job_id = (await make_job(client, name="=spring/list", items=urls))["job"]["id"]
    desk.move(job_id, JobStatus.QUEUED, run=1)
    items = [InputItem(Raw(json.dumps(url).encode())) for url in urls]
    await deps.store.write_inputs(KEY, job_id, items)
    log = await deps.store.open_outcomes(KEY, job_id)
    await log.append(
        [
            outcome(0),
            outcome(1, OutcomeStatus.FAILED, error="=HYPERLINK(1)", attempts=3),
            outcome(2, OutcomeStatus.POISONED, b"{}", error="its worker died"),
        ]
    )
    await log.sync()
    await log.aclose()
    return job_id


async def test_items_are_outcomes_by_index(client, job):
    page = await (await client.get(f"{JOBS}/{job}/items")).get_json()
    assert (page["total"], page["offset"], page["limit"]) == (3, 0, 100)
    assert [item["status"] for item in page["items"]] == ["ok", "failed", "poisoned"]
    first = page["items"][0]
    assert first == {
        "index": 0, "url": "https://example.com/0", "status": "ok", "http_status": 200, "bytes": 5,
        "attempts": 1, "duration_ms": 12.3, "error": None, "at": "2023-11-14T22:13:20.000Z",
    }  # fmt: skip
    assert page["items"][2]["url"] == "https://example.com/2"


async def test_items_are_filtered_and_paged(client, job):
    failed = await (await client.get(f"{JOBS}/{job}/items?status=failed")).get_json()
    assert [item["index"] for item in failed["items"]] == [1, 2]
    failed = await (await client.get(f"{JOBS}/{job}/items?status=poisoned")).get_json()
    assert [item["index"] for item in failed["items"]] == [2]
    page = await (await client.get(f"{JOBS}/{job}/items?offset=1&limit=1")).get_json()
    assert ([item["index"] for item in page["items"]], page["total"]) == ([1], 3)
    pending = await (await client.get(f"{JOBS}/{job}/items?status=pending&limit=1")).get_json()
    assert pending["total"] == 2
    assert pending["items"] == [{"index": 3, "url": "https://example.com/3", "status": "pending"}]


async def test_after_a_retry_the_filters_follow_the_counts(client, desk, job):
    desk.move(job, JobStatus.RUNNING)
    desk.move(job, JobStatus.PARTIALLY_COMPLETED)
    desk.move(job, JobStatus.QUEUED, run=2)
    for query, expected in (
        ("status=failed", []),
        ("status=poisoned", []),
        ("status=ok", [0]),
        ("status=pending", [1, 2, 3, 4]),
        ("", [0, 1, 2]),
    ):
        page = await (await client.get(f"{JOBS}/{job}/items?{query}")).get_json()
        assert [item["index"] for item in page["items"]] == expected, query


@pytest.mark.parametrize(
    "query",
    [
        "status=lost",
        "status=x",
        "offset=-1",
        "limit=0",
        "limit=1001",
        "limit=1e3",
        "offset=%EF%BC%91",
    ],
)
async def test_wrong_parameters_are_400(client, job, query):
    answer = await client.get(f"{JOBS}/{job}/items?{query}")
    assert answer.status_code == 400


async def test_the_log_is_read_by_offset(client, deps, job):
    await deps.store.append_log(KEY, job, [LogLine(1_700_000_000.0, "info", "started")])
    first = await (await client.get(f"{JOBS}/{job}/log")).get_json()
    assert first["lines"] == [
        {"at": "2023-11-14T22:13:20.000Z", "level": "info", "message": "started", "index": None}
    ]
    assert first["next"] == first["size"]
    await deps.store.append_log(KEY, job, [LogLine(1_700_000_001.0, "warning", "1: 404", 1)])
    more = await (await client.get(f"{JOBS}/{job}/log?after={first['next']}")).get_json()
    assert [line["message"] for line in more["lines"]] == ["1: 404"]


async def artifact(deps, job, name, data):
    writer = await deps.store.create_artifact(KEY, job, name)
    await writer.write(data)
    await writer.commit()


async def test_artifacts_are_listed_and_downloaded(client, deps, job):
    await artifact(deps, job, "数据/1.html", b"<script>alert(1)</script>")
    listed = await (await client.get(f"{JOBS}/{job}/artifacts")).get_json()
    assert [entry["name"] for entry in listed["artifacts"]] == ["数据/1.html"]
    assert listed["artifacts"][0]["size_bytes"] == 25
    answer = await client.get(f"{JOBS}/{job}/artifacts/数据/1.html")
    assert await answer.get_data() == b"<script>alert(1)</script>"
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize("name", ["none", "../x", "..%2f..%2fsecret", "a/../b", "%00"])
async def test_only_listed_names_are_opened(client, deps, job, name):
    await artifact(deps, job, "a/b", b"x")
    answer = await client.get(f"{JOBS}/{job}/artifacts/{name}")
    assert answer.status_code == 404


async def test_the_archive_holds_every_artifact(client, deps, job):
    files = {"a.txt": b"one", "b/c.bin": bytes(range(256)) * 4096, "数据.txt": b""}
    for name, data in files.items():
        await artifact(deps, job, name, data)
    answer = await client.get(f"{JOBS}/{job}/artifacts.zip")
    archive = zipfile.ZipFile(io.BytesIO(await answer.get_data()))
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == files


async def test_an_archive_of_nothing_is_one(client, job):
    answer = await client.get(f"{JOBS}/{job}/artifacts.zip")
    assert zipfile.ZipFile(io.BytesIO(await answer.get_data())).namelist() == []


def test_archive_names_are_safe_and_their_own():
    hostile = ["../evil", "/abs", "C:\\x", "a\\..\\b", "nul\x00.txt", "A.txt", "a.txt", "..", ""]
    names = safe_names(hostile)
    assert len({name.casefold() for name in names}) == len(hostile)
    for name in names:
        assert name
        assert not name.startswith("/")
        assert ".." not in name.split("/")
        assert not set(name) & set('\\:\x00<>|?*"')
    assert names[5:7] == ["A.txt", "a (2).txt"]
    assert safe_names(["a.txt", "A.txt"]) == ["a.txt", "A (2).txt"]


async def test_files_that_are_gone_from_a_job_that_is_there_are_told(client, deps, job):
    await deps.store.delete_job(KEY, job)
    for tail in ("items", "items?status=pending", "export"):
        answer = await client.get(f"{JOBS}/{job}/{tail}")
        assert answer.status_code == 410, tail


@pytest.mark.parametrize(
    "tail", ["items", "items?status=pending", "log", "export", "artifacts", "artifacts.zip"]
)
async def test_files_that_went_with_their_job_are_no_damage(client, deps, job, monkeypatch, tail):
    async def delete_first(operation):
        monkeypatch.undo()
        assert (await client.delete(f"{JOBS}/{job}")).status_code == 200
        await deps.store.delete_job(KEY, job)

    monkeypatch.setattr(deps.store.faults, "meet", delete_first)
    answer = await client.get(f"{JOBS}/{job}/{tail}")
    assert answer.status_code == 404
    assert (await answer.get_json())["error"]["code"] == "not_found"


async def test_names_in_headers_hold_no_line_breaks(deps, desk):
    client = build_app(deps).test_client()
    answer = await client.post(
        JOBS, json={"kind": "fetch", "name": "a\r\nX: y", "items": ["https://example.com/"]}
    )
    assert answer.status_code == 400
