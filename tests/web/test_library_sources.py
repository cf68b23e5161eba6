"""The data sources of a desk over REST: read whatever they came as, kept, paged, replaced."""

from __future__ import annotations

import json

import pytest
import trio

from tests.support.archives import workbook
from tests.support.library import PEOPLE, SOURCES, asked, stocking, upload


def reasons(body):
    return [error["reason"] for error in body["error"]["details"]["errors"]]


async def rows_of(client, id="s", query=""):
    _, body = await asked(client, "GET", f"{SOURCES}/{id}/rows{query}")
    return body["rows"]


async def test_a_table_is_kept_with_its_columns(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        data = b"name,age,when,ok,none\nAda,36,1815-12-10,yes,\nBob,7,2020-01-01,no,\n"
        status, body = await upload(client, SOURCES, "people.csv", data, id="s")
        assert status == 201
        assert [(each["name"], each["type"]) for each in body["columns"]] == [
            ("name", "text"), ("age", "number"), ("when", "date"), ("ok", "boolean"),
            ("none", "empty"),
        ]  # fmt: skip
        assert (body["columns"][0]["samples"], body["columns"][4]["empty"]) == (["Ada", "Bob"], 2)
        assert body["warnings"] == ["the column 'none' is empty in every row"]
        source = body["data_source"]
        assert (source["name"], source["format"]) == ("people", "csv")
        assert (source["rows"], source["columns"]) == (2, 5)
        status, again = await asked(client, "GET", f"{SOURCES}/s")
        assert (status, again["data_source"], again["columns"]) == (200, source, body["columns"])
        _, listed = await asked(client, "GET", SOURCES)
        assert listed["data_sources"] == [source]
        assert await rows_of(client, query="?offset=1&limit=5") == [
            {"name": "Bob", "age": "7", "when": "2020-01-01", "ok": "no", "none": ""}
        ]


KINDS = {
    "comma": ("p.csv", b"a,b\n1,x y\n"),
    "semicolon": ("p.csv", b'"a";"b"\n1;"x y"\n'),
    "tab, marked as UTF-8": ("p.CSV", b"\xef\xbb\xbfa\tb\r\n1\tx y\r\n"),
    "commas within": ("p.csv", b'"a";"b"\n"1";"x y"\n'),
    "workbook": ("p.xlsx", workbook([["a", "b"], ["1", "x y"]])),
    "JSON": ("p.json", b'[{"a": "1", "b": "x y"}]'),
    "JSON, marked": ("p.json", b'\xef\xbb\xbf[{" a ": "1", "b": "x y"}]'),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_the_same_whatever_it_came_as(deps, autojump_clock, kind):
    async with stocking(deps) as (client, _):
        status, body = await upload(client, SOURCES, *KINDS[kind], id="s")
        assert status == 201, body
        assert await rows_of(client) == [{"a": "1", "b": "x y"}]


async def test_a_cell_that_is_missing_is_an_empty_one(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        await upload(client, SOURCES, "p.csv", b"a,b,c\n1\n,2,\n", id="s")
        assert await rows_of(client) == [{"a": "1", "b": "", "c": ""}, {"a": "", "b": "2", "c": ""}]


async def test_json_keeps_what_no_cell_can_hold(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        rows = [{"a": [{"x": 1}], "b": None, "c": 2.5, "d": True}, {"e": {"f": "g"}}]
        _, body = await upload(client, SOURCES, "p.json", json.dumps(rows).encode(), id="s")
        assert [each["type"] for each in body["columns"]] == [
            "list", "empty", "number", "boolean", "object",
        ]  # fmt: skip
        assert await rows_of(client) == rows


WRONG = {
    "no rows": ("p.csv", b"a,b\n", 400, "no rows"),
    "nothing": ("p.csv", b"\n", 400, "empty"),
    "not UTF-8": ("p.csv", "a\nä".encode("latin-1"), 400, "not UTF-8"),
    "UTF-16": ("p.csv", "a\nä".encode("utf-16"), 400, "not UTF-8"),
    "a column twice": ("p.csv", b"a,b,a\n1,2,3\n", 400, "'a' is there twice"),
    "a column twice but for blanks": ("p.csv", b"a, a\n1,2\n", 400, "'a' is there twice"),
    "a column without a name": ("p.csv", b"a,,b\n1,2,3\n", 400, "column 2 has no name"),
    "a name that is no name": ("p.csv", b"a,b\x1b[0m\n1,2\n", 400, "cannot be printed"),
    "more cells than columns": ("p.csv", b"a\n1\n1,2\n", 400, "line 3: more cells"),
    "an open quote": ("p.csv", b'a\n"1\n', 400, "line 2"),
    "no workbook": ("p.xlsx", b"PK\x03\x04 no", 400, "cannot be read"),
    "a workbook of before": ("p.xlsx", b"\xd0\xcf\x11\xe0" + b"x" * 600, 415, "encrypted"),
    "no JSON": ("p.json", b"[", 400, "not JSON"),
    "a JSON key twice": ("p.json", b'[{"a": 1, "a": 2}]', 400, "not JSON"),
    "a JSON key twice but for blanks": ("p.json", b'[{"a": 1, "a ": 2}]', 400, "twice"),
    "no array": ("p.json", b'{"a": 1}', 400, "array of objects"),
    "no objects": ("p.json", b'[{"a": 1}, 5]', 400, "must be a JSON object"),
    "another kind": ("p.ods", b"x", 415, ".csv, .xlsx, .json"),
    "text": ("p.txt", b"a\nb", 415, ".csv, .xlsx, .json"),
    "too many rows": ("p.csv", b"a\n" + b"1\n" * 11, 413, "more than 10 rows"),
    "too many JSON rows": ("p.json", json.dumps([{"a": 1}] * 11).encode(), 413, "than 10 rows"),
    "too many columns": ("p.csv", b",".join(b"c%d" % n for n in range(1_001)), 413, "columns"),
}


@pytest.mark.parametrize("kind", WRONG)
async def test_what_is_no_table_is_refused(deps, autojump_clock, kind):
    filename, data, status, said = WRONG[kind]
    async with stocking(deps, max_items=10) as (client, _):
        seen, body = await upload(client, SOURCES, filename, data)
        assert seen == status, body
        assert said in body["error"]["message"]
        assert (await asked(client, "GET", SOURCES))[1]["data_sources"] == []


async def test_all_wrong_rows_are_named_at_once(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        _, body = await upload(client, SOURCES, "p.csv", b"a\n" + b"1,2\n" * 150)
        assert body["error"]["details"]["error_count"] == 150
        assert len(reasons(body)) == 100
        assert reasons(body)[1] == "p.csv, line 3: more cells than the first row has names"


async def test_what_looks_like_a_formula_is_told(deps, autojump_clock):
    async with stocking(deps) as (client, _):
        _, body = await upload(client, SOURCES, "p.csv", b"a,b\n=1+1,2\n", id="s")
        assert "begins with '='" in body["warnings"][0]
        assert await rows_of(client) == [{"a": "=1+1", "b": "2"}]


async def test_a_table_of_the_same_id_takes_its_place(deps, autojump_clock):
    async with stocking(deps, limits={"max_data_sources": 1}) as (client, _):
        await upload(client, SOURCES, "p.csv", PEOPLE, id="s")
        await trio.sleep(1)
        status, body = await upload(client, SOURCES, "q.csv", b"a\n1\n", id="s", name="Q")
        assert (status, body["data_source"]["name"]) == (201, "Q")
        assert await rows_of(client) == [{"a": "1"}]
        status, body = await upload(client, SOURCES, "q.csv", b"a\n1\n")
        assert (status, body["error"]["code"]) == (409, "limit_reached")
        assert (await asked(client, "DELETE", f"{SOURCES}/s"))[0] == 200
        assert (await upload(client, SOURCES, "q.csv", b"a\n1\n"))[0] == 201
