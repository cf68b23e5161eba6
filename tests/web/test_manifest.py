"""The manifest of an archive: a row for each item that has ended, with the file's name in there."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from msgspec import Raw
from msgspec.structs import replace

from executors.fetch.spec import FetchSpec
from state.memory import MemoryStore
from state.model import InputItem, JobStatus, OutcomeRecord, OutcomeStatus
from state.views import desk_key
from tests.web.conftest import GUEST
from tests.web.test_desk_routes import make_job
from web.archive import Archives
from web.manifest import Manifests
from web.threads import Threads

KEY = desk_key(GUEST)
FILES = ("letters/Ada.docx", "letters/ADA.docx", "bills/Ada.docx")


COLUMNS = ("row", "template", "file", "sha256", "status", "error")


class ListedSpec(FetchSpec):
    """A kind whose archives say what is in them."""

    manifest = COLUMNS

    def describe(self, item):
        return {"row": 4, "template": "letters", "file": "letters/Ida.docx"}


@pytest.fixture
def deps(deps):
    return replace(deps, store=MemoryStore(), executors={"fetch": ListedSpec()})


def ended(index, status=OutcomeStatus.OK, error=None, **result):
    said = json.dumps({"row": index, "bytes": 3, **result}).encode()
    return OutcomeRecord(
        index=index, run=1, status=status, at=1_700_000_000.0 + index, error=error, result=Raw(said)
    )


@pytest.fixture
async def job(client, desk, deps):
    """Five items: three made a file, one failed, one has not ended."""
    urls = [f"https://example.com/{n}" for n in range(5)]
    job_id = (await make_job(client, items=urls))["job"]["id"]
    desk.move(job_id, JobStatus.QUEUED, run=1)
    await deps.store.write_inputs(
        KEY, job_id, [InputItem(Raw(b'"https://example.com/"')) for _ in range(5)]
    )
    pack = await deps.store.open_artifacts(KEY, job_id)
    for name in FILES:
        pack.add(name, name.encode())
    await pack.sync()
    await pack.aclose()
    log = await deps.store.open_outcomes(KEY, job_id)
    await log.append(
        [
            *(
                ended(n, template=name[:7], file=name, sha256=f"{n:064x}")
                for n, name in enumerate(FILES)
            ),
            ended(3, OutcomeStatus.FAILED, "row 4: no 'city'", template="letters"),
        ]
    )
    await log.sync()
    await log.aclose()
    return job_id


def rows_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "manifest.json"
        rows = json.loads(archive.read("manifest.json"))["files"]
        for row in rows:
            assert [*row] == [*COLUMNS]
            assert row["file"] is None or row["file"] in archive.namelist()
        return rows


async def test_a_row_says_how_its_item_ended_and_where_its_file_is(client, job):
    answer = await client.get(f"/api/desks/{GUEST}/jobs/{job}/artifacts.zip")
    data = await answer.get_data()
    assert int(answer.headers["Content-Length"]) == len(data)
    rows = rows_of(data)
    assert [row["file"] for row in rows] == [
        "letters/Ada (2).docx",
        "letters/ADA.docx",
        "bills/Ada.docx",
        None,
    ]
    assert rows[0]["sha256"] == "0" * 64
    assert rows[3] == {
        "row": 3,
        "template": "letters",
        "file": None,
        "sha256": None,
        "status": "failed",
        "error": "row 4: no 'city'",
    }


@pytest.mark.parametrize("said", [b"{}", b'{"over_limit":true}'], ids=["died", "over the limit"])
async def test_an_item_whose_worker_died_has_its_row_and_no_file(client, job, deps, said):
    log = await deps.store.open_outcomes(KEY, job)
    died = ended(4, OutcomeStatus.FAILED, "the worker died")
    await log.append([replace(died, result=Raw(said))])
    await log.sync()
    await log.aclose()
    answer = await client.get(f"/api/desks/{GUEST}/jobs/{job}/artifacts.zip")
    assert rows_of(await answer.get_data())[4] == {
        "row": 4,
        "template": "letters",
        "file": None,
        "sha256": None,
        "status": "failed",
        "error": "the worker died",
    }
    page = await (await client.get(f"/api/desks/{GUEST}/jobs/{job}/items?status=failed")).get_json()
    assert [row.get("file") for row in page["items"]] == [None, None]
    export = await client.get(f"/api/desks/{GUEST}/jobs/{job}/export?status=failed")
    assert b"Ida.docx" not in await export.get_data()


async def test_what_a_failed_attempt_left_is_not_in_the_archive(client, job, deps):
    pack = await deps.store.open_artifacts(KEY, job)
    pack.add("letters/Ida.docx", b"half of it")
    await pack.sync()
    await pack.aclose()
    log = await deps.store.open_outcomes(KEY, job)
    await log.append([replace(ended(4, OutcomeStatus.FAILED, "it died"), result=Raw(b"{}"))])
    await log.sync()
    await log.aclose()
    answer = await client.get(f"/api/desks/{GUEST}/jobs/{job}/artifacts.zip")
    data = await answer.get_data()
    assert [row["file"] for row in rows_of(data)][3:] == [None, None]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.namelist()) == 1 + len(FILES)


async def test_an_archive_of_a_part_lists_that_part(deps, job):
    manifests = Manifests(deps.store, Threads(1))
    described = manifests.of(
        KEY, job, deps.executors["fetch"], 1, keep=lambda row: row["template"] == "letters"
    )
    archive = await Archives(deps.store, Threads(1)).build(
        KEY, job, where=lambda name: name.startswith("letters/"), manifest=described
    )
    rows = rows_of(b"".join([chunk async for chunk in archive.chunks()]))
    assert [row["row"] for row in rows] == [0, 1, 3]


async def test_a_kind_that_names_no_columns_has_none(deps, job):
    manifests = Manifests(deps.store, Threads(1))
    assert manifests.of(KEY, job, FetchSpec(), 1) is None
    assert manifests.of(KEY, job, None, 1) is None
