"""A job that a filter has begun again: what the doctor counts is what its runner would."""

from __future__ import annotations

import pytest

from state.model import Counts
from state.wanted import OutcomeFilter
from tests.support.data_folders import codes, copy_of, examined, make_healthy
from tests.support.planted import job_changed


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    data = tmp_path_factory.mktemp("healthy") / "data"
    make_healthy(data)
    return data


FINDS, PASSES_OVER = OutcomeFilter(http_status=((0, 0), (100, 599))), OutcomeFilter(text="nowhere")


@pytest.mark.parametrize(
    ("again", "counts", "found"),
    [
        (PASSES_OVER, Counts(3, 2, 1), []),
        (FINDS, Counts(3, 2, 0), []),
        (FINDS, Counts(3, 2, 1), ["outcomes-lost"]),
        (None, Counts(3, 2, 1), ["outcomes-lost"]),
    ],
)
def test_what_was_passed_over_counts(healthy, tmp_path, again, counts, found):
    data = copy_of(healthy, tmp_path / "data")
    job_changed(data, run=2, again=again, counts=counts)
    assert codes(examined(data)) == found
