"""Workbooks and archives as uploads: what they become, and the answers to those that will not."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from msgspec.structs import replace
from quart.datastructures import FileStorage

from executors.refusals import ReaderBusy, ReaderUnavailable, Refused
from executors.tables.inline import InlineReader
from executors.tables.limits import TableLimits
from tests.support.archives import packed, workbook
from tests.support.desks import last_created
from tests.web.conftest import GUEST
from web.app import build_app

JOBS = f"/api/desks/{GUEST}/jobs"
URL = "https://example.com/"


class BrokenReader:
    """Answers with the error it was made with."""

    def __init__(self, error):
        self._error = error

    async def read(self, desk, upload, data):
        if isinstance(self._error, bytes):
            return self._error
        raise self._error


@pytest.fixture
def client(deps):
    return build_app(replace(deps, tables=InlineReader(TableLimits()))).test_client()


async def upload(client, data, filename, sheet=None, **headers):
    return await client.post(
        JOBS,
        form={"job": json.dumps({"kind": "fetch"})} | ({} if sheet is None else {"sheet": sheet}),
        files={"items": FileStorage(BytesIO(data), filename=filename)},
        headers=headers,
    )


async def error_of(answer):
    return (await answer.get_json())["error"]


def planned(desk):
    return [json.loads(bytes(item.item)) for item in last_created(desk).plan.items]


async def test_a_workbook_has_the_columns_of_a_csv(client, desk):
    book = workbook(
        [["URL", "method", "headers", "body"], [URL], [URL + "2", "POST", '{"X-A": "1"}', 5]]
    )
    answer = await upload(client, book, "Links.XLSX")
    assert answer.status_code == 201, await answer.get_data()
    first, second = planned(desk)
    assert first == URL
    assert (second["url"], second["method"], second["body"]) == (URL + "2", "POST", "5")


async def test_the_files_of_an_archive_are_one_batch(client, desk):
    book = workbook([["url"], [URL + "b"]])
    archive = packed({"b.xlsx": book, "a.txt": URL + "a", "c.csv": f"url\n{URL}c\n"})
    answer = await upload(client, archive, "links.zip")
    assert answer.status_code == 201, await answer.get_data()
    assert planned(desk) == [URL + "a", URL + "b", URL + "c"]


async def test_another_sheet_is_another_request(client, desk):
    book = workbook([["url"], [URL + "1"]], [["url"], [URL + "2"]])
    key = {"Idempotency-Key": "k"}
    first = await upload(client, book, "a.xlsx", **key)
    assert await (await upload(client, book, "b.xlsx", **key)).get_json() == await first.get_json()
    assert (await upload(client, book, "a.xlsx", "S2", **key)).status_code == 409
    assert (await upload(client, book, "a.xlsx", "S2")).status_code == 201
    assert planned(desk) == [URL + "2"]


async def test_what_is_wrong_with_an_item_is_told_with_its_place(client, desk):
    bad = workbook([["url", "headers"], [], [URL, "{"], ["ftp://x"]])
    archive = packed({"a.csv": f"url\n{URL}\nftp://x\n", "b.txt": "#\n\nftp://x"})
    for name, data, places in (
        ("bad.xlsx", bad, ["bad.xlsx, sheet S1, row 3"]),
        ("bad.zip", archive, ["a.csv, line 3", "b.txt, line 3"]),
        ("bad.csv", b"url\nftp://x\n", ["bad.csv, line 2"]),
    ):
        answer = await upload(client, data, name)
        assert answer.status_code == 400
        told = (await error_of(answer))["details"]["errors"]
        assert [entry["where"] for entry in told] == places
    assert desk.asked == []


TABLES = [
    ("no column url", [["link"], [URL]], "S1: the first row must name a column url (and 1 more)"),
    ("nothing at all", [], "S1: the first row must name a column url"),
    ("columns twice", [["url", "url"]], "a column is named twice"),
    ("more cells than names", [["url"], [URL, "x"]], "1 rows of the file are not right"),
]


@pytest.mark.parametrize(
    ("rows", "words"), [case[1:] for case in TABLES], ids=[case[0] for case in TABLES]
)
async def test_a_table_that_is_no_list_of_items_is_refused(client, desk, rows, words):
    answer = await upload(client, workbook(rows), "a.xlsx")
    assert answer.status_code == 400
    assert words in (await error_of(answer))["message"]
    assert desk.asked == []


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refused("unreadable", "no"), 400, "invalid_request"),
        (Refused("too_large", "no"), 413, "body_too_large"),
        (Refused("unsupported", "no"), 415, "unsupported_media_type"),
        (ReaderBusy(), 429, "too_many_requests"),
        (ReaderUnavailable("the jail cannot be made"), 503, "overloaded"),
        (b"no rows\n", 400, "invalid_request"),
        (b'{"type":"row","number":1,"cells":[]}\n', 400, "invalid_request"),
        (
            b'{"type":"head","file":"a","header":false}\n{"type":"row","number":1,"cells":[]}\n',
            400,
            "invalid_spec",
        ),
    ],
)
async def test_what_a_reader_cannot_read_has_its_answer(deps, desk, error, status, code):
    client = build_app(replace(deps, tables=BrokenReader(error))).test_client()
    answer = await upload(client, b"PK", "a.zip")
    told = await error_of(answer)
    assert (answer.status_code, told["code"]) == (status, code)
    assert "jail" not in json.dumps(told)
    assert desk.asked == []
