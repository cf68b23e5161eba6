"""A job that a filter has begun again: what the doctor counts is what its runner would."""

from __future__ import annotations

import pytest

from state.lines import seal_of, sealed
from state.model import Counts
from state.wanted import OutcomeFilter
from tests.support.data_folders import DONE, codes, copy_of, examined, make_healthy
from tests.support.planted import OUTCOMES, job_changed
from tests.support.states import ALICE, an_outcome


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


@pytest.mark.parametrize(
    ("run", "counts", "found"),
    [
        (1, Counts(3, 3), []),
        # Right after a retry its desk counts it still: nothing is lost, and a start says so.
        (2, Counts(3, 3), ["counts-behind"]),
        (2, Counts(3, 2), []),
        (2, Counts(3, 2, 1), ["outcomes-lost"]),
    ],
)
def test_a_finale_of_the_run_before_may_be_counted(healthy, tmp_path, run, counts, found):
    data = copy_of(healthy, tmp_path / "data")
    with opened_for_append(data) as outcomes:
        outcomes.write(line_of(an_outcome(2, once=True)))
    job_changed(data, run=run, counts=counts, finale=True)
    assert codes(examined(data)) == found


def opened_for_append(data):
    return (data / OUTCOMES).open("ab")


def line_of(record):
    return sealed(record, seal_of(ALICE, DONE))
