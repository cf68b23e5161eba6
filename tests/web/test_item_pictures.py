"""The picture that an item is about, shown: from the library's copy, a file of a job, a folder of
the operator's, an uploaded archive; and nothing else.
"""

from __future__ import annotations

from zlib import crc32

import msgspec
import pytest
from msgspec import Raw
from msgspec.structs import replace

from actors.rules.change import Change
from executors.folders import Folders
from executors.vision.sources import FileOfJob, PartOfFile, PictureSource
from state.digests import digest_of
from state.memory import MemoryStore
from state.model import InputItem
from tests.support.furniture import made_by
from tests.web.conftest import GUEST

PIXELS = b"\x89PNG\r\n\x1a\n" + bytes(100)
GIF = b"GIF89a" + bytes(50)
ARCHIVE = b"before" + GIF + b"after"
ME = {"X-Session-ID": GUEST}
MAKER = made_by("generate")


def of_path(path):
    return PictureSource(image=path, path=path)


def of_archive(**other):
    whole = {"digest": digest_of(ARCHIVE), "start": 6, "size_bytes": len(GIF), "crc32": crc32(GIF)}
    return PictureSource(image="cats/one.gif", part=PartOfFile(**{**whole, **other}))


@pytest.fixture
def deps(deps, tmp_path):
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets" / "one.png").write_bytes(PIXELS)
    (tmp_path / "pets" / "page.png").write_text("<script>alert(1)</script>")
    return replace(deps, store=MemoryStore(), folders=Folders({"pets": tmp_path / "pets"}))


@pytest.fixture
async def shown(deps, desk, client):
    """Asks for the pictures of a job with these items, one after the other."""

    async def ask(*sources, kind="tag", items=None):
        job = made_by(kind)
        desk.publish(Change(replace(desk.state, jobs={job.id: job, MAKER.id: MAKER})))
        stored = [InputItem(Raw(msgspec.json.encode(source))) for source in sources]
        await deps.store.write_inputs(desk.key, job.id, stored)
        await deps.store.write_inputs(desk.key, MAKER.id, stored)
        files = {digest_of(data): data for data in (PIXELS, ARCHIVE)}
        await deps.store.put_assets(desk.key, job.id, files)
        made = await deps.store.create_artifact(desk.key, MAKER.id, "1.png")
        await made.write(PIXELS)
        await made.commit()
        base = f"/api/desks/me/jobs/{job.id}/items"
        wanted = range(len(sources)) if items is None else items
        return [await client.get(f"{base}/{item}/picture", headers=ME) for item in wanted]

    return ask


async def test_a_picture_is_shown_from_where_the_job_has_it(shown):
    kept = PictureSource(image="cat.png", picture="cat", digest=digest_of(PIXELS))
    made = PictureSource(image="1.png", file=FileOfJob(MAKER.id, "1.png"))
    answers = await shown(of_path("pets/one.png"), made, kept, of_archive())
    assert [answer.status_code for answer in answers] == [200] * 4
    media = [answer.content_type for answer in answers]
    assert media == ["image/png", "image/png", "image/png", "image/gif"]
    assert [await answer.get_data() for answer in answers] == [PIXELS, PIXELS, PIXELS, GIF]
    for answer in answers:
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Disposition"].startswith("inline")


async def test_what_is_no_picture_by_its_bytes_is_not_shown(shown):
    [answer] = await shown(of_path("pets/page.png"))
    assert answer.status_code == 404


@pytest.mark.parametrize("item", ["1", "-1", "+0", "00", "x", "٠", "9999999999"])
async def test_what_is_no_item_has_no_picture(shown, item):
    [answer] = await shown(of_path("pets/one.png"), items=[item])
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "source",
    [
        of_path("pets/gone.png"),
        PictureSource(image="2.png", file=FileOfJob(MAKER.id, "2.png")),
        PictureSource(image="1.png", file=FileOfJob("99999999", "1.png")),
        # The last item of a training is about none.
        PictureSource(image="pets"),
    ],
)
async def test_what_is_gone_or_was_never_there_is_not_found(shown, source):
    [answer] = await shown(source, kind="train")
    assert answer.status_code == 404


async def test_jobs_of_other_kinds_show_none(shown):
    [answer] = await shown(of_path("pets/one.png"), kind="crawl")
    assert answer.status_code == 404


@pytest.mark.parametrize("other", [{"crc32": 1}, {"start": 5}, {"start": 99}])
async def test_what_was_uploaded_and_is_damaged_is_told(shown, other):
    [answer] = await shown(of_archive(**other))
    assert answer.status_code == 410
    assert (await answer.get_json())["error"]["code"] == "files_damaged"
