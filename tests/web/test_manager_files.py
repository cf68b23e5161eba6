"""The tree of pictures, as its pages walk it: shown, deleted, and nothing else reached."""

from __future__ import annotations

import errno
import os
from math import inf

import pytest
import trio

from actors.library import SavePicture
from executors.folders import Folders
from state.digests import digest_of
from state.library import Picture
from tests.support.managing import DESK, ME, PICTURE, managing

GIF = b"GIF89a" + bytes(300_000)


@pytest.fixture
def folders(tmp_path):
    pets = tmp_path / "pets"
    (pets / "cats").mkdir(parents=True)
    (pets / "cats" / "a b.png").write_bytes(PICTURE)
    (pets / "cats" / "long.gif").write_bytes(GIF)
    (pets / "cats" / "page.jpg").write_text("<script>alert(1)</script>")
    (pets / "cats" / "drawing.svg").write_text("<svg/>")
    (pets / "empty.png").write_bytes(b"")
    (tmp_path / "secret.png").write_bytes(PICTURE)
    (pets / "link.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "mine").mkdir()
    for name in ("one.png", "two.png", "notes.txt"):
        (tmp_path / "mine" / name).write_bytes(PICTURE)
    os.utime(tmp_path / "mine", (1, 1))
    return Folders({"pets": pets, "mine": tmp_path / "mine"}, writable=["mine"])


async def got(client, path, **headers):
    """(status, headers, bytes) of a picture."""
    clock = trio.lowlevel.current_clock()
    clock.autojump_threshold = inf
    try:
        answer = await client.http.get(path, headers={**ME, **headers})
        return answer.status_code, answer.headers, await answer.get_data()
    finally:
        clock.autojump_threshold = 0


async def tree_of(client):
    tree = (await client.data("POST", "/api/filetree", {}))["fileTree"]
    assert (tree["key"], tree["isFolder"]) == ("images", True)
    return {folder["filePath"]: folder for folder in tree["children"]}


async def made_task(client, **params):
    task = await client.generate(**params)
    await client.until(task)
    tree = await tree_of(client)
    return task, next(path for path in tree if path.endswith(task))


async def test_the_tree_has_folders_of_tasks_and_of_the_operator(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        _, folder = await made_task(client, loop_count=1, batch_size=1)
        tree = await tree_of(client)
        # The newest first: the clock of the server is ahead of that of no folder but one.
        assert set(tree) == {folder, "pets", "pets/cats", "mine"}
        assert [*tree][-1] == "mine"
        assert folder.split("_")[2] == "generate"
        [image] = tree[folder]["children"]
        assert image == {
            "key": f"{folder}/00000-1.png",
            "title": "00000-1.png",
            "filePath": f"{folder}/00000-1.png",
            "fileType": "image/png",
            "fileSize": len(PICTURE),
            "isLeaf": True,
        }
        names = [child["title"] for child in tree["pets/cats"]["children"]]
        assert names == ["a b.png", "long.gif", "page.jpg"]


async def test_an_empty_body_is_fine_and_an_empty_desk_has_a_tree(deps, autojump_clock):
    async with managing(deps) as (client, _):
        assert await tree_of(client) == {}
        tree = (await client.data("POST", "/api/filetree"))["fileTree"]
        assert tree == {"key": "images", "title": "images", "isFolder": True, "children": []}


async def test_a_picture_is_shown_and_can_do_nothing(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        task, folder = await made_task(client)
        for path in (
            f"/api/images/{folder}/00000-1.png",
            f"/api/tasks/{task}/images/1",
            "/api/images/pets/cats/a%20b.png",
        ):
            status, headers, data = await got(client, path)
            assert (status, data, headers["Content-Type"]) == (200, PICTURE, "image/png")
            assert headers["Content-Disposition"].startswith("inline")
            policies = headers.getlist("Content-Security-Policy")
            assert len(policies) == 1
            assert "sandbox" in policies[0]
            assert headers["Cross-Origin-Resource-Policy"] == "same-site"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cache-Control"] == "no-store"
            again = await got(client, path, **{"If-None-Match": headers["ETag"]})
            assert (again[0], again[2]) == (304, b"")
            part = await got(client, path, Range="bytes=1-3")
            assert (part[0], part[2]) == (206, PICTURE[1:4])


async def test_a_large_one_comes_whole_and_is_what_its_bytes_are(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        status, headers, data = await got(client, "/api/images/pets/cats/long.gif")
        assert (status, headers["Content-Type"], data) == (200, "image/gif", GIF)
        part = await got(client, "/api/images/pets/cats/long.gif", Range="bytes=-5")
        assert (part[0], part[2]) == (206, GIF[-5:])


@pytest.mark.parametrize(
    "path",
    [
        "pets/cats/page.jpg",
        "pets/cats/drawing.svg",
        "pets/empty.png",
        "pets/link.png",
        "pets/cats",
        "pets",
        "pets/../secret.png",
        "pets/%2e%2e/secret.png",
        "pets/..%2fsecret.png",
        "%2fetc/passwd",
        "pets/cats%5ca.png",
        "pets/no.png",
        "2026-01-01_00-00_generate_no-task/1.png",
    ],
)
async def test_what_is_no_picture_or_elsewhere_is_not_there(deps, folders, autojump_clock, path):
    async with managing(deps, folders=folders) as (client, _):
        status, headers, _ = await got(client, f"/api/images/{path}")
        assert (status, headers["Content-Type"]) == (404, "application/json")


async def test_pictures_of_a_task_are_counted_from_one(deps, autojump_clock):
    async with managing(deps) as (client, _):
        task, _ = await made_task(client)
        for place in ("0", "2", "-1", "01", "+1", "x", "9" * 5_000):
            told = await client("GET", f"/api/tasks/{task}/images/{place}", status=404)
            assert "no picture" in told["message"]
        assert "no task" in (await client("GET", "/api/tasks/no/images/1", status=404))["message"]


async def test_files_are_deleted_and_then_they_are_nowhere(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, server):
        task, folder = await made_task(client)
        paths = [f"{folder}/00000-1.png", "mine/one.png", "mine/gone.png"]
        told = await client("POST", "/api/files/delete", {"file_paths": paths})
        assert told["data"] == {"deleted_count": 2}
        assert await server.store.list_artifacts(DESK, task) == []
        tree = await tree_of(client)
        assert folder not in tree
        assert [child["title"] for child in tree["mine"]["children"]] == ["two.png"]


async def test_whole_folders_are_deleted(deps, folders, tmp_path, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        _, folder = await made_task(client)
        body = {"file_paths": [folder, f"{folder}/00000-1.png", "mine"]}
        assert await client.data("POST", "/api/files/delete", body) == {"deleted_count": 3}
        assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("pets/cats/a b.png", 400, "--images-dir pets=FOLDER:rw"),
        ("mine/../pets/cats/a b.png", 400, "file_paths[0]"),
        ("/etc/passwd", 400, "file_paths[0]"),
        ("mine/notes.txt", 400, "no picture"),
        ("other/a.png", 404, "'other'"),
        ("", 400, "file_paths[0]"),
    ],
)
async def test_what_may_not_be_deleted_stays(
    deps, folders, tmp_path, autojump_clock, path, status, said
):
    before = sorted(tmp_path.rglob("*"))
    async with managing(deps, folders=folders) as (client, _):
        # The second is fine, and nothing of it is done all the same.
        paths = [path] if path == "mine/notes.txt" else [path, "mine/one.png"]
        told = await client("POST", "/api/files/delete", {"file_paths": paths}, status=status)
        assert said in told["message"]
    assert sorted(tmp_path.rglob("*")) == before


async def test_what_the_system_keeps_is_told(deps, folders, tmp_path, autojump_clock, monkeypatch):
    unlink = os.unlink

    def refuse(name, **where):
        if name == "one.png":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
        unlink(name, **where)

    monkeypatch.setattr(os, "unlink", refuse)
    async with managing(deps, folders=folders) as (client, _):
        body = {"file_paths": ["mine/one.png"]}
        told = await client("POST", "/api/files/delete", body, status=400)
        assert "mine/one.png cannot be removed: permission denied" in told["message"]
    assert (tmp_path / "mine" / "one.png").exists()


async def test_files_of_a_task_at_work_stay(deps, autojump_clock):
    async with managing(deps) as (client, _):
        _, folder = await made_task(client)
        other = await client.generate()
        await client.until(other, "running")
        running = folder.rpartition("_")[0] + f"_{other}"
        body = {"file_paths": [f"{running}/00000-1.png"]}
        told = await client("POST", "/api/files/delete", body, status=409)
        assert "at work" in told["message"]


async def test_generated_pictures_are_listed_by_page(deps, autojump_clock):
    async with managing(deps) as (client, _):
        tasks = [(await made_task(client))[0] for _ in range(3)]
        seen = []
        for page in (1, 2):
            body = {"pagination": {"page": page, "page_size": 2}, "model": ""}
            told = await client.data("POST", "/api/generated/images", body)
            assert told["pagination"]["total"] == 3
            seen += [image["task_id"] for image in told["images"]]
        assert seen == tasks[::-1]
        status, _, data = await got(client, told["images"][0]["url"])
        assert (status, data) == (200, PICTURE)
        none = await client.data("POST", "/api/generated/images", {"model": "no such"})
        assert none["images"] == []


async def test_a_picture_of_the_library_is_shown_and_in_no_tree(deps, autojump_clock):
    async with managing(deps) as (client, server):
        kept = Picture(
            id="cat",
            name="Cat",
            digest=digest_of(PICTURE),
            thumbnail=digest_of(PICTURE),
            format="png",
            width=1,
            height=1,
            size_bytes=len(PICTURE),
        )
        desk = await server.supervisor.directory.find(DESK)
        await desk.ask(SavePicture(picture=kept, data=PICTURE, thumbnail=PICTURE))
        status, headers, data = await got(client, "/api/images/library/cat.png")
        assert (status, data, headers["Content-Type"]) == (200, PICTURE, "image/png")
        for path in ("cat.jpg", "cat", "dog.png", "../library/cat.png"):
            assert (await got(client, f"/api/images/library/{path}"))[0] == 404
        assert await tree_of(client) == {}
