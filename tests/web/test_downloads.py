"""Downloads of what a job made: their size, a part of them, and what is taken up again."""

from __future__ import annotations

import io
import zipfile

import pytest
from msgspec import Raw
from msgspec.structs import replace

from state.memory import MemoryStore
from state.model import InputItem
from state.views import desk_key
from tests.web.conftest import GUEST
from tests.web.test_desk_routes import make_job

KEY = desk_key(GUEST)
SMALL = b"0123456789"
LARGE = bytes(range(256)) * 2_000


@pytest.fixture
def deps(deps):
    return replace(deps, store=MemoryStore())


@pytest.fixture
async def job(client, desk, deps):
    """The address of a job that made two files."""
    job_id = (await make_job(client, items=["https://example.com/"]))["job"]["id"]
    await deps.store.write_inputs(KEY, job_id, [InputItem(Raw(b'"https://example.com/"'))])
    pack = await deps.store.open_artifacts(KEY, job_id)
    pack.add("small.docx", SMALL)
    pack.add("large.pdf", LARGE)
    await pack.sync()
    await pack.aclose()
    return f"/api/desks/{GUEST}/jobs/{job_id}"


@pytest.fixture
def addresses(job):
    tails = ("artifacts/small.docx", "artifacts/large.pdf", "artifacts.zip")
    return [f"{job}/{tail}" for tail in tails]


async def test_a_download_says_how_long_it_is(client, addresses):
    for address in addresses:
        answer = await client.get(address)
        data = await answer.get_data()
        assert answer.status_code == 200
        assert int(answer.headers["Content-Length"]) == len(data) > 0
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert answer.headers["ETag"].startswith('"')
        assert answer.headers["Content-Disposition"].startswith("attachment;")


async def test_a_part_of_it_is_sent(client, addresses):
    for address in addresses:
        whole = await (await client.get(address)).get_data()
        size = len(whole)
        for asked, start, end in (
            ("0-", 0, size),
            ("3-5", 3, 6),
            ("7-7", 7, 8),
            ("2-99999999", 2, size),
            ("-4", size - 4, size),
            ("-99999999", 0, size),
        ):
            answer = await client.get(address, headers={"Range": f"bytes={asked}"})
            assert answer.status_code == 206
            assert await answer.get_data() == whole[start:end]
            assert int(answer.headers["Content-Length"]) == end - start
            assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"


async def test_what_is_no_single_range_gets_all_of_it(client, job):
    for asked in ("bytes=0-1,4-5", "lines=1-2", "bytes=x", "bytes=5-2", ""):
        answer = await client.get(f"{job}/artifacts/small.docx", headers={"Range": asked})
        assert (answer.status_code, await answer.get_data()) == (200, SMALL)


async def test_a_range_behind_the_end_is_refused(client, addresses):
    for address in addresses:
        size = int((await client.get(address)).headers["Content-Length"])
        for asked in (f"bytes={size}-", f"bytes={size}-{size + 9}", "bytes=-0", "Bytes = -00"):
            answer = await client.get(address, headers={"Range": asked})
            assert answer.status_code == 416, asked
            error = (await answer.get_json())["error"]
            assert error["code"] == "range_not_satisfiable"
            assert error["details"] == {"size_bytes": size}


async def test_only_the_rest_of_the_same_is_sent(client, addresses):
    for address in addresses:
        first = await client.get(address)
        whole, tag = await first.get_data(), first.headers["ETag"]
        headers = {"Range": "bytes=4-", "If-Range": tag}
        answer = await client.get(address, headers=headers)
        assert (answer.status_code, await answer.get_data()) == (206, whole[4:])
        for other in ('"another"', f"W/{tag}", "", "Wed, 21 Oct 2015 07:28:00 GMT"):
            answer = await client.get(address, headers=headers | {"If-Range": other})
            assert (answer.status_code, await answer.get_data()) == (200, whole)


async def test_an_archive_with_text_in_it_has_no_parts(client, deps, job):
    writer = await deps.store.create_artifact(KEY, job.rpartition("/")[2], "page.html")
    await writer.write(b"<p>" * 1_000)
    await writer.commit()
    answer = await client.get(f"{job}/artifacts.zip", headers={"Range": "bytes=5-"})
    assert answer.status_code == 200
    assert not {"etag", "accept-ranges"} & {name.lower() for name, _ in answer.headers}
    archive = zipfile.ZipFile(io.BytesIO(await answer.get_data()))
    assert archive.testzip() is None
    assert archive.read("page.html") == b"<p>" * 1_000
