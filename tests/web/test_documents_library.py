"""Templates and tables of the documents API, as its clients upload, edit and look at them."""

from __future__ import annotations

import pytest
import trio

from executors.documents.inline import InlineDocuments
from tests.support.documents import ME, A, form, serving
from tests.support.library import PEOPLE

PLACES = ["/api/v2/batch/templates", "/api/batch/templates", "/api/templates", "/api/v2/templates"]
SOURCES = "/api/v2/batch/data-sources"
NAME = {"key": "name", "rawPlaceholder": "{{ name }}", "dataType": "string", "required": True}


@pytest.mark.parametrize("place", PLACES)
async def test_a_template_from_its_upload_to_its_end(deps, autojump_clock, place):
    async with serving(deps) as (client, _):
        said = {
            "name": "Contract",
            "description": "For all",
            "category": "legal",
            "tags": '["a", "b"]',
            "mappings": '{"name": "full name"}',
        }
        told = await form(client, place, "c.txt", b"I, {{ name }}.", templateId="tpl_1", **said)
        assert (told["id"], told["templateId"], told["version"]) == ("tpl_1", "tpl_1", 1)
        assert (told["category"], told["tags"]) == ("legal", ["a", "b"])
        assert told["fields"] == ["name"]
        assert told["metadata"]["placeholders"] == told["placeholders"]
        assert told["placeholders"][0].items() >= NAME.items()
        page = await client.data("GET", f"{place}?page=1&pageSize=50")
        assert page["pagination"]["total"] == 4
        listed = next(item for item in page["items"] if item["id"] == "tpl_1")
        assert (listed["placeholderCount"], listed["usageCount"]) == (1, 0)
        # Pages send back what they were told, edited.
        told = await client.data("PUT", f"{place}/tpl_1", {**told, "name": "Deed", "tags": []})
        assert (told["name"], told["tags"], told["version"]) == ("Deed", [], 2)
        assert told["description"] == "For all"
        told = await form(
            client, f"{place}/tpl_1", "c.md", b"{{ a }}{{ b }}", method="PUT", status=200
        )
        assert (told["format"], told["placeholderCount"], told["version"]) == ("md", 2, 3)
        variables = await client.data("GET", f"{place}/tpl_1/variables")
        assert [each["name"] for each in variables["variables"]] == ["a", "b"]
        answer = await client.http.get(f"{place}/tpl_1/download", headers=ME)
        assert await answer.get_data() == b"{{ a }}{{ b }}"
        assert "attachment" in answer.headers["Content-Disposition"]
        answer = await client.http.delete(f"{place}/tpl_1", headers=ME)
        assert (answer.status_code, await answer.get_data()) == (204, b"")
        for method, tail in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/download")):
            sent = {"name": "x"} if method == "PUT" else None
            error = await client.refusal(method, f"{place}/tpl_1{tail}", sent, 404)
            assert error["code"] == "TEMPLATE_NOT_FOUND"


async def test_what_a_file_would_be(deps, autojump_clock):
    async with serving(deps) as (client, _):
        place = PLACES[2]
        said = {"status": 200}
        found = await form(client, f"{place}/extract-placeholders", "x.txt", b"{{ name }}", **said)
        assert [set(NAME.items()) <= {*_plain(each)} for each in found] == [True]
        told = await form(client, f"{place}/validate", "x.txt", b"{{ name }}", **said)
        assert (told["valid"], told["errors"]) == (True, [])
        assert told["placeholders"] == found
        for name, data in (("x.txt", b"{{ name"), ("x.exe", b"MZ")):
            told = await form(client, f"{place}/validate", name, data, **said)
            assert (told["valid"], len(told["errors"]), told["placeholders"]) == (False, 1, [])
        assert (await client.data("GET", place))["pagination"]["total"] == 3


def _plain(each):
    return [(key, value) for key, value in each.items() if not isinstance(value, list)]


@pytest.mark.parametrize(
    ("name", "data", "fields"),
    [
        ("x.exe", b"MZ", {}),
        ("x.txt", b"{{ name", {}),
        ("x.txt", b"x", {"templateId": "a/b"}),
        ("x.txt", b"x", {"tags": "[1]"}),
        ("x.txt", b"x", {"mappings": "{"}),
        ("x.txt", b"x", {"name": "\x00"}),
    ],
)
async def test_templates_that_are_refused(deps, autojump_clock, name, data, fields):
    async with serving(deps) as (client, _):
        error = await form(client, PLACES[0], name, data, status=400, **fields)
        assert error["code"] == "VALIDATION_ERROR"


async def test_tables_are_kept_listed_and_forgotten(deps, autojump_clock):
    async with serving(deps) as (client, _):
        told = await form(client, SOURCES, "p.csv", PEOPLE, dataSourceId="test_ds_001")
        assert (told["dataSourceId"], told["rowCount"], told["columnCount"]) == (
            "test_ds_001",
            3,
            2,
        )
        assert [each["name"] for each in told["columns"]] == ["name", "city"]
        assert await client.data("GET", f"{SOURCES}/test_ds_001") == told
        assert (await client.data("GET", SOURCES))["pagination"]["total"] == 2
        task = await client.create(A, data=None, dataSourceId="test_ds_001")
        assert (await client.data("GET", f"{A}/{task}"))["totalDocuments"] == 3
        assert (await client.http.delete(f"{SOURCES}/test_ds_001", headers=ME)).status_code == 204
        error = await client.refusal("GET", f"{SOURCES}/test_ds_001", None, 404)
        assert error["code"] == "DATA_SOURCE_NOT_FOUND"


class Drawn(InlineDocuments):
    async def picture(self, desk, format, data):
        return b"\x89PNG of " + data


async def test_a_document_is_looked_at_before_any_task(deps, autojump_clock):
    async with serving(deps, documents=Drawn()) as (client, _):
        place = f"{PLACES[2]}/full"
        told = await client.data("POST", f"{place}/preview", {"data": {"name": "Ada"}})
        assert told["warnings"] == ["A field has no value and is blank: city"]
        mapped = {"data": {"name": "Ada", "Town": "Bath"}, "mappings": {"city": "Town"}}
        assert (await client.data("POST", f"{place}/preview", mapped))["warnings"] == []
        assert (told["format"], told["fileName"]) == ("txt", "Full.txt")
        answer = await client.http.get(told["downloadUrl"], headers=ME)
        assert await answer.get_data() == b"Dear Ada of ,\n"
        picture = await client.http.get(told["previewUrl"], headers=ME)
        assert (picture.status_code, picture.mimetype) == (200, "image/png")
        assert await picture.get_data() == b"\x89PNG of Dear Ada of ,\n"
        assert (await client.refusal("GET", f"{place}/preview", None, 400))["details"]["field"]
        error = await client.refusal("GET", f"{place}/preview?key=x", None, 404)
        assert error["code"] == "PREVIEW_NOT_FOUND"
        await trio.sleep(601)
        assert (await client.http.get(told["previewUrl"], headers=ME)).status_code == 404
