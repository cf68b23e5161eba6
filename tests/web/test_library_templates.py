"""The templates of a desk over REST: kept, versioned, looked into, changed, matched, forgotten."""

from __future__ import annotations

import pytest
import trio

from state.digests import digest_of
from state.errors import LibraryMissing
from state.views import desk_key
from tests.support.library import (
    DESK,
    LETTER,
    SOURCES,
    TEMPLATES,
    asked,
    stock,
    stocking,
    upload,
)
from tests.web.conftest import GUEST

ALICE = desk_key(GUEST)
OTHER = b"Hello {{ name }} {{ email }}"


def fields_of(body):
    return [field["key"] for field in body["fields"]]


async def test_a_template_is_kept_with_what_it_asks_for(deps, autojump_clock):
    async with stocking(deps) as (client, server):
        said = {"description": "for\nall", "category": "mail", "tags": '["a", "b", "a"]'}
        status, body = await upload(client, TEMPLATES, "Letter.txt", LETTER, **said)
        assert status == 201
        template = body["template"]
        assert fields_of(body) == ["name", "city"]
        assert template["name"] == "Letter"
        assert (template["format"], template["version"], template["uses"]) == ("txt", 1, 0)
        assert (template["sha256"], template["fields"]) == (digest_of(LETTER), 2)
        assert (template["category"], template["tags"]) == ("mail", ["a", "b"])
        assert body["durable"] is True
        status, again = await asked(client, "GET", f"{TEMPLATES}/{template['id']}")
        assert status == 200
        assert again["template"] == template
        answer = await client.get(f"{TEMPLATES}/{template['id']}/file")
        assert await answer.get_data() == LETTER
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert await server.store.read_library(ALICE, digest_of(LETTER)) == LETTER


async def test_the_same_id_is_the_next_version_and_keeps_what_is_not_said_anew(
    deps, autojump_clock
):
    async with stocking(deps) as (client, _):
        first = {"id": "letter", "name": "A letter", "mappings": '{"name": "who"}'}
        await upload(client, TEMPLATES, "Letter.txt", LETTER, **first)
        status, body = await upload(client, TEMPLATES, "b.txt", OTHER, id="letter", category="x")
        assert status == 201
        template = body["template"]
        assert (template["version"], template["name"], template["category"]) == (2, "A letter", "x")
        assert template["mappings"] == {"name": "who"}
        assert fields_of(body) == ["name", "email"]
        status, body = await upload(
            client, f"{TEMPLATES}/letter", "c.txt", LETTER, method="PUT", name="C"
        )
        assert (status, body["template"]["version"], body["template"]["name"]) == (200, 3, "C")
        _, listed = await asked(client, "GET", TEMPLATES)
        assert [each["id"] for each in listed["templates"]] == ["letter"]


async def test_it_is_edited_but_not_over_somebody_elses_edit(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await stock(client)
        path = f"{TEMPLATES}/letter"
        status, body = await asked(client, "PUT", path, tags=["x"], version=1)
        assert (status, body["template"]["version"], body["template"]["tags"]) == (200, 2, ["x"])
        assert body["template"]["name"] == "Letter"
        status, body = await asked(client, "PUT", path, name="Late", version=1)
        assert (status, body["error"]["code"]) == (409, "template_changed")
        assert body["error"]["details"]["version"] == 2
        status, body = await asked(client, "PUT", path, name="In time")
        assert (status, body["template"]["name"]) == (200, "In time")


async def test_the_list_is_narrowed_and_tells_the_categories(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        for name, category, tags in (
            ("b", "mail", '["x"]'),
            ("A", "mail", "[]"),
            ("c", "other", "[]"),
        ):
            about = {"name": name, "category": category, "tags": tags, "description": f"of {name}"}
            await upload(client, TEMPLATES, "t.txt", LETTER, **about)

        async def names(query):
            _, body = await asked(client, "GET", f"{TEMPLATES}?{query}")
            assert (body["categories"], body["tags"]) == (["mail", "other"], ["x"])
            return [each["name"] for each in body["templates"]]

        assert await names("") == ["A", "b", "c"]
        assert await names("category=mail") == ["A", "b"]
        assert await names("tag=x") == ["b"]
        assert await names("search=OF%20c") == ["c"]


async def test_what_is_deleted_is_gone_and_its_files_with_it(deps, autojump_clock):
    async with stocking(deps) as (client, server):
        await stock(client)
        assert (await asked(client, "DELETE", f"{TEMPLATES}/letter"))[0] == 200
        assert (await asked(client, "DELETE", f"{SOURCES}/people"))[0] == 200
        for path, code in (
            ("templates/letter", "template"),
            ("data-sources/people", "data_source"),
        ):
            for method in ("GET", "DELETE"):
                status, body = await asked(client, method, f"{DESK}/{path}")
                assert (status, body["error"]["code"]) == (404, f"{code}_not_found")
        # The generation before may still name them; a change more, and nothing does.
        await asked(client, "PUT", f"{DESK}/egress", allow=[], deny=["x.example"])
        await trio.sleep(1)
        with pytest.raises(LibraryMissing):
            await server.store.read_library(ALICE, digest_of(LETTER))


async def test_inspecting_keeps_nothing(deps, autojump_clock):
    async with stocking(deps) as (client, server):
        status, body = await upload(client, f"{TEMPLATES}/inspect", "x.md", LETTER)
        assert (status, body["format"], fields_of(body)) == (200, "md", ["name", "city"])
        assert (await asked(client, "GET", TEMPLATES))[1]["templates"] == []
        with pytest.raises(LibraryMissing):
            await server.store.read_library(ALICE, digest_of(LETTER))


@pytest.mark.parametrize(
    ("filename", "data", "said", "status", "code"),
    [
        ("a.pdf", b"x", {}, 415, "unsupported_media_type"),
        ("a", b"x", {}, 415, "unsupported_media_type"),
        ("a.txt", b"", {}, 400, "invalid_request"),
        ("a.txt", b"x" * 2_000, {}, 413, "body_too_large"),
        ("a.docx", b"not a zip", {}, 400, "invalid_request"),
        ("a.txt", b"{{ name", {}, 400, "invalid_request"),
        ("a.txt", b"\xff", {}, 400, "invalid_request"),
        ("a.txt", b"x", {"id": "../x"}, 400, "invalid_request"),
        ("a.txt", b"x", {"id": ".."}, 400, "invalid_request"),
        ("a.txt", b"x", {"id": "x" * 65}, 400, "invalid_request"),
        ("a.txt", b"x", {"tags": "[1]"}, 400, "invalid_request"),
        ("a.txt", b"x", {"tags": "["}, 400, "invalid_json"),
        ("a.txt", b"x", {"mappings": '{"a": {}}'}, 400, "invalid_request"),
        ("a.txt", b"x", {"name": "a\x1b[31m"}, 400, "invalid_request"),
        ("a.txt", b"x", {"description": "x" * 2_001}, 400, "invalid_request"),
    ],
)
async def test_what_is_no_template_is_refused(
    deps, autojump_clock, filename, data, said, status, code
):
    async with stocking(deps, max_template_bytes=1_024) as (client, _):
        seen, body = await upload(client, TEMPLATES, filename, data, **said)
        assert (seen, body["error"]["code"]) == (status, code)
        assert (await asked(client, "GET", TEMPLATES))[1]["templates"] == []


async def test_there_are_only_so_many(deps, autojump_clock):
    async with stocking(deps, limits={"max_templates": 1}) as (client, _):
        await stock(client)
        status, body = await upload(client, TEMPLATES, "b.txt", OTHER)
        assert (status, body["error"]["code"]) == (409, "limit_reached")
        assert (await upload(client, TEMPLATES, "b.txt", OTHER, id="letter"))[0] == 201


async def test_all_that_is_said_of_one_is_small_for_every_save_writes_it(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await stock(client)
        wide = {f"field{n:03}{'x' * 50}": "y" * 60 for n in range(100)}
        status, body = await asked(client, "PUT", f"{TEMPLATES}/letter", mappings=wide)
        assert (status, body["error"]["code"]) == (409, "limit_reached")


async def test_a_match_tells_what_is_filled_missing_and_unused(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await stock(client)
        template = b"{{ First_Name }} {{ city }} {{ total }} {{ who }}"
        table = b"first name,city,price,nobody\na,b,c,d\n"
        about = {"id": "t", "mappings": '{"total": "price", "who": "gone"}'}
        await upload(client, TEMPLATES, "t.txt", template, **about)
        await upload(client, SOURCES, "s.csv", table, id="s")
        status, body = await asked(client, "POST", f"{TEMPLATES}/t/match", data_source="s")
        assert status == 200
        found = {each["key"]: (each["column"], each["how"]) for each in body["fields"]}
        assert found == {
            "First_Name": ("first name", "suggested"),
            "city": ("city", "same"),
            "total": ("price", "mapping"),
            "who": (None, "none"),
        }
        assert (body["missing"], body["unused"]) == (["First_Name", "who"], ["nobody"])
        assert body["mappings"] == {
            "total": "price", "who": "gone", "First_Name": "first name",
        }  # fmt: skip
        assert body["ready"] is False
        columns = {"columns": ["First_Name", "city", "total", "who"], "mappings": {}}
        _, body = await asked(client, "POST", f"{TEMPLATES}/t/match", **columns)
        assert (body["ready"], body["missing"], body["unused"]) == (True, [], [])
        status, body = await asked(client, "POST", f"{TEMPLATES}/t/match", mappings={})
        assert (status, body["error"]["details"]["errors"][0]["field"]) == (400, "data_source")


async def test_what_a_desk_has_is_nobody_elses(deps, autojump_clock):
    async with stocking(deps) as (client, server):
        await stock(client)
        other = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
        await server.supervisor.directory.create(desk_key(other))
        mine = f"/api/desks/{other}"
        assert (await asked(client, "GET", f"{mine}/templates"))[1]["templates"] == []
        for path in ("templates/letter", "templates/letter/file", "data-sources/people/rows"):
            assert (await asked(client, "GET", f"{mine}/{path}"))[0] == 404
