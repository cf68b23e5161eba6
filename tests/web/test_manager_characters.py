"""Characters, as the pages of the task manager make them of tags, change and delete them."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from executors.folders import Folders
from tests.support.managing import managing

# As the page sends it: where the tags were on its author's disk.
HARD_CODED = "D:\\GolangProject\\PixivTailor2\\backend\\data\\tags"
LIMITS = {"min_frequency": 2, "min_weight": 0.3, "max_tags": 30}


@pytest.fixture
def folders(tmp_path):
    for n in range(3):
        (tmp_path / f"{n}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "0.json").write_text(json.dumps({"tags": {"hat": 0.5, "cat": 0.9}}))
    (tmp_path / "1.txt").write_text("hat, long hair")
    (tmp_path / "2.json").write_text("no JSON at all")
    return Folders({"pets": tmp_path})


async def tag(client):
    task = await client.data("POST", "/api/tag/create", {"input_dir": ["pets"]})
    return (await client.until(task["id"]))["id"]


async def extract(client, source, **limits):
    body = {"source_dir": source, **LIMITS, **limits}
    return await client.data("POST", "/api/character/extract", body)


async def test_what_tasks_of_tags_have_in_common_makes_a_character(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        task = await tag(client)
        found = await extract(client, HARD_CODED)
        assert found == {
            "total_files": 3,
            "tag_frequency": {"cat": 3, "miku": 3},
            "tag_weights": {"cat": 0.9, "miku": 0.8},
        }
        for source in ("", task, f"2026-01-01_10-00_tag_{task}"):
            assert await extract(client, source) == found
        body = {"name": "初音", "source_dir": HARD_CODED, "core_tags": ["miku", "hat"], **LIMITS}
        made = await client.data("POST", "/api/character/create", body)
        assert made["tags"] == ["miku", "hat"]
        assert made["tag_weights"] == {"miku": 0.8, "hat": 1.0}
        assert await client.data("GET", "/api/character/list") == [made]
        assert await client.data("GET", f"/api/character/get?name={quote('初音')}") == made


async def test_limits_narrow_what_is_found(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        await tag(client)
        assert list((await extract(client, "", min_weight=0.85))["tag_weights"]) == ["cat"]
        assert list((await extract(client, "", max_tags=1))["tag_weights"]) == ["cat"]
        assert list((await extract(client, "", exclude_tags=["CAT"]))["tag_weights"]) == ["miku"]
        assert (await extract(client, "", min_frequency=4))["tag_frequency"] == {}
        wrong = {"source_dir": "", "min_frequency": -1, "min_weight": 2, "max_tags": 0}
        _, fields = await client.refusal("POST", "/api/character/extract", wrong)
        assert fields == ["min_frequency", "min_weight", "max_tags"]


async def test_tags_beside_the_pictures_of_an_opened_folder(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        found = await extract(client, "pets", min_frequency=1, min_weight=0)
        assert found["total_files"] == 3
        assert found["tag_frequency"] == {"hat": 2, "long hair": 1, "cat": 1}
        assert found["tag_weights"]["hat"] == 0.75
        for source in ("gone", "../pets", "pets/../..", "C:/pets"):
            _, fields = await client.refusal(
                "POST", "/api/character/extract", {"source_dir": source}
            )
            assert fields == ["source_dir"]


async def test_a_character_is_found_by_its_name_and_there_are_no_two_of_one(deps, autojump_clock):
    async with managing(deps) as (client, _):
        body = {"name": "Miku", "core_tags": ["hat"], **LIMITS}
        await client.data("POST", "/api/character/create", body)
        text, _ = await client.refusal("POST", "/api/character/create", body, status=409)
        assert "choose another name" in text
        weights = {"hat": 0.5, "long hair": 0.9}
        body = {"name": "Miku", "description": "of songs", "tags": [*weights]}
        told = await client.data("POST", "/api/character/update", {**body, "tag_weights": weights})
        assert (told["description"], told["tag_weights"]) == ("of songs", weights)
        told = await client.data("POST", "/api/character/update", {"name": told["id"]})
        assert told["tags"] == [*weights]
        await client("POST", "/api/character/delete", {"name": "Miku"})
        assert await client.data("GET", "/api/character/list") == []
        text, _ = await client.refusal(
            "POST", "/api/character/delete", {"name": "Miku"}, status=404
        )
        assert text == "There is no character 'Miku'"
        await client.refusal("GET", "/api/character/get?name=Miku", status=404)


async def test_a_character_of_nothing_is_refused(deps, autojump_clock):
    async with managing(deps) as (client, _):
        body = {"name": "Nobody", "source_dir": HARD_CODED, "core_tags": [], **LIMITS}
        text, _ = await client.refusal("POST", "/api/character/create", body)
        assert "0 files of tags" in text
        wrong = {"name": "x" * 101, "core_tags": ["", "y" * 201]}
        _, fields = await client.refusal("POST", "/api/character/create", wrong)
        assert fields[:3] == ["name", "tags[0]", "tags[1]"]
