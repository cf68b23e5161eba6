"""Tagged pictures, as their page shows and clears them."""

from __future__ import annotations

import pytest

from executors.folders import Folders
from tests.support.managing import DESK, ME, PICTURE, managing

TAG = {"input_dir": ["pets"], "analyzer": "imagenet", "save_type": "txt"}


@pytest.fixture
def folders(tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(PICTURE)
    return Folders({"pets": tmp_path})


async def tagged(client):
    task = (await client.data("POST", "/api/tag/create", TAG))["id"]
    await client.until(task)
    return task


async def test_pictures_are_shown_with_their_tags(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        assert await client.data("GET", "/api/tag/images") == []
        tasks = [await tagged(client) for _ in range(2)]
        images = await client.data("GET", "/api/tag/images")
        assert [image["id"] for image in images] == [
            f"{task}-{index}" for task in reversed(tasks) for index in (0, 1)
        ]
        assert images[0]["image_path"] == "pets/a.png"
        assert images[0]["analyzer"] == "imagenet"
        assert images[0]["tags"] == [
            {"name": "cat", "score": 0.9, "category": "general", "is_general": True},
            {"name": "miku", "score": 0.8, "category": "character", "is_general": False},
        ]
        assert images[0]["created_at"] == images[0]["updated_at"]
        of_one = await client.data("GET", f"/api/tag/images?task_id={tasks[0]}")
        assert [image["id"] for image in of_one] == [f"{tasks[0]}-0", f"{tasks[0]}-1"]


async def test_files_of_tags_are_listed_and_read(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        task = await tagged(client)
        files = await client.data("GET", "/api/tag/files")
        assert [(file["filename"], file["task_id"], file["size"]) for file in files] == [
            ("pets/a.txt", task, 9),
            ("pets/b.txt", task, 9),
        ]
        told = await client.data("GET", "/api/tag/file/pets/a.txt")
        assert told == {
            "filename": "pets/a.txt",
            "task_id": task,
            "content": "cat, miku",
            "tags": None,
        }
        said = await client("GET", "/api/tag/file/pets/no.txt", status=404)
        assert "pets/no.txt" in said["message"]


async def test_clearing_takes_the_tags_and_leaves_the_tasks(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, server):
        first, second = [await tagged(client) for _ in range(2)]
        told = await client("DELETE", f"/api/tag/images?task_id={first}")
        assert (told["count"], told["data"]) == (2, {"count": 2})
        assert await server.store.list_artifacts(DESK, first) == []
        assert len(await client.data("GET", "/api/tag/images")) == 2
        told = await client("DELETE", "/api/tag/images")
        assert (told["count"], await client.data("GET", "/api/tag/images")) == (2, [])
        assert (await client.task(first))["status"] == "completed"
        assert (await client.task(second))["status"] == "completed"


async def test_a_task_at_work_keeps_its_tags(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        await tagged(client)
        task = (await client.data("POST", "/api/tag/create", TAG))["id"]
        await client.until(task, "running")
        told = await client("DELETE", "/api/tag/images")
        assert told["count"] == 2
        await client.until(task)
        assert len(await client.data("GET", "/api/tag/images")) == 2


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_only_tasks_of_tags_have_any(deps, folders, autojump_clock, method):
    async with managing(deps, folders=folders) as (client, _):
        other = await client.generate()
        for task in (other, "no-task"):
            await client(method, f"/api/tag/images?task_id={task}", status=404)


async def test_one_picture_is_tagged_while_its_asker_waits(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        path = await made_picture(client)
        busy = (await client.data("POST", "/api/tag/create", TAG))["id"]
        await client.until(busy, "running")
        told = await waited(client, {"image_path": path, "analyzer": ""})
        assert (told["data"]["image_path"], told["data"]["analyzer"]) == (path, "imagenet")
        assert [tag["name"] for tag in told["data"]["tags"]] == ["cat", "miku"]
        tasks = await client.data("POST", "/api/tasks", {"type": "tag"})
        assert [task["id"] for task in tasks["tasks"]] == [busy]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "image_path"),
        ({"image_path": "../a.png"}, "image_path"),
        ({"image_path": "dogs/a.png"}, "image_path"),
        ({"image_path": "pets/a.png", "analyzer": "wd14tagger"}, "analyzer"),
        ({"image_path": "pets/a.png", "analyzer": "no such"}, "analyzer"),
    ],
)
async def test_what_cannot_be_tagged_is_said(deps, folders, autojump_clock, body, field):
    async with managing(deps, folders=folders) as (client, _):
        _, fields = await client.refusal("POST", "/api/tag/analyze", body)
        assert fields == [field]


async def test_a_picture_that_fails_says_why_and_leaves_no_task(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        path = await made_picture(client)
        gone = path.replace("00000", "00001")
        told = await waited(client, {"image_path": gone}, status=400)
        assert "00001-1.png cannot be read" in told["message"]
        assert (await client.data("POST", "/api/tasks", {"type": "tag"}))["tasks"] == []


async def test_folders_of_tasks_are_tagged_up_to_a_limit(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        made = await client.generate()
        await client.until(made)
        tree = (await client.data("POST", "/api/filetree", {}))["fileTree"]
        folder = next(x["filePath"] for x in tree["children"] if x["filePath"].endswith(made))
        body = {**TAG, "input_dir": [folder, "pets", folder], "limit": 2}
        task = (await client.data("POST", "/api/tag/create", body))["id"]
        await client.until(task)
        images = await client.data("GET", f"/api/tag/images?task_id={task}")
        assert [image["image_path"] for image in images] == [
            f"{folder}/00000-1.png",
            "pets/a.png",
        ]


async def test_the_analyzers_that_there_are(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        for method in ("GET", "POST"):
            assert await client.data(method, "/api/tag/analyzers") == ["imagenet"]


async def made_picture(client):
    """The path of one that a task has made."""
    task = await client.generate()
    await client.until(task)
    tree = (await client.data("POST", "/api/filetree", {}))["fileTree"]
    return next(
        folder["children"][0]["filePath"]
        for folder in tree["children"]
        if folder["filePath"].endswith(task)
    )


async def waited(client, body, status=200):
    """What is answered when the work is done. The clock goes on meanwhile, so it has to be about a
    picture that no thread reads: that of a task."""
    answer = await client.http.post("/api/tag/analyze", headers=ME, json=body)
    told = await answer.get_json()
    assert answer.status_code == status, told
    return told
