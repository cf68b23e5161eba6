"""Tasks of training and of classification, which this server names for itself."""

from __future__ import annotations

import json

import pytest

from executors.folders import Folders
from tests.support.managing import PICTURE, managing

TRAIN = {"name": "Pets", "input_dir": ["pets"], "validation": 0.25, "seed": 7}


@pytest.fixture
def folders(tmp_path):
    for label in ("cats", "dogs"):
        (tmp_path / label).mkdir()
        for n in range(3):
            (tmp_path / label / f"{n}.png").write_bytes(PICTURE)
    return Folders({"pets": tmp_path})


async def test_a_model_is_learned_from_folders(deps, folders, autojump_clock):
    async with managing(deps, folders=folders) as (client, _):
        task = await client.data("POST", "/api/train/create", TRAIN)
        assert (task["type"], task["status"], task["name"]) == ("train", "pending", "Pets")
        config = json.loads(task["config"])
        assert (config["input_dir"], config["validation"], config["seed"]) == (["pets"], 0.25, 7)


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"input_dir": ""}, ["input_dir"]),
        ({"input_dir": "pets/cats"}, ["input_dir"]),
        ({"input_dir": "none"}, ["input_dir[0]"]),
        ({"items": []}, ["input_dir"]),
        ({"input_dir": "", "items": "pets"}, ["items"]),
        ({"input_dir": "", "items": [{"path": "etc/x.png"}]}, ["items[0]"]),
        ({"validation": 2}, ["validation"]),
        ({"epochs": 0}, ["epochs"]),
        ({"other": 1}, ["other"]),
    ],
)
async def test_what_is_wrong_with_learning_is_named(deps, folders, autojump_clock, said, fields):
    async with managing(deps, folders=folders) as (client, _):
        assert (await client.refusal("POST", "/api/train/create", {**TRAIN, **said}))[1] == fields


@pytest.mark.parametrize(
    ("said", "fields"),
    [({}, ["model"]), ({"model": "none"}, ["model"]), ({"model": "m", "epochs": 1}, ["epochs"])],
)
async def test_what_is_wrong_with_sorting_is_named(deps, folders, autojump_clock, said, fields):
    async with managing(deps, folders=folders) as (client, _):
        body = {"input_dir": "pets", **said}
        assert (await client.refusal("POST", "/api/classify/create", body))[1] == fields
