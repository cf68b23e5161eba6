"""The plan of a job of classifying: what is stored, which model it takes, what is refused."""

from __future__ import annotations

import json

import pytest

from actors.errors import InvalidSpec
from executors.classify.spec import ClassifySpec
from tests.support.learning import MODELS, model
from tests.support.tagging import LIMITS


def plan(items=("pets/a.jpg",), *, folders=("pets",), **spec):
    return ClassifySpec(folders).plan({"models": MODELS, **spec}, list(items), LIMITS)


def test_the_model_is_stored_with_its_files_which_the_job_keeps():
    made = plan(model="pets")
    assert made.spec == {
        "top": 3,
        "threshold": 0.0,
        "concurrency": 16,
        "retries": 0,
        "stop_on_failure": False,
        "model": "m1",
        "model_name": "pets",
        "model_files": ["a" * 64, "b" * 64],
    }
    assert made.assets == ("a" * 64, "b" * 64)
    assert [json.loads(bytes(item.item)) for item in made.items] == [
        {"image": "pets/a.jpg", "path": "pets/a.jpg"}
    ]


def test_an_id_goes_before_a_name():
    assert plan(model="m1", models={**MODELS, "x": model("x", "m1")}).spec["model"] == "m1"
    assert plan(model="m3").spec["model"] == "m3"


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({}, "model, is missing"),
        ({"model": "dogs"}, "model, there is no model 'dogs'"),
        ({"model": "cars"}, r"2 models are called 'cars': say which, by its id \(m2, m3\)"),
        ({"model": 7}, "model, must be text"),
        ({"model": "pets", "top": 0}, "top, must be a whole number from 1 to 1000"),
        ({"model": "pets", "threshold": 2}, "threshold, must be a number from 0 to 1"),
        ({"model": "pets", "models": {"m1": {"digest": "x"}}}, "models, is named by `model`"),
        ({"model": "pets", "model_files": ["x"]}, "model_files, is not a field of a job of"),
        ({"model": "pets", "embedded": "/etc"}, "embedded, is not a field of a job of"),
    ],
)
def test_specs_that_cannot_be_kept_are_refused(spec, reason):
    with pytest.raises(InvalidSpec, match=reason):
        plan(**spec)


def test_items_are_pictures_as_those_of_tags():
    with pytest.raises(InvalidSpec, match="there are: pets"):
        plan(["dogs/a.jpg"], model="pets")
    with pytest.raises(InvalidSpec, match="must hold at least one item"):
        plan([], model="pets")
