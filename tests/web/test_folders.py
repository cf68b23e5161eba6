"""Folders of pictures, as choosers ask for them."""

from __future__ import annotations

import pytest

from executors.folders import Folders
from tests.support.managing import PICTURE, managing
from tests.web.conftest import GUEST

FOLDERS = f"/api/desks/{GUEST}/folders"


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "pets" / "cats").mkdir(parents=True)
    for n in range(3):
        (tmp_path / "pets" / "cats" / f"{n}.png").write_bytes(PICTURE)
    (tmp_path / "empty").mkdir()
    opened = {"pets": tmp_path / "pets", "empty": tmp_path / "empty"}
    return Folders(opened, writable=["pets"])


async def test_there_are_those_of_the_operator_and_of_jobs(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        job = await client.generate()
        await client.until(job)
        told = await client("GET", FOLDERS)
        assert (told["opened"], told["truncated"]) == (["pets", "empty"], False)
        found = {folder["path"]: folder for folder in told["folders"]}
        own = next(path for path in found if path.endswith(job))
        assert found.keys() == {own, "pets/cats"}
        assert (found[own]["job_id"], found[own]["images_n"]) == (job, 1)
        cats = found["pets/cats"]
        assert (cats["job_id"], cats["images_n"], cats["writable"]) == (None, 3, True)
        listed = await client("GET", f"{FOLDERS}/{own}")
        assert [image["name"] for image in listed["images"]] == ["00000-1.png"]


async def test_one_is_read_by_page(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        told = await client("GET", f"{FOLDERS}/pets")
        assert (told["folders"], told["images"], told["total"]) == (["cats"], [], 0)
        names = []
        for offset in (0, 2):
            asked = f"{FOLDERS}/pets?path=cats&offset={offset}&limit=2"
            told = await client("GET", asked)
            names += [image["name"] for image in told["images"]]
            assert (told["path"], told["total"]) == ("pets/cats", 3)
        assert names == ["0.png", "1.png", "2.png"]


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        ("no", 404),
        ("pets?path=none", 404),
        ("pets?path=cats/0.png", 404),
        ("pets?path=..", 400),
        ("pets?path=/etc", 400),
        ("pets?path=cats&limit=0", 400),
        ("2026-01-01_00-00_generate_none", 404),
    ],
)
async def test_nothing_else_is_told(deps, folders, autojump_clock, rest, status):
    async with managing(deps, folders=folders) as (client, _):
        await client("GET", f"{FOLDERS}/{rest}", status=status)
