"""Making jobs: JSON and forms, all that is wrong at once, and large ones beside the loop."""

from __future__ import annotations

import json
from io import BytesIO

import msgspec
import pytest
from quart.datastructures import FileStorage

from tests.support.desks import last_created
from tests.web.conftest import GUEST
from web.errors import WebError
from web.uploads import plain_lines, read_items

JOBS = f"/api/desks/{GUEST}/jobs"


async def refused(client, **body):
    answer = await client.post(JOBS, json=body)
    assert answer.status_code == 400, await answer.get_data()
    return (await answer.get_json())["error"]


async def test_everything_that_is_wrong_is_said_at_once(client, desk):
    error = await refused(
        client,
        kind="fetch",
        items=["https://example.com/", "ftp://x", 5],
        spec={"concurrency": 0, "colour": "red"},
        name=7,
        priority=101,
        start="yes",
        owner="me",
    )
    assert error["code"] == "invalid_spec"
    wrong = {(entry["index"], entry["field"]) for entry in error["details"]["errors"]}
    assert {(None, "name"), (None, "priority"), (None, "start"), (None, "owner")} <= wrong
    assert {index for index, _ in wrong} == {None, 1, 2}
    assert any("concurrency" in field for _, field in wrong if field)
    assert error["details"]["error_count"] == len(error["details"]["errors"])
    assert desk.asked == []


async def test_what_is_missing_is_named(client, desk):
    error = await refused(client)
    assert error["code"] == "invalid_request"
    assert [entry["field"] for entry in error["details"]["errors"]] == ["kind", "items"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "nothing"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"spec": []}, "spec"),
        ({"items": {}}, "items"),
        ({"priority": True}, "priority"),
        ({"priority": 1.5}, "priority"),
        ({"priority": -101}, "priority"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"lane": ""}, "lane"),
        ({"lane": None}, "lane"),
        ({"start": 1}, "start"),
    ],
)
async def test_each_field_has_its_type_and_bounds(client, desk, fields, field):
    body = {"kind": "fetch", "items": ["https://example.com/"], **fields}
    error = await refused(client, **body)
    assert field in [entry["field"] for entry in error["details"]["errors"]]


@pytest.mark.parametrize(
    "fields",
    [
        {"priority": -100},
        {"priority": 100},
        {"name": "x" * 200},
        {"name": "春季清单"},
        {"spec": {}},
    ],
)
async def test_bounds_are_within(client, desk, fields):
    body = {"kind": "fetch", "items": ["https://example.com/"], **fields}
    assert (await client.post(JOBS, json=body)).status_code == 201


@pytest.mark.parametrize(("beyond", "status"), [(0, 201), (1, 400)])
async def test_a_spec_ends_at_its_size(client, desk, beyond, status):
    spec = {"headers": {f"x-{n}": "v" * 4_000 for n in range(8)}, "user_agent": "a"}
    spec["user_agent"] += "a" * (32 * 1024 + beyond - len(msgspec.json.encode(spec)))
    body = {"kind": "fetch", "items": ["https://example.com/"], "spec": spec}
    answer = await client.post(JOBS, json=body)
    assert answer.status_code == status
    if beyond:
        assert (await answer.json)["error"]["details"]["errors"][0]["field"] == "spec"


async def test_a_job_without_a_name_gets_one(client, desk):
    await client.post(JOBS, json={"kind": "fetch", "items": ["https://example.com/"], "name": " "})
    assert last_created(desk).name == "fetch: 1 item"
    assert last_created(desk).lane == "fetch"


async def test_a_hundred_thousand_items_are_taken(client, desk):
    items = [f"https://example.com/{n}" for n in range(100_000)]
    answer = await client.post(JOBS, json={"kind": "fetch", "items": items})
    assert answer.status_code == 201
    assert len(last_created(desk).plan.items) == 100_000
    items.append("https://example.com/one-too-many")
    error = await refused(client, kind="fetch", items=items)
    assert error["code"] == "invalid_spec"


async def upload(client, data, filename, job=None, headers=None):
    job = {"kind": "fetch", "name": "from a file"} if job is None else job
    return await client.post(
        JOBS,
        form={"job": json.dumps(job)},
        files={"items": FileStorage(BytesIO(data), filename=filename)},
        headers=headers,
    )


def planned_urls(desk):
    return [json.loads(bytes(item.item)) for item in last_created(desk).plan.items]


async def test_a_text_file_is_a_url_a_line(client, desk):
    data = "\ufeff# from the crawl\nhttps://example.com/1\r\n\n  https://example.com/2 \n# end"
    answer = await upload(client, data.encode(), "urls.txt")
    assert answer.status_code == 201, await answer.get_data()
    assert (await answer.get_json())["job"]["counts"]["total"] == 2
    assert "https://example.com/2" in str(planned_urls(desk)[1])


async def test_a_csv_file_has_columns(client, desk):
    data = (
        "url,Method,headers,body\n"
        "https://example.com/1,,,\n"
        'https://example.com/2,POST,"{""X-A"": ""1""}","line 1\nline 2"\n'
    )
    answer = await upload(client, data.encode(), "Items.CSV")
    assert answer.status_code == 201, await answer.get_data()
    second = planned_urls(desk)[1]
    assert second["method"] == "POST"
    assert second["body"] == "line 1\nline 2"


async def test_the_same_upload_is_the_same_request(client, desk):
    headers = {"Idempotency-Key": "k"}
    data = b"https://example.com/1\n"
    first = await upload(client, data, "a.txt", headers=headers)
    again = await upload(client, data, "b.txt", headers=headers)
    assert (await again.get_json()) == (await first.get_json())
    other = await upload(client, data + data, "a.txt", headers=headers)
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("data", "filename", "status"),
    [
        (b"\xff\xfe", "a.txt", 400),
        (b"https://example.com/", "a.exe", 415),
        (b"https://example.com/", "", 415),
        (b"name\nx\n", "a.csv", 400),
        (b"url,secret\nhttps://example.com/,x\n", "a.csv", 400),
        (b"url,url\na,b\n", "a.csv", 400),
        (b"", "a.csv", 400),
        (b'url\n"https://example.com/', "a.csv", 400),
        (b"url\nhttps://example.com/,extra\n", "a.csv", 400),
        (b"url,headers\nhttps://example.com/,{bad\n", "a.csv", 400),
        (b"url\nftp://x\n", "a.csv", 400),
        (b"# nothing\n", "a.txt", 400),
    ],
)
async def test_broken_files_are_refused(client, desk, data, filename, status):
    answer = await upload(client, data, filename)
    assert answer.status_code == status
    assert desk.asked == []


async def test_a_form_needs_both_parts(client, desk):
    for form, files in (
        ({"job": "{}"}, {}),
        ({}, {"items": FileStorage(BytesIO(b"x"), filename="a.txt")}),
        ({"job": '{"a":1,"a":2}'}, {"items": FileStorage(BytesIO(b"x"), filename="a.txt")}),
        ({"job": "[]"}, {"items": FileStorage(BytesIO(b"x"), filename="a.txt")}),
        ({"job": '{"items":[]}'}, {"items": FileStorage(BytesIO(b"x"), filename="a.txt")}),
    ):
        headers = {"Content-Type": "multipart/form-data"} if not files else None
        answer = await client.post(JOBS, form=form, files=files or None, headers=headers)
        assert answer.status_code in (400, 415)


def read_plain(file, name, max_items=10):
    return read_items(plain_lines(file, name), 64, max_items).items


def test_rows_with_bad_cells_are_all_listed():
    text = b"url,headers\n" + b"https://example.com/,{\n" * 3
    with pytest.raises(Exception, match="3 rows") as caught:
        read_plain(text, "a.csv")
    assert [entry["index"] for entry in caught.value.details["errors"]] == [0, 1, 2]
    with pytest.raises(WebError):
        read_plain(b"", "items")


@pytest.mark.parametrize(("name", "head"), [("a.txt", b""), ("a.csv", b"url\n")])
def test_no_more_items_are_read_than_show_that_there_are_too_many(name, head):
    lines = b"".join(b"https://example.com/%d\n" % n for n in range(50))
    assert len(read_plain(head + lines, name)) == 11
    assert len(read_plain(head + lines, name, 50)) == 50


async def test_names_that_nobody_knows_are_listed_up_to_a_point(client, desk):
    body = {f"field{n}": 1 for n in range(5_000)} | {
        "x" * 9_000: 1,
        "kind": "fetch",
        "items": ["a"],
    }
    answer = await client.post(JOBS, json=body)
    assert answer.status_code == 400
    assert len(await answer.get_data()) < 20_000
    assert "5,001 unknown fields in all" in (await answer.get_data()).decode()
    with pytest.raises(WebError) as refusal:
        read_plain(b"a," * 5_000 + b"\n", "a.csv")
    assert refusal.value.details["error_count"] < 110


def test_a_line_that_no_row_can_have_is_refused_before_it_is_split():
    with pytest.raises(WebError, match="longer than a row can be"):
        read_plain(b"url\n" + b"," * 2_000_000, "a.csv")
