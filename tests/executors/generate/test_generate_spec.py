"""What a generate job may say: every field at its edges, and what is wrong by name."""

import base64

import msgspec
import pytest

from actors.errors import InvalidSpec
from executors.generate.items import MAX_PICTURE_BYTES, stored_prompt
from executors.generate.options import DEFAULTS
from executors.generate.requests import GenerateOptions
from executors.generate.spec import GenerateSpec
from tests.support.generating import LIMITS

PNG = b"\x89PNG\r\n\x1a\n"


def plan(items=("a fox",), **spec):
    return GenerateSpec().plan(spec, list(items), LIMITS)


def wrong(items=("a fox",), **spec):
    with pytest.raises(InvalidSpec) as refused:
        plan(items, **spec)
    return [
        (each["index"], each["field"], each["reason"]) for each in refused.value.details["errors"]
    ]


def data_url(data, kind="png"):
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def test_the_stored_spec_has_every_field_and_its_worker_reads_it():
    stored = plan(steps=None).spec
    assert stored == {**DEFAULTS}
    msgspec.convert(stored, GenerateOptions)


@pytest.mark.parametrize(
    ("field", "low", "high", "below", "above"),
    [
        ("steps", 1, 150, 0, 151),
        ("cfg_scale", 1, 30, 0.99, 30.01),
        ("width", 64, 4_096, 56, 4_104),
        ("height", 64, 4_096, 56, 4_104),
        ("seed", -1, 2**32 - 1, -2, 2**32),
        ("batch_size", 1, 8, 0, 9),
        ("batch_count", 1, 10, 0, 11),
        ("loop_count", 1, 20, 0, 21),
        ("loop_delay_s", 0, 60, -0.1, 60.1),
        ("denoising_strength", 0, 1, -0.01, 1.01),
        ("hr_scale", 1, 4, 0.9, 4.1),
        ("hr_steps", 0, 150, -1, 151),
        ("hr_denoising_strength", 0, 1, -0.01, 1.01),
        ("clip_skip", 1, 12, 0, 13),
        ("eta", 0, 1, -0.01, 1.01),
        ("ensd", 0, 2**32 - 1, -1, 2**32),
        ("retries", 0, 10, -1, 11),
        ("timeout_s", 1, 3_600, 0.9, 3_601),
    ],
)
def test_numbers_have_limits(field, low, high, below, above):
    for value in (low, high):
        assert plan(**{field: value}).spec[field] == value
    for value in (below, above, "5", True, float("nan"), 10**30):
        [(index, named, _)] = wrong(**{field: value})
        assert (index, named) == (None, field)


def test_sides_are_multiples_of_eight():
    assert wrong(width=513) == [
        (None, "width", "must be a multiple of 8 from 64 to 4096, in pixels")
    ]


def test_an_unknown_field_is_named():
    assert wrong(cfg=7) == [(None, "cfg", "is not a field of a generate job")]


@pytest.mark.parametrize(
    ("loras", "field"),
    [
        ("ink", "loras"),
        ([{}] * 21, "loras"),
        (["ink"], "loras[0]"),
        ([{"weight": 1}], "loras[0].name"),
        ([{"name": "a:b"}], "loras[0].name"),
        ([{"name": "<lora>"}], "loras[0].name"),
        ([{"name": "ink", "weight": 4.1}], "loras[0].weight"),
        ([{"name": "ink", "tags": "x"}], "loras[0].tags"),
        ([{"name": "ink", "path": "/x"}], "loras[0].path"),
    ],
)
def test_loras_that_are_none(loras, field):
    assert field in [named for _, named, _ in wrong(loras=loras)]


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (5, None),
        ("", "prompt"),
        ({"prompt": " "}, "prompt"),
        ({}, "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"prompt": "x" * 20_001}, "prompt"),
        ({"prompt": "x", "seed": -2}, "seed"),
        ({"prompt": "x", "size": 5}, "size"),
        ({"prompt": "x", "init_image": "http://h/x.png"}, "init_image"),
        ({"prompt": "x", "init_image": "data:image/svg+xml;base64,PHN2Zy8+"}, "init_image"),
        ({"prompt": "x", "init_image": "data:image/png;base64,%%"}, "init_image"),
        ({"prompt": "x", "init_image": data_url(b"GIF89a")}, "init_image"),
        ({"prompt": "x", "init_image": data_url(PNG + bytes(MAX_PICTURE_BYTES))}, "init_image"),
    ],
)
def test_items_that_are_none(item, field):
    assert [(index, named) for index, named, _ in wrong([item])] == [(0, field)]


def test_an_item_without_a_prompt_has_the_jobs():
    [item] = plan([{}], prompt="a fox\nBREAK\na tree").items
    assert stored_prompt(item.item).prompt == "a fox\nBREAK\na tree"


def test_what_an_outcome_says_where_nothing_ran():
    [item] = plan(["x" * 400]).items
    assert GenerateSpec().describe(item.item) == {"prompt": "x" * 300}
