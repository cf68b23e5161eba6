"""Jobs that learn from labelled folders, and jobs that use what they have learned, over REST."""

from __future__ import annotations

import json
import zipfile
from contextlib import asynccontextmanager
from io import BytesIO
from math import inf

import pytest
import trio
from msgspec.structs import replace
from quart.datastructures import FileStorage

from executors.classify.spec import ClassifySpec
from executors.documents.inline import InlineDocuments
from executors.folders import Folders
from executors.tables.inline import InlineReader
from executors.tables.limits import TableLimits
from executors.train.spec import TrainSpec
from nightdesk.kinds import enclosures_of
from state.views import desk_key
from tests.support.learning import labelled, stripes
from tests.support.library import JOBS, asked, end_of
from tests.support.servers import Server
from tests.web.conftest import GUEST
from web.app import build_app

ALICE = desk_key(GUEST)


@pytest.fixture
def opened(tmp_path):
    """A folder `pets` with two labels of ten pictures each, one of them broken."""
    root = tmp_path / "pets"
    for at, (label, data) in enumerate(labelled(10)):
        place = root / "marks" / label / ("more" if at % 2 else "")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{at}.png").write_bytes(data)
    (root / "marks" / "lying" / "empty.png").write_bytes(b"")
    (root / "marks" / "loose.png").write_bytes(stripes(1, upright=True))
    (root / "one").mkdir()
    (root / "one" / "loose.png").write_bytes(stripes(1, upright=True))
    return Folders({"pets": root})


@asynccontextmanager
async def learning(deps, folders, **settings):
    server = Server()
    executors = (TrainSpec(folders.names), ClassifySpec(folders.names))
    server.executors = {each.kind: each for each in executors}
    server.enclosures = enclosures_of(server.store, folders)
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
        desk = await directory.create(ALICE)
        # Learning takes its time in a thread: the clock is to wait for it a little.
        trio.lowlevel.current_clock().autojump_threshold = 0.02
        yield app.test_client(), server, desk


async def unhurried(answer):
    """Threads look into folders: no clock is to jump over a request that waits for one."""
    clock = trio.lowlevel.current_clock()
    clock.autojump_threshold, before = inf, clock.autojump_threshold
    try:
        return await answer
    finally:
        clock.autojump_threshold = before


async def create(client, kind, **job):
    return await unhurried(asked(client, "POST", JOBS, kind=kind, start=True, **job))


async def model_of(client, desk, body):
    """What the job has learned, once it has ended."""
    job = await end_of(client, body["job"]["id"])
    await trio.sleep(5)
    (model,) = desk.published.models.values()
    return job, model


async def results_of(server, job_id):
    page = await server.store.read_outcomes(ALICE, job_id, limit=100)
    return [json.loads(bytes(record.result)) for record, _ in page.records]


async def test_what_is_learned_of_folders_says_what_other_pictures_are(
    deps, opened, autojump_clock
):
    async with learning(deps, opened) as (client, server, desk):
        spec = {"name": "stripes", "input_dir": "pets/marks"}
        status, body = await create(client, "train", spec=spec)
        assert status == 201, body
        job, model = await model_of(client, desk, body)
        assert (job["counts"]["ok"], job["counts"]["failed"]) == (21, 1)
        last = (await results_of(server, job["id"]))[-1]
        assert (last["accuracy"], last["pictures_n"], last["labels_n"]) == (1.0, 20, 2)
        assert (model.name, model.labels_n, model.pictures_n) == ("stripes", 2, 20)

        spec = {"model": "stripes", "top": 1}
        items = ["pets/marks/upright/more/1.png", "pets/marks/loose.png", "pets/marks/lying/10.png"]
        status, body = await create(client, "classify", spec=spec, items=items)
        assert status == 201, body
        job = await end_of(client, body["job"]["id"])
        told = await results_of(server, job["id"])
        assert [each["label"] for each in told] == ["upright", "upright", "lying"]
        assert all(each["score"] > 0.9 and len(each["labels"]) == 1 for each in told)


async def test_where_nothing_is_sure_enough_there_is_no_label(deps, opened, autojump_clock):
    async with learning(deps, opened) as (client, server, desk):
        spec = {"name": "stripes", "input_dir": "pets/marks", "epochs": 1, "validation": 0}
        _, body = await create(client, "train", spec=spec)
        _, model = await model_of(client, desk, body)
        assert model.accuracy is None
        spec = {"model": model.id, "threshold": 1, "input_dir": "pets/one"}
        _, body = await create(client, "classify", spec=spec)
        job = await end_of(client, body["job"]["id"])
        (told,) = await results_of(server, job["id"])
        assert (told["label"], told["labels"]) == (None, [])
        assert 0 < told["score"] < 1


async def test_where_too_little_is_left_the_job_fails_with_the_numbers(
    deps, opened, tmp_path, autojump_clock
):
    for file in (tmp_path / "pets" / "marks" / "lying").rglob("*.png"):
        file.write_bytes(b"no picture")
    async with learning(deps, opened) as (client, _, desk):
        spec = {"name": "stripes", "input_dir": "pets/marks"}
        _, body = await create(client, "train", spec=spec)
        job = await end_of(client, body["job"]["id"])
        assert job["status"] == "failed"
        assert job["counts"]["failed"] == 12
        assert desk.published.models == {}


@pytest.mark.parametrize(
    ("kind", "spec", "reason"),
    [
        ("train", {"name": "x", "input_dir": "pets/none"}, "no such file or directory"),
        ("train", {"name": "x", "input_dir": "pets/one"}, "no folder within has pictures"),
        ("train", {"name": "x", "input_dir": "dogs"}, "there are: pets"),
        ("train", {"name": "x", "input_dir": []}, "or a list of at most 100"),
        ("train", {"name": "x", "input_dir": ["pets", "pets/marks"]}, "would be labelled"),
        ("train", {"input_dir": "pets/marks"}, "what the model is to be called"),
        ("train", {"name": "x", "input_dir": "pets/marks/lying"}, "all have the label 'more'"),
        ("train", {"name": "x"}, "items"),
        ("classify", {"model": "stripes", "input_dir": "pets/one"}, "no model 'stripes'"),
        ("classify", {"input_dir": "pets/one"}, "a model that the desk has learned"),
        ("classify", {"model": "x", "models": {"x": {}}, "input_dir": "pets"}, "is named by"),
    ],
)
async def test_what_cannot_be_done_is_refused(deps, opened, autojump_clock, kind, spec, reason):
    async with learning(deps, opened) as (client, _, _):
        status, body = await create(client, kind, spec=spec)
        assert status == 400, body
        assert reason in str(body["error"])


async def test_items_and_folders_are_not_both_given(deps, opened, autojump_clock):
    async with learning(deps, opened) as (client, _, _):
        spec = {"name": "x", "input_dir": "pets/marks"}
        status, body = await create(client, "train", spec=spec, items=["pets/marks/a/1.png"])
        assert (status, "beside items" in str(body["error"])) == (400, True)


async def test_a_folder_with_more_pictures_than_a_job_may_have_is_refused(
    deps, opened, autojump_clock
):
    async with learning(deps, opened, max_items=5) as (client, _, _):
        status, body = await create(client, "train", spec={"name": "x", "input_dir": "pets"})
        assert (status, "more than 5 pictures" in str(body["error"])) == (400, True)


def archived(pictures):
    """A ZIP of (name, bytes)."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, picture in pictures:
            archive.writestr(name, picture)
    return data.getvalue()


async def hand_over(client, data, filename="photos.zip", **spec):
    """(status, body) of a job of training whose pictures come along."""
    job = {"kind": "train", "start": True, "spec": {"name": "stripes", **spec}}
    sent = client.post(
        JOBS,
        form={"job": json.dumps(job)},
        files={"items": FileStorage(BytesIO(data), filename=filename)},
    )
    answer = await unhurried(sent)
    return answer.status_code, await answer.get_json()


async def test_what_is_learned_of_an_archive(deps, opened, autojump_clock):
    pictures = [(f"marks/{label}/{at}.png", data) for at, (label, data) in enumerate(labelled(8))]
    data = archived([*pictures, ("marks/lying/broken.png", b"junk"), ("marks/notes.txt", b"?")])
    async with learning(deps, opened) as (client, server, desk):
        status, body = await hand_over(client, data)
        assert status == 201, body
        job, model = await model_of(client, desk, body)
        assert (job["counts"]["ok"], job["counts"]["failed"]) == (17, 1)
        assert (model.labels_n, model.pictures_n, model.accuracy) == (2, 16, 1.0)
        told = await results_of(server, job["id"])
        assert told[0] == {"image": "marks/lying/10.png", "label": "lying"}


async def test_a_damaged_file_of_pictures_is_seen(deps, opened, autojump_clock):
    pictures = [(f"{label}/{at}.png", data) for at, (label, data) in enumerate(labelled(2))]
    async with learning(deps, opened) as (client, server, _):

        async def another(*where):
            return stripes(99, upright=True)

        server.store.read_asset_part = another
        _, body = await hand_over(client, archived(pictures))
        job = await end_of(client, body["job"]["id"])
        assert job["counts"]["failed"] == 5


@pytest.mark.parametrize(
    ("data", "filename", "spec", "status", "reason"),
    [
        (b"junk", "photos.zip", {}, 400, "not a ZIP archive"),
        (b"a.jpg", "photos.txt", {}, 415, "come as a .zip"),
        (archived([("a.jpg", b"x")]), "a.zip", {}, 400, "no folder in it has pictures"),
        (archived([("a/1.jpg", b""), ("b.jpg", b"")]), "a.zip", {}, 400, "all have the label"),
        (archived([("a/1.jpg", b"")]), "a.zip", {}, 400, "are in one folder, a: at least two"),
        (
            archived([("a/1.jpg", b""), ("b/1.jpg", b"")]),
            "a.zip",
            {"input_dir": "pets"},
            400,
            "must not stand beside",
        ),
    ],
)
async def test_archives_that_nothing_can_be_learned_of_are_refused(
    deps, opened, autojump_clock, data, filename, spec, status, reason
):
    async with learning(deps, opened) as (client, _, _):
        answered, body = await hand_over(client, data, filename, **spec)
        assert (answered, reason in str(body["error"])) == (status, True), body


async def test_no_json_is_a_picture_of_an_archive(deps, opened, autojump_clock):
    part = {"digest": "a" * 64, "start": 0, "size_bytes": 9, "crc32": 0}
    items = [
        {"image": "a", "part": part, "label": "x"},
        {"picture": {"image": "a", "part": part}, "label": "y"},
        {"part": part, "label": "z"},
    ]
    async with learning(deps, opened) as (client, _, _):
        status, body = await create(client, "train", spec={"name": "x"}, items=items)
        assert (status, body["error"]["details"]["error_count"]) == (400, 3)
