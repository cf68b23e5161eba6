"""What a preset says to a job: pure parts of the front end."""

from __future__ import annotations

import pytest

from executors.generate.options import DEFAULTS
from state.library import fresh_id, is_library_id
from web.workshop.configs import config_errors, spec_of
from web.workshop.supplies import PresetSupplies

OLD = {
    "prompt": "a fox",
    "vae": "",
    "seed": None,
    "clip_skip": 0,
    "width": 768,
    "use_case": {"anything": ["at", "all"]},
    "loras": [
        {
            "name": "ink",
            "lora_key": "ink_v2",
            "weight": 0.8,
            "path": "D:/loras/ink.safetensors",
            "tags": ["ink"],
            "extend_tags": ["sketch"],
            "use_mask": True,
        },
        {"lora_key": "paper"},
    ],
}


def test_what_is_empty_or_not_known_says_nothing():
    assert spec_of(OLD) == {
        "prompt": "a fox",
        "width": 768,
        "loras": [{"name": "ink", "weight": 0.8, "tags": ["ink", "sketch"]}, {"name": "paper"}],
    }
    assert spec_of({}) == {}


def test_every_field_of_the_kind_is_passed_on():
    said = {**DEFAULTS, "prompt": "x", "negative_prompt": "y", "model": "m", "vae": "v", "eta": 0.5}
    said["loras"] = [{"name": "n", "weight": 1.0, "tags": ["t"]}]
    assert spec_of(said) == said


def test_what_no_job_could_be_made_with_is_told_by_its_name():
    wrong = {**OLD, "steps": 0, "width": 500, "loras": [{"weight": 1}, "ink"]}
    fields = [each["field"] for each in config_errors(wrong, "config.")]
    assert fields == [
        "config.steps", "config.width", "config.loras[0].name", "config.loras[1]",
    ]  # fmt: skip
    assert config_errors(OLD) == []
    assert [each["field"] for each in config_errors({"loras": {"name": "x"}})] == ["loras"]


def test_a_request_says_otherwise_and_what_it_leaves_empty_says_nothing():
    given = {"preset": "soft", "prompt": "", "width": 512, "vae": "v"}
    spec = PresetSupplies(spec_of(OLD)).completed(given)
    assert (spec["prompt"], spec["width"], spec["vae"]) == ("a fox", 512, "v")
    assert "preset" not in spec


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Soft light.json", "Soft-light"),
        ("a/../b", "a-..-b"),
        ("...", "config"),
        ("x" * 100, "x" * 40),
    ],
)
def test_an_id_is_made_of_the_name(name, id):
    assert fresh_id(name, (), "config") == id
    assert fresh_id(name, {id}, "config") == f"{id}-2"
    assert fresh_id(name, {id, f"{id}-2"}, "config") == f"{id}-3"


def test_names_in_other_scripts_have_ids_of_their_own():
    ids = {fresh_id(name, (), "config") for name in ("柔光", "逆光", "柔光 soft", "soft")}
    assert len(ids) == 4
    assert all(map(is_library_id, ids))
    assert fresh_id("柔光", (), "config") == fresh_id("柔光", (), "config")
