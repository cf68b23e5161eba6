"""Presets, characters and models of a desk over REST; jobs that name a preset."""

from __future__ import annotations

import json

import pytest
import trio
from msgspec.structs import replace

from actors.rules.change import Change
from state.digests import digest_of
from state.library import Model
from state.memory import MemoryStore
from tests.support.managing import DESK as KEY
from tests.support.managing import ME, Client, managing
from web.app import build_app

DESK = "/api/desks/me"
PRESETS = f"{DESK}/presets"
CHARACTERS = f"{DESK}/characters"
MODELS = f"{DESK}/models"
ONNX = b"the head of a network"
REPORT = {"labels": ["cat", "dog"], "accuracy": 0.75, "pictures": 8, "per_label": {}}


def fields_of(told):
    return [each["field"] for each in told["error"]["details"]["errors"]]


async def add(client, name="Soft light", status=201, **fields):
    return await client("POST", PRESETS, {"name": name, **fields}, status)


async def test_a_preset_is_kept_changed_and_forgotten(deps, autojump_clock):
    async with managing(deps) as (client, _):
        config = {"prompt": "a fox", "width": 768, "notes": ["mine"]}
        made = await add(client, config=config, category="animals")
        assert made["durable"] is True
        assert made["preset"]["id"] == "Soft-light"
        told = await client("GET", f"{PRESETS}/Soft-light")
        assert (told["preset"], told["config"]) == (made["preset"], config)
        version = told["preset"]["version"]
        body = {"config": {"prompt": "two foxes"}, "version": version}
        told = await client("PUT", f"{PRESETS}/Soft-light", body)
        assert told["config"] == {"prompt": "two foxes"}
        assert told["preset"]["category"] == "animals"
        told = await client("PUT", f"{PRESETS}/Soft-light", body, 409)
        assert told["error"]["code"] == "entry_changed"
        told = await client("PUT", f"{PRESETS}/Soft-light", {"name": "Softer"})
        assert (told["preset"]["id"], told["config"]) == ("Soft-light", {"prompt": "two foxes"})
        await client("DELETE", f"{PRESETS}/Soft-light")
        told = await client("GET", f"{PRESETS}/Soft-light", status=404)
        assert told["error"]["code"] == "preset_not_found"


async def test_ids_are_chosen_or_made_of_names(deps, autojump_clock):
    async with managing(deps) as (client, _):
        await add(client, id="mine")
        told = await add(client, id="mine", status=409)
        assert told["error"]["code"] == "entry_changed"
        assert (await add(client))["preset"]["id"] == "Soft-light"
        assert (await add(client))["preset"]["id"] == "Soft-light-2"
        told = await add(client, id="a/b", status=400)
        assert fields_of(told) == ["id"]
        told = await add(client, name="x" * 101, config={"steps": 0}, status=400)
        assert fields_of(told) == ["name", "steps"]


async def test_presets_are_listed_by_pages_and_narrowed(deps, autojump_clock):
    async with managing(deps) as (client, _):
        for n in range(5):
            await add(client, f"preset {n}", category="ab"[n % 2], is_default=n == 3)
        told = await client("GET", f"{PRESETS}?page=2&size=2")
        assert [each["name"] for each in told["presets"]] == ["preset 2", "preset 3"]
        assert (told["total"], told["categories"]) == (5, ["a", "b"])
        told = await client("GET", f"{PRESETS}?category=b&search=PRESET%203")
        assert [each["is_default"] for each in told["presets"]] == [True]
        await client("POST", f"{PRESETS}/preset-1/default")
        told = await client("GET", PRESETS)
        assert [each["id"] for each in told["presets"] if each["is_default"]] == ["preset-1"]
        told = await client("GET", f"{PRESETS}?size=0", status=400)
        assert fields_of(told) == ["size"]


async def test_presets_go_out_as_a_file_and_come_back(deps, autojump_clock):
    async with managing(deps) as (client, _):
        await add(client, "One", config={"prompt": "x"})
        await add(client, "Two")
        file = await client("GET", f"{PRESETS}/export?ids=One")
        assert [each["id"] for each in file["configs"]] == ["One"]
        told = await client("POST", f"{PRESETS}/import", file, 201)
        assert [each["id"] for each in told["presets"]] == ["One-2"]
        assert len((await client("GET", f"{PRESETS}/export"))["configs"]) == 3
        assert (await client("GET", f"{PRESETS}/One-2"))["config"] == {"prompt": "x"}
        await client("GET", f"{PRESETS}/export?ids=gone", status=404)
        told = await client("POST", f"{PRESETS}/import", {"configs": []}, 400)
        assert fields_of(told) == ["configs"]


async def test_two_who_change_one_preset_at_once_both_have_their_say(deps, autojump_clock):
    async with managing(deps) as (client, _):
        await add(client, config={"prompt": "x"})
        path = "/api/configs/Soft-light"
        async with trio.open_nursery() as nursery:
            for fields in ({"steps": 9}, {"cfg_scale": 3}, {"name": "Softer"}):
                nursery.start_soon(client, "PUT", path, fields)
        told = await client("GET", f"{PRESETS}/Soft-light")
        assert told["config"] == {"prompt": "x", "steps": 9, "cfg_scale": 3}


async def test_a_job_is_made_of_the_preset_that_it_names(deps, autojump_clock):
    async with managing(deps) as (client, server):
        await add(client, config={"prompt": "a fox", "steps": 30, "width": 768})
        spec = {"preset": "Soft-light", "steps": 9, "prompt": ""}
        job = {"kind": "generate", "spec": spec, "items": [{}]}
        told = await client("POST", f"{DESK}/jobs", job, 201)
        desk = await server.supervisor.directory.find(KEY)
        made = desk.published.jobs[told["job"]["id"]].job.spec
        assert (made["prompt"], made["steps"], made["width"]) == ("a fox", 9, 768)
        job["spec"] = {"preset": "gone"}
        assert (await client("POST", f"{DESK}/jobs", job, 404))["error"]["code"] == (
            "preset_not_found"
        )
        job["spec"] = {"preset": 5}
        assert fields_of(await client("POST", f"{DESK}/jobs", job, 400)) == ["spec.preset"]


async def test_a_character_is_kept_changed_and_forgotten(deps, autojump_clock):
    async with managing(deps) as (client, _):
        body = {"name": "Miku", "tags": ["hat"], "tag_weights": {"hat": 0.5}}
        made = await client("POST", CHARACTERS, body, 201)
        assert (made["character"]["id"], made["tags"]) == ("Miku", ["hat"])
        told = await client("PUT", f"{CHARACTERS}/Miku", {"tags": ["hat", "cat"]})
        assert (told["tags"], told["tag_weights"]) == (["hat", "cat"], {"hat": 0.5})
        stale = {"tags": [], "version": made["character"]["version"]}
        assert (await client("PUT", f"{CHARACTERS}/Miku", stale, 409))["error"]["code"] == (
            "entry_changed"
        )
        told = await client("GET", f"{CHARACTERS}?search=mik")
        assert (told["total"], told["characters"][0]["name"]) == (1, "Miku")
        wrong = {"name": "", "tags": ["x"] * 501}
        assert fields_of(await client("POST", CHARACTERS, wrong, 400)) == ["name"]
        wrong = {"name": "x", "tags": [""], "tag_weights": {"hat": 3}}
        assert fields_of(await client("POST", CHARACTERS, wrong, 400)) == [
            "tags[0]",
            "tag_weights.hat",
        ]
        found = await client("POST", f"{CHARACTERS}/extract", {})
        assert found == {"total_files": 0, "tag_frequency": {}, "tag_weights": {}}
        told = await client("POST", f"{CHARACTERS}/extract", {"source": "gone"}, 400)
        assert fields_of(told) == ["source"]
        await client("DELETE", f"{CHARACTERS}/Miku")
        assert (await client("GET", f"{CHARACTERS}/Miku", status=404))["error"]["code"] == (
            "character_not_found"
        )


REPORT_DATA = json.dumps(REPORT).encode()
PETS = Model(
    id="pets",
    name="Pets",
    digest=digest_of(ONNX),
    facts=digest_of(REPORT_DATA),
    job_id="gone",
    labels_n=2,
    accuracy=0.75,
    pictures_n=8,
    size_bytes=len(ONNX),
    created_at=5.0,
)


@pytest.fixture
async def learned(deps, desk):
    """A client of a desk that has learned."""
    store = MemoryStore()
    for data in (ONNX, REPORT_DATA):
        await store.save_library(desk.key, data)
    models = {"pets": PETS, "old": replace(PETS, id="old", created_at=1.0)}
    desk.publish(Change(replace(desk.state, models=models)))
    return Client(build_app(replace(deps, store=store)).test_client())


async def test_models_are_told_with_what_is_known_of_them(learned, autojump_clock):
    told = await learned("GET", MODELS)
    assert [each["id"] for each in told["models"]] == ["pets", "old"]
    told = await learned("GET", f"{MODELS}/pets")
    assert (told["model"]["labels"], told["model"]["accuracy"]) == (2, 0.75)
    assert (told["report"], told["model"]["sha256"]) == (REPORT, digest_of(ONNX))
    told = await learned("GET", f"{MODELS}/gone", status=404)
    assert told["error"]["code"] == "model_not_found"


async def test_a_model_is_called_otherwise_and_forgotten(learned, autojump_clock):
    told = await learned("PATCH", f"{MODELS}/pets", {"name": "宠物"})
    assert (told["model"]["id"], told["model"]["name"]) == ("pets", "宠物")
    assert fields_of(await learned("PATCH", f"{MODELS}/pets", {"name": " "}, 400)) == ["name"]
    await learned("PATCH", f"{MODELS}/gone", {"name": "x"}, 404)
    assert (await learned("DELETE", f"{MODELS}/pets"))["id"] == "pets"
    await learned("DELETE", f"{MODELS}/pets", status=404)


async def test_the_file_of_a_model_is_sent_whole_or_in_part(learned, desk, autojump_clock):
    async def get(**headers):
        return await learned.http.get(f"{MODELS}/pets/file", headers={**ME, **headers})

    whole = await get()
    assert await whole.get_data() == ONNX
    assert whole.headers["ETag"] == f'"{digest_of(ONNX)}"'
    assert "Pets.onnx" in whole.headers["Content-Disposition"]
    assert desk.noted[-1][0] == "read_model"
    part = await get(Range="bytes=4-7")
    assert (part.status_code, await part.get_data()) == (206, ONNX[4:8])
    assert (await get(Range="bytes=999-")).status_code == 416
