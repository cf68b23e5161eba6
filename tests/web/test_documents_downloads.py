"""What tasks of documents have made, saved: whole, of one template, one document; and the history
that leads there."""

from __future__ import annotations

import json
import math
from io import BytesIO
from urllib.parse import unquote
from zipfile import ZipFile

import pytest
import trio

from tests.support.documents import ME, ROWS, A, B, C, serving
from tests.web.conftest import GUEST

PEOPLE = [{"name": name, "city": city} for name, city in [
    ("Ada", "London"), ("Grace", "New York"), ("Zoë", "北京"), ("Alan", "London"),
]]  # fmt: skip
BOTH = {
    "templateIds": ["template-001", "full"],
    "options": {"fileName": "{{ name }}", "zipFileName": "Letters 2026.zip"},
}


async def taken(client, path, status=200, **headers):
    """(headers, bytes) of a download, which is put together by threads: while they compute, the
    virtual clock must not jump on."""
    clock = trio.lowlevel.current_clock()
    clock.autojump_threshold, clock.rate = math.inf, 1.0
    async with client.http.request(path, headers={**ME, **headers}) as connection:
        await connection.send_complete()
        # The client's own `get` takes no more than ten pieces of an answer.
        answer = await connection.as_response()
    data = await answer.get_data()
    clock.autojump_threshold, clock.rate = 0.0, 0.0
    assert answer.status_code == status, data
    return answer.headers, data


async def refused(client, status, code, path):
    """The error of a download, or of the history, that is refused so."""
    _, data = await taken(client, path, status)
    error = json.loads(data)["error"]
    assert error["code"] == code, error
    return error


def unpacked(data):
    with ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def made(client, rows=PEOPLE, **fields):
    task = await client.create(A, data=rows, **fields)
    await client.data("POST", f"{A}/{task}/start")
    await client.ended(task)
    return task


def name_in(headers):
    return unquote(headers["Content-Disposition"].partition("filename*=UTF-8''")[2])


async def test_every_family_s_whole_archive_is_the_same(deps, autojump_clock):
    async with serving(deps) as (client, _):
        task = await made(client, **BOTH)
        paths = [f"{A}/{task}/download/zip", f"/api/batch/tasks/{task}/download/zip"]
        paths += [f"{B}/{task}/download/zip", f"/api/generation/tasks/{task}/download/zip"]
        paths += [f"{C}/download/{task}/zip", f"/api/v2/generation/download/{task}/zip"]
        found = []
        for path in paths:
            headers, data = await taken(client, path)
            assert headers["Content-Type"] == "application/zip"
            assert name_in(headers) == "Letters-2026.zip"
            found.append(unpacked(data))
    assert all(each == found[0] for each in found)
    assert set(found[0]) == {
        "manifest.json",
        *(f"{folder}/{row['name']}.txt" for folder in ("Letter", "Full") for row in PEOPLE),
    }
    rows = json.loads(found[0]["manifest.json"])["files"]
    assert [(row["row"], row["template"], row["file"]) for row in rows[:2]] == [
        (0, "template-001", "Letter/Ada.txt"), (0, "full", "Full/Ada.txt"),
    ]  # fmt: skip


async def test_what_one_template_made(deps, autojump_clock):
    async with serving(deps) as (client, _):
        # What failed has no file that would say whose it is.
        task = await made(client, rows=[*PEOPLE, {"city": "Paris"}], **BOTH)
        status = await client.data("GET", f"{C}/status/{task}")
        url = {each["templateId"]: each["downloads"]["completedUrl"] for each in status["items"]}
        headers, data = await taken(client, url["full"])
        files = unpacked(data)
        assert name_in(headers) == "Full.zip"
        rows = json.loads(files.pop("manifest.json"))["files"]
        assert {row["template"] for row in rows} == {"full"}
        assert sorted(files) == sorted(f"Full/{row['name']}.txt" for row in PEOPLE)
        assert [row["row"] for row in rows if row["file"] is None] == [4]
        assert {row["file"] for row in rows} - {None} == {*files}


@pytest.mark.parametrize("templates", [["template-001"], ["full", "template-001"]])
async def test_one_document_by_its_name_or_the_number_of_its_row(deps, autojump_clock, templates):
    async with serving(deps) as (client, _):
        task = await made(
            client,
            templateIds=templates,
            options={"fileName": "{{ name }}"},
            filters={"condition": "city != 'New York'"},
        )
        for document in ("Zoë.txt", "3"):
            path = f"{C}/download/{task}/template-001/{document}"
            headers, data = await taken(client, path)
            assert name_in(headers) == "Zoë.txt"
            assert data.decode().startswith("Dear Zoë"), data
        for absent in ("2", "0", "5", "99", "Grace.txt", "completed.txt", "..", "①"):
            error = await refused(
                client, 404, "DOWNLOAD_FAILED", f"{C}/download/{task}/template-001/{absent}"
            )
            assert absent in error["message"]


async def test_nothing_yet_is_the_contract_s_failure(deps, autojump_clock):
    async with serving(deps) as (client, _):
        task = await client.create(A, data=ROWS)
        for path in (
            f"{A}/{task}/download/zip",
            f"{C}/download/{task}/zip",
            f"{C}/download/{task}/template-001/completed",
        ):
            error = await refused(client, 500, "DOWNLOAD_FAILED", path)
            assert error["details"]["total"] == 2


async def test_what_is_not_there_is_404(deps, autojump_clock):
    async with serving(deps) as (client, _):
        task = await made(client)
        for name, path in (
            ("TASK_NOT_FOUND", f"{A}/none/download/zip"),
            ("TASK_NOT_FOUND", f"{C}/download/none/zip"),
            ("TASK_NOT_FOUND", f"{C}/download/none/template-001/completed"),
            ("TEMPLATE_NOT_FOUND", f"{C}/download/{task}/full/completed"),
            ("TEMPLATE_NOT_FOUND", f"{C}/download/{task}/full/1"),
        ):
            await refused(client, 404, name, path)


async def test_a_task_that_failed_in_part_gives_what_it_has(deps, autojump_clock):
    async with serving(deps) as (client, _):
        rows = [*PEOPLE, {"city": "Paris"}]
        task = await made(client, rows=rows, options={"fileName": "{{ name }}-{{ _index }}"})
        assert (await client.data("GET", f"{A}/{task}"))["status"] == "partially_completed"
        _, data = await taken(client, f"{A}/{task}/download/zip")
        files = unpacked(data)
        told = json.loads(files.pop("manifest.json"))["files"]
        assert len(files) == 4
        (failed,) = [row for row in told if row["status"] == "failed"]
        assert (failed["row"], failed["file"]) == (4, None)
        assert "name" in failed["error"]
        await refused(client, 404, "DOWNLOAD_FAILED", f"{C}/download/{task}/template-001/5")


async def test_a_document_can_be_taken_up_in_the_middle(deps, autojump_clock):
    async with serving(deps) as (client, _):
        task = await made(client)
        path = f"{C}/download/{task}/template-001/1"
        _, whole = await taken(client, path)
        headers, rest = await taken(client, path, 206, Range="bytes=5-")
        assert (rest, headers["Content-Range"]) == (
            whole[5:],
            f"bytes 5-{len(whole) - 1}/{len(whole)}",
        )


async def test_the_desk_s_audit_log_says_what_was_taken(deps, autojump_clock):
    async with serving(deps) as (client, _):
        task = await made(client)
        await taken(client, f"{C}/download/{task}/template-001/1")
        await taken(client, f"{A}/{task}/download/zip")
        await refused(client, 404, "DOWNLOAD_FAILED", f"{C}/download/{task}/template-001/9")
        # Notes of what was read are written with others.
        await trio.sleep(60)
        answer = await client.http.get(f"/api/desks/{GUEST}/audit", headers=ME)
        lines = (await answer.get_json())["lines"]
        noted = [line["what"] for line in lines if line["what"].startswith("read_")]
        assert noted == ["read_artifact", "read_artifacts_zip"]


async def test_history_by_status_day_and_page(deps, autojump_clock):
    async with serving(deps) as (client, _):
        done = await made(client)
        waits = await client.create(A, data=ROWS)
        day = (await client.data("GET", f"{A}/{done}"))["createdAt"][:10]

        async def told(**query):
            words = "&".join(f"{name}={value}" for name, value in query.items())
            return await client.data("GET", f"{C}/history?{words}")

        async def found(**query):
            return [each["taskId"] for each in (await told(**query))["items"]]

        assert await found() == [waits, done]
        assert await found(status="completed") == [done]
        assert await found(status="pending") == [waits]
        assert await found(startDate=day, endDate=day) == [waits, done]
        assert await found(startDate="2100-01-01") == []
        assert await found(endDate="2000-01-01T00:00:00Z") == []
        second = await told(page=2, pageSize=1)
        assert [each["taskId"] for each in second["items"]] == [done]
        assert second["pagination"]["total"] == 2
        item, pending = second["items"][0], (await told(pageSize=1))["items"][0]
        assert item["templateIds"] == ["template-001"]
        assert (item["totalDocuments"], item["completedDocuments"]) == (4, 4)
        assert pending["downloadUrl"] is None
        assert len(unpacked((await taken(client, item["downloadUrl"]))[1])) == 5
        assert await found(startDate="0001-01-01", endDate="9999-12-31") == [waits, done]
        for wrong in ("yesterday", "2026-13-01", "9999-12-31T25:00"):
            error = await refused(client, 400, "VALIDATION_ERROR", f"{C}/history?endDate={wrong}")
            assert error["details"]["field"] == "endDate"


@pytest.mark.parametrize("path", ["/api/v2/health", "/health", "/api/health"])
async def test_health_is_told_in_no_envelope(deps, autojump_clock, path):
    async with serving(deps) as (client, _):
        answer = await client.http.get(path)
        told = await answer.get_json()
        assert (answer.status_code, told["status"], told["version"]) == (200, "healthy", "1.2.3")
        assert set(told["services"].values()) == {"up"}
        assert told["uptime"] == 0
        deps.stopping.set()
        answer = await client.http.get(path)
        assert (answer.status_code, (await answer.get_json())["status"]) == (503, "unhealthy")
