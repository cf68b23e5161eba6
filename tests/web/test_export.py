"""Exports: the same outcomes in four formats; nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from functools import partial

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.test_results import JOBS, deps, job  # noqa: F401 (fixtures)
from web.cells import plain
from web.export import MEDIA_TYPES, export
from web.threads import Threads

URLS = ["https://example.com/0", "https://example.com/1", "https://example.com/2"]


async def get(client, job_id, kind):
    answer = await client.get(f"{JOBS}/{job_id}/export?format={kind}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == MEDIA_TYPES[kind]
    disposition = answer.headers["Content-Disposition"]
    assert disposition == (
        f"attachment; filename=\"spring-list.{kind}\"; filename*=UTF-8''spring-list.{kind}"
    )
    return await answer.get_data()


async def test_json_lines_and_json_are_the_items(client, job):  # noqa: F811
    items = (await (await client.get(f"{JOBS}/{job}/items")).get_json())["items"]
    lines = (await get(client, job, "jsonl")).splitlines()
    assert [json.loads(line) for line in lines] == items
    assert json.loads(await get(client, job, "json")) == items


async def test_csv_has_a_header_and_guarded_cells(client, job):  # noqa: F811
    text = (await get(client, job, "csv")).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["url"] for row in rows] == URLS
    assert [row["http_status"] for row in rows] == ["200", "200", ""]
    assert rows[1]["error"] == "'=HYPERLINK(1)"
    assert text.startswith("index,url,status,")


async def test_xlsx_opens_and_holds_text_not_formulas(client, job):  # noqa: F811
    book = openpyxl.load_workbook(io.BytesIO(await get(client, job, "xlsx")))
    rows = list(book["outcomes"].iter_rows())
    header = [cell.value for cell in rows[0]]
    assert header[:3] == ["index", "url", "status"]
    assert [row[1].value for row in rows[1:]] == URLS
    error = rows[2][header.index("error")]
    assert (error.value, error.data_type) == ("'=HYPERLINK(1)", "s")


async def test_an_unknown_format_is_400(client, job):  # noqa: F811
    answer = await client.get(f"{JOBS}/{job}/export?format=exe")
    assert answer.status_code == 400


@pytest.fixture
def collected(tmp_path):
    return partial(collect, tmp_path)


async def collect(scratch, kind, batches):
    async def rows():
        for batch in batches:
            yield batch

    return b"".join([chunk async for chunk in export(kind, rows, Threads(1), scratch)])


async def test_columns_that_only_later_rows_have_are_there(collected):
    text = await collected("csv", [[{"index": 0, "status": "ok"}], [{"index": 1, "late": "x"}]])
    assert text.decode().splitlines() == ["index,status,late", "0,ok,", "1,,x"]


@pytest.mark.parametrize("batches", [[], [[]], [[{"a": 1}]], [[{"a": 1}], [], [{"a": 2}]]])
async def test_json_is_valid_however_the_batches_fall(collected, batches):
    expected = [row for batch in batches for row in batch]
    assert json.loads(await collected("json", batches)) == expected


async def test_a_large_sheet_keeps_every_row(collected):
    batches = [[{"index": n, "text": "x" * 40_000}] for n in range(50)]
    book = openpyxl.load_workbook(io.BytesIO(await collected("xlsx", batches)))
    rows = list(book["outcomes"].iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == list(range(50))


async def test_an_export_that_is_left_in_the_middle_leaves_nothing(tmp_path):
    async def rows():
        yield [{"index": n, "text": "x" * 1_000} for n in range(2_000)]

    chunks = export("xlsx", rows, Threads(1), tmp_path)
    assert await anext(chunks)
    assert list(tmp_path.iterdir())
    await chunks.aclose()
    assert list(tmp_path.iterdir()) == []


@given(st.text(), st.sampled_from("=+-@\t\r"))
def test_no_cell_begins_a_formula(text, start):
    assert plain(start + text).startswith("'" + start)
    assert plain([start + text])[:1] in ("[", "'")
