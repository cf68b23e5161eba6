"""The plan of a job of training: its items and labels, how long it learns, what is refused."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from actors.errors import InvalidSpec
from executors.train.effort import epochs_for, most_epochs
from executors.train.spec import TrainSpec
from state.library import Picture
from tests.support.tagging import LIMITS

CAT = Picture(id="cat", name="cat", digest="d" * 64, format="png", width=9, height=9, size_bytes=9)
TWO = ["pets/cats/1.jpg", "pets/dogs/1.jpg"]


def plan(items, *, folders=("pets",), limits=LIMITS, **spec):
    return TrainSpec(folders).plan({"name": "pets", **spec}, items, limits)


def stored(made):
    return [json.loads(bytes(item.item)) for item in made.items]


def test_every_picture_is_an_item_with_its_label_and_the_last_one_learns():
    made = plan(
        [
            "pets/cats/1.jpg",
            {"path": "pets/dogs/young/2.jpg", "label": "dogs"},
            {"picture": "cat", "label": " 猫 "},
            {"file": {"job": "0af3", "name": "out/img.png"}, "label": "dogs"},
        ],
        pictures={"cat": CAT},
    )
    assert stored(made) == [
        {"image": "pets/cats/1.jpg", "path": "pets/cats/1.jpg", "label": "cats"},
        {"image": "pets/dogs/young/2.jpg", "path": "pets/dogs/young/2.jpg", "label": "dogs"},
        {"image": "cat.png", "picture": "cat", "digest": "d" * 64, "label": "猫"},
        {
            "image": "out/img.png",
            "file": {"job": "0af3", "name": "out/img.png"},
            "label": "dogs",
        },
        {"image": "pets", "pictures_n": 4},
    ]
    assert made.finale
    assert made.assets == ("d" * 64,)
    assert made.spec == {
        "name": "pets",
        "validation": 0.2,
        "seed": 0,
        "whole": False,
        "concurrency": 16,
        "retries": 0,
        "epochs": 60,
    }


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([], "must hold at least one item"),
        (["pets/cats/1.jpg", "pets/cats/2.jpg"], "all have the label 'cats'"),
        ([{"picture": "cat"}], "label, is missing"),
        (["pets/1.jpg"], "label, is missing"),
        ([{"path": "pets/a/1.jpg", "label": ""}], "label, must not be empty"),
        ([{"path": "pets/a/1.jpg", "label": 7}], "label, must be text"),
        ([{"path": "pets/a/1.jpg", "label": "a\nb"}], "label, contains characters"),
        ([{"path": "pets/a/1.jpg", "label": "a" * 101}], "label, is longer than 100"),
        (["dogs/a/1.jpg"], "there are: pets"),
        (["pets/../x/1.jpg"], "must be relative"),
        ([{"label": "cats"}], "one of picture, file, path"),
    ],
)
def test_items_that_nothing_can_be_learned_from_are_refused(items, reason):
    with pytest.raises(InvalidSpec, match=reason):
        plan(items, pictures={"cat": CAT})


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"name": None}, "name, is missing"),
        ({"name": " "}, "name, must not be empty"),
        ({"name": "a\tb"}, "name, contains characters"),
        ({"validation": 0.6}, "validation, must be a number from 0 to 0.5"),
        ({"seed": -1}, "seed, must be a whole number"),
        ({"epochs": 301}, "epochs, must be a whole number from 1 to 300"),
        ({"whole": "yes"}, "whole, must be true or false"),
        ({"concurrency": 17}, "concurrency, must be a whole number from 1 to 16"),
        ({"model": "/etc/passwd"}, "model, is not a field of a job of training"),
        ({"pictures": {"cat": {"digest": "d"}}}, "are named by items"),
    ],
)
def test_specs_that_cannot_be_kept_are_refused(spec, reason):
    with pytest.raises(InvalidSpec, match=reason):
        plan(TWO, **spec)


def test_a_label_is_the_same_however_its_accents_are_written():
    with pytest.raises(InvalidSpec, match="all have the label 'caf\u00e9'"):
        plan([f"pets/caf{accent}/1.jpg" for accent in ("\u00e9", "e\u0301")])


def test_the_last_item_counts():
    limits = replace(LIMITS, max_items=2)
    with pytest.raises(InvalidSpec, match="must not hold more than 1 items"):
        plan(TWO, limits=limits)


def test_a_job_has_no_more_pictures_than_a_worker_can_hold():
    limits = replace(LIMITS, max_items=100_000)
    many = [f"pets/{at % 2}/{at}.jpg" for at in range(50_001)]
    with pytest.raises(InvalidSpec, match="must not hold more than 50000 items"):
        plan(many, limits=limits)


def test_a_model_knows_so_many_labels():
    limits = replace(LIMITS, max_items=5_000)
    with pytest.raises(InvalidSpec, match="1,001 labels; a model knows at most 1,000"):
        plan([f"pets/{at}/1.jpg" for at in range(1_001)], limits=limits)


def test_how_long_it_learns_is_bounded_by_what_a_worker_may_do():
    assert epochs_for(20, 2) == 60
    assert 10 <= epochs_for(50_000, 10) < 60
    assert epochs_for(50_000, 1_000) == 0
    assert most_epochs(20, 2) == 300
    many = [f"pets/{at % 1_000}/{at}.jpg" for at in range(12_000)]
    limits = replace(LIMITS, max_items=50_000)
    with pytest.raises(InvalidSpec, match="12,000 pictures of 1,000 labels are more than one job"):
        plan(many, limits=limits)
    with pytest.raises(InvalidSpec, match="epochs, must be at most 4 for 12,000 pictures"):
        plan(many, limits=limits, epochs=5)
    assert plan(many, limits=limits, epochs=4).spec["epochs"] == 4
