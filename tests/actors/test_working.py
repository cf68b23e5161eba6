"""What a runner keeps of its items' own words: within bounds, whatever a worker says."""

import math

import pytest

from actors.ports import ItemProgress
from actors.runner.atwork import SHOWN, STAGE_CHARS, Working
from state.codec import decode, encode
from state.model import AtWork, JobStatus
from tests.support.states import ALICE, a_desk, a_job


def said(*events: ItemProgress) -> tuple[AtWork, ...]:
    working = Working()
    for at, event in enumerate(events):
        working.say(event, float(at))
    return working.shown()


def test_the_newest_word_of_each_item_counts_in_order_of_the_items():
    shown = said(
        ItemProgress(5, 0.1, "five"), ItemProgress(2, 0.2, "two"), ItemProgress(5, 0.3, "again")
    )
    assert [(item.index, item.fraction, item.stage, item.at) for item in shown] == [
        (2, 0.2, "two", 1.0),
        (5, 0.3, "again", 2.0),
    ]


def test_the_first_are_shown_and_the_others_when_those_are_over():
    working = Working()
    for index in reversed(range(SHOWN + 3)):
        working.say(ItemProgress(index, 0.5), 1.0)
    assert [item.index for item in working.shown()] == list(range(SHOWN))
    for index in (0, 1, 7, 99):
        working.over(index)
    assert [item.index for item in working.shown()][-3:] == [SHOWN, SHOWN + 1, SHOWN + 2]


@pytest.mark.parametrize(
    ("event", "kept"),
    [
        (ItemProgress(0, 1.7, "x", 9, 4), (1.0, 4, 4)),
        (ItemProgress(0, -3.0, "x", -1, -4), (0.0, 0, 0)),
        (ItemProgress(0, math.nan, "x", 2, 0), (0.0, 0, 0)),
        (ItemProgress(0, math.inf, "x", 1, 10**12), (1.0, 1, 10**9)),
        (ItemProgress(0, 2 / 3, "x" * 10_000, 2, 3), (0.6667, 2, 3)),
    ],
)
def test_what_is_kept_can_be_read_again(event, kept):
    (item,) = said(event)
    assert (item.fraction, item.done, item.total) == kept
    assert len(item.stage) <= STAGE_CHARS
    desk = a_desk(1, a_job(status=JobStatus.RUNNING, working=(item,)))
    assert decode(ALICE, encode(ALICE, desk)).state == desk
