"""What all kinds of jobs of pictures share."""

from __future__ import annotations

import pytest
from msgspec import Raw

from executors.classify.spec import ClassifySpec
from executors.described import Share
from executors.tag.spec import TagSpec


@pytest.mark.parametrize("spec", [TagSpec(["pets"]), ClassifySpec(["pets"])])
def test_an_outcome_says_of_a_picture_how_it_is_called(spec):
    item = Raw(b'{"image": "pets/a.jpg", "path": "pets/a.jpg"}')
    assert spec.describe(item) == {"image": "pets/a.jpg"}


@pytest.mark.parametrize("value", [-0.1, 0.6, True, "0.1", None, float("nan")])
def test_what_is_no_share_is_told_up_to_where_it_may_go(value):
    assert Share(0, 0.5)(value) == "must be a number from 0 to 0.5"


@pytest.mark.parametrize("value", [0, 0.25, 0.5])
def test_a_share_is_one(value):
    assert Share(0, 0.5)(value) is None
