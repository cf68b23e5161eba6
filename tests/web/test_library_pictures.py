"""The pictures of a desk over REST, and in the documents of jobs whose rows name them."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest

from executors.documents import pictures
from state.digests import digest_of
from state.views import desk_key
from tests.support.library import (
    DESK,
    JOBS,
    TEMPLATES,
    asked,
    end_of,
    stocking,
    upload,
)
from tests.support.papers import word
from tests.support.pictures import picture
from tests.web.conftest import GUEST

ALICE = desk_key(GUEST)
PICTURES = f"{DESK}/pictures"
LOGO = picture(size=(4, 3))
HTML = b"<p>{{ name }}</p><img src='{{ photo }}'>"
SPEC = {"templates": ["card"], "file_name": "{{ name }}"}
ROWS = [{"name": "A", "photo": "picture:logo"}, {"name": "B", "photo": "picture:logo"}]


async def add(client, data=LOGO, id="logo", filename="Logo.png", **fields):
    return await upload(client, PICTURES, filename, data, id=id, **fields)


async def stock(client, template=HTML, filename="card.html"):
    assert (await add(client))[0] == 201
    assert (await upload(client, TEMPLATES, filename, template, id="card"))[0] == 201


async def create(client, rows, **spec):
    body = {"kind": "document", "start": True, "spec": {**SPEC, **spec}, "items": rows}
    return await asked(client, "POST", JOBS, **body)


async def made(server, job_id, name):
    chunks = [chunk async for chunk in server.store.open_artifact(ALICE, job_id, name)]
    return b"".join(chunks)


def errors_of(body):
    errors = body["error"]["details"]["errors"]
    return [(each["index"], each["field"], each["reason"]) for each in errors]


@pytest.mark.parametrize("format", ["png", "jpeg", "gif"])
async def test_a_picture_is_kept_as_it_came(deps, autojump_clock, format):
    data = picture(format.upper(), (4, 3))
    async with stocking(deps) as (client, server):
        status, body = await add(client, data)
        kept = body["picture"]
        assert status == 201
        assert (kept["id"], kept["name"], kept["format"]) == ("logo", "Logo", format)
        assert (kept["width"], kept["height"], kept["size_bytes"]) == (4, 3, len(data))
        assert (kept["sha256"], kept["uses"]) == (digest_of(data), 0)
        assert (await asked(client, "GET", f"{PICTURES}/logo"))[1]["picture"] == kept
        assert (await asked(client, "GET", PICTURES))[1]["pictures"] == [kept]
        answer = await client.get(f"{PICTURES}/logo/file")
        assert await answer.get_data() == data
        assert answer.headers["Content-Type"] == f"image/{format}"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        small = await client.get(f"{PICTURES}/logo/thumbnail")
        assert small.headers["Content-Type"] == "image/webp"
        assert await server.store.read_library(ALICE, digest_of(await small.get_data()))
        assert (await asked(client, "DELETE", f"{PICTURES}/logo"))[0] == 200
        assert (await asked(client, "GET", PICTURES))[1]["pictures"] == []


async def test_what_is_not_there_is_not_found(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        for method, path in (("GET", ""), ("GET", "/file"), ("DELETE", "")):
            status, body = await asked(client, method, f"{PICTURES}/gone{path}")
            assert (status, body["error"]["code"]) == (404, "picture_not_found")


WRONG = {
    "text": (b"hello", 400, "a PNG, a JPEG or a GIF"),
    "nothing": (b"", 400, "a PNG, a JPEG or a GIF"),
    "another kind": (picture("BMP"), 400, "a PNG, a JPEG or a GIF"),
    "cut short": (picture("JPEG", (200, 200))[:-200], 400, "broken"),
    "too large": (LOGO + bytes(2_000), 413, "2,000 bytes"),
}


@pytest.mark.parametrize("kind", WRONG)
async def test_what_is_no_picture_is_refused(deps, autojump_clock, kind):
    data, status, said = WRONG[kind]
    async with stocking(deps, max_template_bytes=2_000) as (client, _):
        seen, body = await add(client, data)
        assert (seen, said in str(body)) == (status, True), body
        assert (await asked(client, "GET", PICTURES))[1]["pictures"] == []


async def test_a_desk_keeps_so_many(deps, autojump_clock):
    async with stocking(deps, limits={"max_pictures": 1}) as (client, _):
        assert (await add(client))[0] == 201
        status, body = await add(client, id="other")
        assert (status, body["error"]["code"]) == (409, "limit_reached")
        assert (await add(client, picture(size=(9, 9))))[1]["picture"]["width"] == 9


@pytest.mark.parametrize("filename", ["card.html", "card.md"])
async def test_a_page_holds_the_picture_that_its_row_names(deps, autojump_clock, filename):
    async with stocking(deps) as (client, server):
        await stock(client, filename=filename)
        _, body = await create(client, ROWS)
        job = await end_of(client, body["job"]["id"])
        assert job["status"] == "completed"
        url = b"data:image/png;base64," + base64.b64encode(LOGO)
        for name in ("A", "B"):
            page = await made(server, job["id"], f"{name}.{filename.rpartition('.')[2]}")
            assert b"src='" + url + b"'" in page
        assert await server.store.read_asset(ALICE, job["id"], digest_of(LOGO)) == LOGO


async def test_a_word_document_holds_it_wherever_the_row_names_it(deps, autojump_clock):
    template = word("{{ name }} {% for each in photos %}{{ each }}{% endfor %}")
    async with stocking(deps) as (client, server):
        await stock(client, template, "card.docx")
        _, body = await create(client, [{"name": "A", "photos": ["picture:logo"]}])
        job = await end_of(client, body["job"]["id"])
        document = await made(server, job["id"], "A.docx")
        with zipfile.ZipFile(io.BytesIO(document)) as package:
            media = [name for name in package.namelist() if name.startswith("word/media/")]
            assert [package.read(name) for name in media] == [LOGO]


async def test_a_job_keeps_its_pictures_whatever_becomes_of_the_library(deps, autojump_clock):
    async with stocking(deps) as (client, server):
        await stock(client)
        body = {"kind": "document", "start": False, "spec": SPEC, "items": ROWS}
        _, body = await asked(client, "POST", JOBS, **body)
        await add(client, picture(size=(9, 9)))
        await asked(client, "DELETE", f"{PICTURES}/logo")
        await asked(client, "POST", f"{JOBS}/{body['job']['id']}/start")
        job = await end_of(client, body["job"]["id"])
        page = await made(server, job["id"], "A.html")
        assert base64.b64encode(LOGO) in page


async def test_a_picture_that_is_not_there_is_told_with_its_row_and_field(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await stock(client)
        rows = [*ROWS, {"name": "C", "photo": [{"of": "picture:gone"}]}]
        status, body = await create(client, rows)
        assert status == 400
        reason = "there is no picture 'gone' in the library"
        assert errors_of(body) == [(2, "photo", reason)]
        assert (await create(client, [*ROWS, {"name": "C", "photo": "picture: a poem"}]))[0] == 201


async def test_no_job_takes_more_than_it_may(deps, autojump_clock, monkeypatch):
    other = picture(size=(9, 9))
    rows = [*ROWS, {"name": "C", "photo": "picture:other"}]
    async with stocking(deps) as (client, _):
        await stock(client)
        await add(client, other, "other")
        monkeypatch.setattr(pictures, "MAX_JOB_BYTES", len(LOGO) + len(other))
        assert (await create(client, rows))[0] == 201
        monkeypatch.setattr(pictures, "MAX_JOB_BYTES", len(LOGO) + len(other) - 1)
        status, body = await create(client, rows)
        assert (status, "at most 64 MiB" in str(body)) == (400, True)
        monkeypatch.setattr(pictures, "MAX_JOB_PICTURES", 1)
        status, body = await create(client, rows)
        assert (status, "at most 1" in str(body)) == (400, True)


async def test_nobody_names_bytes_of_a_picture_in_a_spec(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await stock(client)
        forged = {"logo": {"digest": digest_of(HTML), "format": "png", "size_bytes": 1}}
        status, body = await create(client, ROWS, pictures=forged)
        assert status == 400
        assert "pictures" in errors_of(body)[0][1]


async def test_a_preview_shows_it(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await stock(client)
        answer = await client.post(f"{DESK}/documents/preview", json={"spec": SPEC, "items": ROWS})
        assert base64.b64encode(LOGO) in await answer.get_data()
