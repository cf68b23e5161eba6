"""Filters on items and exports: what they find, what they refuse, and the columns of values."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest
from msgspec import Raw
from msgspec.structs import replace

from state.memory import MemoryStore
from state.model import InputItem, JobStatus, OutcomeStatus
from tests.web.test_desk_routes import make_job
from tests.web.test_results import JOBS, KEY, outcome
from web.columns import MAX_EXTRACTED, Columns

FAILED = OutcomeStatus.FAILED
COUNT = 6


def result(index, http_status, **more):
    fields = {"url": f"https://example.com/{index}", "http_status": http_status, **more}
    return json.dumps(fields).encode()


@pytest.fixture
def deps(deps):
    return replace(deps, store=MemoryStore())


@pytest.fixture
async def job(client, desk, deps):
    """Six items: 0 and 1 with values, 2 not found, 3 without an answer, 4 of an earlier run."""
    urls = [f"https://example.com/{n}" for n in range(COUNT)]
    job_id = (await make_job(client, name="list", items=urls))["job"]["id"]
    desk.move(job_id, JobStatus.QUEUED, run=1)
    items = [InputItem(Raw(json.dumps(url).encode())) for url in urls]
    await deps.store.write_inputs(KEY, job_id, items)
    log = await deps.store.open_outcomes(KEY, job_id)
    await log.append(
        [
            outcome(0, result=result(0, 200, extracted={"price": 12, "name": "=1+1"})),
            outcome(1, result=result(1, 206, extracted={"price": None, "name": ["a", "Tea"]})),
            outcome(2, FAILED, result(2, 404), error="404 Not Found"),
            outcome(3, FAILED, result(3, None), error="timed out"),
            replace(outcome(4, FAILED, result(4, 500), error="500"), run=0),
        ]
    )
    await log.sync()
    await log.aclose()
    return job_id


async def indexes(client, job, query):
    answer = await client.get(f"{JOBS}/{job}/items?{query}")
    page = await answer.get_json()
    assert answer.status_code == 200, page
    found = [item["index"] for item in page["items"]]
    lines = await (await client.get(f"{JOBS}/{job}/export?format=jsonl&{query}")).get_data()
    assert [json.loads(line)["index"] for line in lines.splitlines()] == found
    assert page["total"] == len(found)
    return found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("status=failed", [2, 3]),
        ("http_status=200", [0]),
        ("http_status=2xx", [0, 1]),
        ("http_status=2XX,404", [0, 1, 2]),
        ("http_status=201-404", [1, 2]),
        ("http_status=none", [3]),
        ("http_status=none,%205xx", [3, 4]),
        ("http_status=5xx&status=failed", []),
        ("text=TIMED", [3]),
        ("text=tea", [1]),
        ("text=example.com/2", [2]),
        ("extracted.price=12", [0]),
        ("extracted.price=", [0]),
        ("extracted.price", [0]),
        ("extracted.name=Tea", [1]),
        ("extracted.name=&extracted.price=12", [0]),
        ("extracted.nothing=", []),
        ("ended_from=2023-11-14T22:13:20Z", [0, 1, 2, 3, 4]),
        ("ended_to=2023-11-14T22:13:20.000Z", []),
        ("ended_from=2023-11-15T06:13:19.9%2B08:00&status=failed", [2, 3]),
        ("ended_from=2023-11-15t06:13:19.9+08:00&status=failed", [2, 3]),
        ("http_status=2xx&text=tea&extracted.name=a", [1]),
    ],
)
async def test_items_and_exports_have_what_the_filters_find(client, job, query, expected):
    assert await indexes(client, job, query) == expected


async def test_pages_of_what_is_found_are_counted_exactly(client, job):
    answer = await client.get(f"{JOBS}/{job}/items?http_status=2xx,404&offset=1&limit=1")
    page = await answer.get_json()
    assert ([item["index"] for item in page["items"]], page["total"]) == ([1], 3)


@pytest.mark.parametrize("route", ["items", "export"])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("http_status=abc", "http_status"),
        ("http_status=6xx", "http_status"),
        ("http_status=99", "http_status"),
        ("http_status=404-200", "http_status"),
        ("http_status=200,", "http_status"),
        ("http_status=" + ",".join(["200"] * 21), "http_status"),
        ("text=" + "x" * 501, "text"),
        ("extracted.=x", "extracted."),
        ("ended_from=yesterday", "ended_from"),
        ("ended_from=2023-11-14", "ended_from"),
        ("ended_to=2023-11-14T22:13:20", "ended_to"),
        ("ended_to=2023-13-14T22:13:20Z", "ended_to"),
        ("ended_to=2201-01-01T00:00:00Z", "ended_to"),
        ("extracted.a=" + "x" * 501, "extracted.a"),
        ("&".join(f"extracted.a{n}=1" for n in range(21)), "extracted.a20"),
        ("status=sideways", "status"),
    ],
)
async def test_a_bad_filter_is_named(client, job, route, query, field):
    answer = await client.get(f"{JOBS}/{job}/{route}?{query}")
    assert answer.status_code == 400
    errors = (await answer.get_json())["error"]["details"]["errors"]
    assert [entry["field"] for entry in errors] == [field]


async def test_pending_items_have_nothing_to_be_filtered_by(client, job):
    query = "status=pending&http_status=2xx&text=a&extracted.price=1"
    answer = await client.get(f"{JOBS}/{job}/items?{query}")
    assert answer.status_code == 400
    errors = (await answer.get_json())["error"]["details"]["errors"]
    assert [entry["field"] for entry in errors] == ["http_status", "text", "extracted.price"]
    answer = await client.get(f"{JOBS}/{job}/export?status=pending")
    assert answer.status_code == 400


async def test_tables_have_a_column_for_each_value_and_no_formula(client, job):
    text = (await (await client.get(f"{JOBS}/{job}/export?format=csv")).get_data()).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["extracted.price"] for row in rows] == ["12", "", "", "", ""]
    assert [row["extracted.name"] for row in rows[:2]] == ["'=1+1", '["a","Tea"]']
    assert "extracted" not in rows[0]
    data = await (await client.get(f"{JOBS}/{job}/export?format=xlsx&http_status=2xx")).get_data()
    table = list(openpyxl.load_workbook(io.BytesIO(data))["outcomes"].iter_rows())
    header = [cell.value for cell in table[0]]
    assert header[:3] == ["index", "url", "status"]
    first = dict(zip(header, table[1], strict=True))
    assert (first["extracted.price"].value, first["extracted.price"].data_type) == (12, "n")
    assert (first["extracted.name"].value, first["extracted.name"].data_type) == ("'=1+1", "s")
    assert len(table) == 3


def test_values_beyond_the_columns_that_a_sheet_may_have_stand_together():
    columns = Columns()
    rows = [{"index": n, "extracted": {f"a{n}": n, "all": "x"}} for n in range(MAX_EXTRACTED + 1)]
    columns.look(rows)
    names = columns.names()
    assert len(names) == 1 + MAX_EXTRACTED + 1
    last = dict(zip(names, columns.cells(rows[-1], names), strict=True))
    assert last["extracted.all"] == "x"
    assert last["extracted"] == f'{{"a{MAX_EXTRACTED}":{MAX_EXTRACTED}}}'
