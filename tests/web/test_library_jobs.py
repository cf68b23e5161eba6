"""Jobs of documents made from a desk's library: what they take along, what is refused, previews."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from quart.datastructures import FileStorage

from executors.documents.inline import InlineDocuments
from state.digests import digest_of
from state.views import desk_key
from tests.support.library import (
    DESK,
    JOBS,
    LETTER,
    PEOPLE,
    TEMPLATES,
    asked,
    end_of,
    stock,
    stocking,
    upload,
)
from tests.web.conftest import GUEST

ALICE = desk_key(GUEST)
SPEC = {"templates": ["letter"], "format": "txt", "file_name": "{{ name }}"}
OF_PEOPLE = {**SPEC, "data_source": "people"}
PREVIEW = f"{DESK}/documents/preview"


async def create(client, *, start=True, **job):
    job = {"kind": "document", "start": start, **job}
    return await asked(client, "POST", JOBS, **job)


async def made(server, job_id):
    """Name -> text of what the job made."""
    texts = {}
    for entry in await server.store.list_artifacts(ALICE, job_id):
        chunks = [chunk async for chunk in server.store.open_artifact(ALICE, job_id, entry.name)]
        texts[entry.name] = b"".join(chunks).decode()
    return texts


async def test_a_template_and_a_table_become_documents(deps, autojump_clock):
    async with stocking(deps) as (client, server):
        await stock(client)
        status, body = await create(client, spec=OF_PEOPLE)
        assert status == 201, body
        job = await end_of(client, body["job"]["id"])
        assert (job["status"], job["counts"]["ok"]) == ("completed", 3)
        assert await made(server, job["id"]) == {
            "Ada.txt": "Dear Ada of London,\n",
            "Grace.txt": "Dear Grace of New York,\n",
            "Zoë.txt": "Dear Zoë of 北京,\n",
        }
        _, body = await asked(client, "GET", f"{TEMPLATES}/letter")
        assert (body["template"]["uses"], body["template"]["version"]) == (1, 1)
        stored = await server.store.read_asset(ALICE, job["id"], digest_of(LETTER))
        assert stored == LETTER


async def test_a_job_keeps_its_version_whatever_becomes_of_the_library(deps, autojump_clock):
    async with stocking(deps) as (client, server):
        await stock(client)
        _, body = await create(client, start=False, spec=SPEC, items=[{"name": "A", "city": "B"}])
        await upload(client, TEMPLATES, "Letter.txt", b"Another {{ name }}", id="letter")
        await asked(client, "DELETE", f"{TEMPLATES}/letter")
        await asked(client, "PUT", f"{DESK}/egress", allow=[], deny=[])
        await asked(client, "POST", f"{JOBS}/{body['job']['id']}/start")
        job = await end_of(client, body["job"]["id"])
        assert await made(server, job["id"]) == {"A.txt": "Dear A of B,\n"}


async def test_its_own_rows_come_before_those_of_a_table(deps, autojump_clock):
    async with stocking(deps) as (client, server):
        await stock(client)
        _, body = await create(client, spec=OF_PEOPLE, items=[{"name": "A", "city": "B"}])
        job = await end_of(client, body["job"]["id"])
        assert await made(server, job["id"]) == {"A.txt": "Dear A of B,\n"}


async def test_a_form_brings_the_rows_as_a_file(deps, autojump_clock):
    async with stocking(deps) as (client, server):
        await stock(client)
        answer = await client.post(
            JOBS,
            form={"job": json.dumps({"kind": "document", "spec": SPEC, "start": True})},
            files={"items": FileStorage(BytesIO(PEOPLE), filename="people.csv")},
        )
        assert answer.status_code == 201, await answer.get_data()
        job = await end_of(client, (await answer.get_json())["job"]["id"])
        assert len(await made(server, job["id"])) == 3


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"format": "txt", "data_source": "people"}, "spec.templates"),
        ({**OF_PEOPLE, "templates": []}, "spec.templates"),
        ({**OF_PEOPLE, "templates": "letter"}, "spec.templates"),
        ({**OF_PEOPLE, "templates": [5]}, "spec.templates"),
        ({**OF_PEOPLE, "templates": ["letter", "letter"]}, "spec.templates"),
        ({**OF_PEOPLE, "templates": [f"t{n}" for n in range(51)]}, "spec.templates"),
        ({**OF_PEOPLE, "templates": ["letter", "gone"]}, "spec.templates[1]"),
        (SPEC, "items"),
        ({**SPEC, "data_source": "gone"}, "spec.data_source"),
        ([], "spec"),
    ],
)
async def test_what_is_not_there_is_named(deps, autojump_clock, spec, field):
    async with stocking(deps) as (client, _):
        await stock(client)
        for path, body in ((JOBS, {"kind": "document", "spec": spec}), (PREVIEW, {"spec": spec})):
            status, answer = await asked(client, "POST", path, **body)
            assert status == 400
            assert [each["field"] for each in answer["error"]["details"]["errors"]] == [field]


async def test_a_damaged_library_makes_no_job(deps, autojump_clock):
    async with stocking(deps) as (client, server):
        await stock(client)
        await server.store.keep_library(ALICE, [])
        for path, body in (
            (JOBS, {"kind": "document", "spec": OF_PEOPLE}),
            (PREVIEW, {"spec": OF_PEOPLE}),
        ):
            status, answer = await asked(client, "POST", path, **body)
            assert (status, answer["error"]["code"]) == (410, "files_damaged")
        assert (await asked(client, "GET", JOBS))[1]["jobs"] == []


async def test_a_template_that_goes_while_its_job_is_made_is_told(deps, autojump_clock):
    """The files that the plan read may be gone when the job is to get its copies."""
    async with stocking(deps) as (client, server):
        await stock(client)
        copy = server.store.copy_assets

        async def later(desk, job_id, digests):
            await server.store.keep_library(desk, [])
            await copy(desk, job_id, digests)

        server.store.copy_assets = later
        status, body = await create(client, spec=SPEC, items=[{"name": "A", "city": "B"}])
        assert (status, body["error"]["code"]) == (400, "invalid_spec")
        assert "upload it again" in body["error"]["message"]
        assert (await asked(client, "GET", JOBS))[1]["jobs"] == []


async def test_a_preview_is_the_document_that_would_be_made(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await stock(client)
        spec = {**OF_PEOPLE, "filter": "name != 'Ada'"}
        answer = await client.post(PREVIEW, json={"spec": spec})
        assert await answer.get_data() == b"Dear Grace of New York,\n"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename")
        answer = await client.post(f"{PREVIEW}?as=report", json={"spec": spec, "row": 1})
        report = await answer.get_json()
        assert (report["name"], report["format"], report["warnings"]) == ("Zoë.txt", "txt", [])
        assert (await asked(client, "GET", JOBS))[1]["jobs"] == []
        assert (await asked(client, "GET", f"{TEMPLATES}/letter"))[1]["template"]["uses"] == 0


async def test_a_preview_says_which_fields_are_blank(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await stock(client)
        spec = {**SPEC, "file_name": "a", "missing": "blank"}

        async def warnings(row, **more):
            body = {"spec": {**spec, **more}, "items": [row]}
            answer = await client.post(f"{PREVIEW}?as=report", json=body)
            return (await answer.get_json())["warnings"]

        assert await warnings({"name": "Ada", "city": "Bath"}) == []
        assert await warnings({"name": "Ada", "city": ""}) == ["field 'city' has no value"]
        filled = {"letter": {"city": "home.town"}}
        assert await warnings({"name": "Ada", "home": {"town": "Bath"}}, mappings=filled) == []


async def test_a_preview_of_what_is_not_there_or_cannot_be_made(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await stock(client)
        for more, field in (({"row": 3}, "row"), ({"template": 1}, "template")):
            status, body = await asked(client, "POST", PREVIEW, spec=OF_PEOPLE, **more)
            assert (status, body["error"]["details"]["errors"][0]["field"]) == (400, field)
        status, body = await asked(client, "POST", PREVIEW, spec=SPEC, items=[{"name": "A"}])
        assert status == 400
        assert "city" in body["error"]["message"]
        status, body = await asked(client, "POST", f"{PREVIEW}?as=png", spec=OF_PEOPLE)
        assert (status, body["error"]["code"]) == (415, "unsupported_media_type")


class Drawing(InlineDocuments):
    """Draws any document."""

    async def picture(self, desk, format, data):
        return b"\x89PNG " + format.encode() + b" " + data


async def test_its_first_page_is_a_picture(deps, autojump_clock):
    async with stocking(deps, documents=Drawing()) as (client, _):
        await stock(client)
        answer = await client.post(f"{PREVIEW}?as=png", json={"spec": OF_PEOPLE})
        assert answer.headers["Content-Type"] == "image/png"
        assert await answer.get_data() == b"\x89PNG txt Dear Ada of London,\n"


@pytest.mark.parametrize("row", [3, 10**12])
async def test_a_preview_of_a_row_that_is_not_there_says_so(deps, autojump_clock, row):
    async with stocking(deps) as (client, _):
        await stock(client)
        status, answer = await asked(client, "POST", PREVIEW, spec=OF_PEOPLE, row=row)
        errors = answer["error"]["details"]["errors"]
        assert (status, [each["field"] for each in errors]) == (400, ["row"])


async def test_a_preview_is_of_that_row_and_of_that_template(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await stock(client)
        label = b"{{ name }} ({{ city }})"
        assert (await upload(client, TEMPLATES, "Label.txt", label, id="label"))[0] == 201
        spec = {**OF_PEOPLE, "templates": ["letter", "label"]}
        wanted = [(0, 1, "Ada (London)"), (1, 0, "Dear Grace"), (2, 1, "Zoë (北京)")]
        for row, template, text in wanted:
            body = {"spec": spec, "row": row, "template": template}
            answer = await client.post(PREVIEW, json=body)
            assert (await answer.get_data()).decode().startswith(text)
        status, _ = await asked(client, "POST", PREVIEW, spec=spec, template=2)
        assert status == 400
