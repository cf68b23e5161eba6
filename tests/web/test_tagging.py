"""Jobs of tags over REST: folders become items, pictures of the library and files of jobs are
tagged, and nothing else can be named."""

from __future__ import annotations

from contextlib import asynccontextmanager
from math import inf
from pathlib import Path

import pytest
import trio
from msgspec.structs import replace
from sklearn import datasets

from executors.documents.inline import InlineDocuments
from executors.folders import Folders
from executors.tables.inline import InlineReader
from executors.tables.limits import TableLimits
from executors.tag.spec import TagSpec
from executors.vision.enclosing import Pictures
from state.views import desk_key
from tests.support.library import DESK, JOBS, asked, end_of, upload
from tests.support.servers import Server
from tests.web.conftest import GUEST
from web.app import build_app

ALICE = desk_key(GUEST)
PHOTOGRAPHS = Path(datasets.__file__).parent / "images"
CHINA, FLOWER = ((PHOTOGRAPHS / name).read_bytes() for name in ("china.jpg", "flower.jpg"))


@pytest.fixture
def opened(tmp_path):
    root = tmp_path / "pets"
    (root / "more").mkdir(parents=True)
    (root / "china.jpg").write_bytes(CHINA)
    (root / "more" / "flower.JPG").write_bytes(FLOWER)
    (root / "more" / "empty.png").write_bytes(b"")
    (root / "notes.txt").write_text("no picture")
    (root / "empty").mkdir()
    return Folders({"pets": root})


@asynccontextmanager
async def tagging(deps, folders, **settings):
    server = Server()
    server.executors = {"tag": TagSpec(None, folders.names)}
    server.enclosures = {"tag": Pictures(server.store, folders)}
    async with server.running() as directory:
        app = build_app(
            replace(
                deps,
                desks=directory,
                store=server.store,
                executors=server.executors,
                folders=folders,
                documents=InlineDocuments(),
                tables=InlineReader(TableLimits()),
                now=server.now,
                settings=replace(deps.settings, **settings),
            )
        )
        await directory.create(ALICE)
        yield app.test_client(), server


async def unhurried(answer):
    """Threads look into folders: no clock is to jump over a request that waits for one."""
    clock = trio.lowlevel.current_clock()
    clock.autojump_threshold = inf
    try:
        return await answer
    finally:
        clock.autojump_threshold = 0


async def create(client, **job):
    return await unhurried(asked(client, "POST", JOBS, kind="tag", start=True, **job))


async def files_of(server, job_id):
    made = {}
    for entry in await server.store.list_artifacts(ALICE, job_id):
        pieces = [piece async for piece in server.store.open_artifact(ALICE, job_id, entry.name)]
        made[entry.name] = b"".join(pieces).decode()
    return made


async def test_a_folder_is_tagged_with_all_folders_in_it(deps, opened, autojump_clock):
    async with tagging(deps, opened) as (client, server):
        status, body = await create(client, spec={"input_dir": ["pets"], "threshold": 0.2})
        assert status == 201, body
        job = await end_of(client, body["job"]["id"])
        assert (job["counts"]["ok"], job["counts"]["failed"]) == (2, 1)
        made = await files_of(server, job["id"])
        assert made == {"pets/china.txt": "palace\n", "pets/more/flower.txt": "daisy\n"}


async def test_a_picture_of_the_library_is_tagged_as_it_was(deps, opened, autojump_clock):
    async with tagging(deps, opened) as (client, server):
        pictures = f"{DESK}/pictures"
        adding = upload(client, pictures, "f.jpg", FLOWER, id="flower")
        assert (await unhurried(adding))[0] == 201
        spec = {"threshold": 0.2, "extend_tags": ["mine"]}
        status, body = await create(client, spec=spec, items=[{"picture": "flower"}])
        assert status == 201, body
        job = await end_of(client, body["job"]["id"])
        assert await files_of(server, job["id"]) == {"flower.txt": "mine, daisy\n"}


async def test_what_another_job_made_is_tagged_and_what_it_has_not_fails(
    deps, opened, autojump_clock
):
    async with tagging(deps, opened) as (client, server):
        _, body = await create(client, spec={"input_dir": "pets/more"})
        first = await end_of(client, body["job"]["id"])
        writer = await server.store.create_artifact(ALICE, first["id"], "out/made.jpg")
        await writer.write(CHINA)
        await writer.commit()
        there, gone = ({"job": first["id"], "name": name} for name in ("out/made.jpg", "none.jpg"))
        strange = {"job": "00000000-0000-0000-0000-000000000000", "name": "a.jpg"}
        items = [{"file": file} for file in (there, gone, strange)]
        status, body = await create(client, spec={"threshold": 0.2}, items=items)
        assert status == 201, body
        job = await end_of(client, body["job"]["id"])
        assert (job["counts"]["ok"], job["counts"]["failed"]) == (1, 2)
        assert await files_of(server, job["id"]) == {"out/made.txt": "palace\n"}


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        ({"spec": {"input_dir": ["dogs"]}}, "there is no folder 'dogs'; there are: pets"),
        ({"spec": {"input_dir": ["pets/../.."]}}, "must be relative"),
        ({"spec": {"input_dir": ["/etc"]}}, "must be relative"),
        ({"spec": {"input_dir": ["pets/none"]}}, "no such file or directory"),
        ({"spec": {"input_dir": ["pets/notes.txt"]}}, "cannot be read"),
        ({"spec": {"input_dir": ["pets/empty"]}}, "there are no pictures in it"),
        ({"spec": {"input_dir": []}}, "or a list of at most 100"),
        ({"spec": {"input_dir": [7]}}, "must hold paths"),
        ({"spec": {"input_dir": {"a": 1}}}, "must be the path"),
        ({"spec": {"input_dir": ["pets"]}, "items": ["pets/china.jpg"]}, "beside items"),
        ({"spec": {}}, "items"),
        ({"spec": {"pictures": {}}, "items": [{"picture": "x"}]}, "no picture 'x'"),
        ({"spec": {"pictures": {"x": {}}}, "items": [{"picture": "x"}]}, "are named by items"),
        ({"spec": [], "items": ["pets/china.jpg"]}, "spec"),
    ],
)
async def test_what_cannot_be_tagged_is_refused(deps, opened, autojump_clock, job, reason):
    async with tagging(deps, opened) as (client, _):
        status, body = await create(client, **job)
        assert status == 400, body
        assert reason in str(body["error"])


async def test_a_folder_with_more_pictures_than_a_job_may_have_is_refused(
    deps, opened, autojump_clock
):
    async with tagging(deps, opened, max_items=2) as (client, _):
        status, body = await create(client, spec={"input_dir": ["pets"]})
        assert (status, "more than 2 pictures" in str(body["error"])) == (400, True)
