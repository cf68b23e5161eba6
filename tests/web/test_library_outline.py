"""What a job of documents would make, and how far it is with each of its templates."""

from __future__ import annotations

import json
from io import BytesIO
from math import inf
from zipfile import ZipFile

from tests.support.library import DESK, JOBS, TEMPLATES, asked, end_of, stock, stocking, upload

OUTLINE = f"{DESK}/documents/outline"
BOTH = {
    "templates": ["letter", "label"],
    "data_source": "people",
    "format": "txt",
    "file_name": "{{ name }}",
}


async def stock_both(client):
    await stock(client)
    label = b"{{ name }}: {{ floor }}"
    assert (await upload(client, TEMPLATES, "Letter.txt", label, id="label"))[0] == 201


async def made(client):
    """The job of both templates, ended: no row has a floor."""
    await stock_both(client)
    _, body = await asked(client, "POST", JOBS, kind="document", name="Both", spec=BOTH, start=True)
    return await end_of(client, body["job"]["id"])


async def test_an_outline_counts_and_names_what_would_be_made(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await stock_both(client)
        spec = {**BOTH, "filter": "name != 'Ada'", "file_name": "{{ name }}/{{ _index }}"}
        status, body = await asked(client, "POST", OUTLINE, spec=spec, limit=3)
        assert status == 200, body
        assert body == {
            "documents": 4,
            "rows": 2,
            "first": [
                {"row": 1, "template": "letter", "file": "Letter/Grace_2.txt"},
                {"row": 1, "template": "label", "file": "Letter (2)/Grace_2.txt"},
                {"row": 2, "template": "letter", "file": "Letter/Zoë_3.txt"},
            ],
            "price_tokens": 0,
        }
        assert (await asked(client, "GET", JOBS))[1]["jobs"] == []


async def test_an_outline_of_rows_of_its_own(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await stock(client)
        spec = {"templates": ["letter"], "file_name": "{{ name }}"}
        rows = [{"name": "A", "city": "B"}] * 2
        _, body = await asked(client, "POST", OUTLINE, spec=spec, items=rows)
        assert [each["file"] for each in body["first"]] == ["A.txt", "A (2).txt"]


async def test_an_outline_says_all_that_is_wrong_with_the_job(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await stock_both(client)
        spec = {**BOTH, "filter": "name ==", "file_name": "{{ nmae }"}
        status, body = await asked(client, "POST", OUTLINE, spec=spec)
        assert (status, body["error"]["code"]) == (400, "invalid_spec")
        fields = [each["field"] for each in body["error"]["details"]["errors"]]
        assert sorted(fields) == ["file_name", "filter"]
        status, body = await asked(client, "POST", OUTLINE, spec=BOTH, limit=1_001)
        assert (status, body["error"]["details"]["errors"][0]["field"]) == (400, "limit")


async def test_a_tally_tells_the_templates_apart(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        job = await made(client)
        assert job["counts"] == {"total": 6, "done": 6, "ok": 3, "failed": 3, "skipped": 0}
        _, body = await asked(client, "GET", f"{JOBS}/{job['id']}/documents")
        letter, label = body["templates"]
        assert letter == {
            "template": "letter",
            "name": "Letter",
            "folder": "Letter",
            "total": 3,
            "ok": 3,
            "failed": 0,
            "skipped": 0,
        }
        told = [label[key] for key in ("template", "folder", "total", "ok", "failed")]
        assert told == ["label", "Letter (2)", 3, 0, 3]


async def test_a_tally_follows_a_retry(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        job = await made(client)
        await asked(client, "POST", f"{JOBS}/{job['id']}/retry")
        await end_of(client, job["id"])
        _, body = await asked(client, "GET", f"{JOBS}/{job['id']}/documents")
        assert [(each["ok"], each["failed"]) for each in body["templates"]] == [(3, 0), (0, 3)]


async def test_one_template_is_told_from_the_counts_and_has_no_folder(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await stock(client)
        spec = {"templates": ["letter"], "data_source": "people"}
        _, body = await asked(client, "POST", JOBS, kind="document", spec=spec)
        _, body = await asked(client, "GET", f"{JOBS}/{body['job']['id']}/documents")
        assert [(each["folder"], each["total"], each["ok"]) for each in body["templates"]] == [
            ("", 3, 0)
        ]


async def test_the_archive_of_one_template_has_nothing_of_the_others(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        job = await made(client)
        # Threads put archives together, and no clock is to jump over a request that waits for one.
        autojump_clock.autojump_threshold = inf
        path = f"{JOBS}/{job['id']}/documents.zip"
        answer = await client.get(f"{path}?template=letter")
        assert answer.status_code == 200, await answer.get_data()
        archive = ZipFile(BytesIO(await answer.get_data()))
        manifest, *files = sorted(archive.namelist(), key=lambda name: name != "manifest.json")
        assert sorted(files) == ["Letter/Ada.txt", "Letter/Grace.txt", "Letter/Zoë.txt"]
        rows = json.loads(archive.read(manifest))["files"]
        assert {row["template"] for row in rows} == {"letter"}
        failed = await client.get(f"{path}?template=label")
        rows = json.loads(ZipFile(BytesIO(await failed.get_data())).read(manifest))["files"]
        assert [(row["status"], row["file"]) for row in rows] == [("failed", None)] * 3
        assert (await client.get(f"{path}?template=gone")).status_code == 400
