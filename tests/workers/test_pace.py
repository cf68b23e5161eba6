"""The pace of hosts: unlimited until they complain, once per congestion event, back to normal."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.ports import ItemResult
from state.model import OutcomeStatus
from workers.pace import (
    FIRST_INTERVAL_S,
    MAX_INTERVAL_S,
    PATIENCE_S,
    Pace,
    PaceBook,
)
from workers.protocol import KnownPace

GOOD = ItemResult(status=OutcomeStatus.OK, result={})
BUSY = ItemResult(status=OutcomeStatus.FAILED, result={}, pressure=True)


def asks(seconds):
    return ItemResult(status=OutcomeStatus.FAILED, result={}, retry_after_s=seconds)


@pytest.fixture
def pace():
    return Pace(backoff_max_s=100.0)


def test_a_host_that_never_complained_is_not_slowed_nor_remembered(pace):
    for n in range(1000):
        assert pace.admit("h", 0.0) == 0.0
        pace.observe("h", 0.0, n / 1000, GOOD)
    assert len(pace) == 0


def test_a_complaint_spaces_the_requests(pace):
    pace.observe("h", 0.0, 1.0, BUSY)
    assert pace.admit("h", 1.0) == pytest.approx(FIRST_INTERVAL_S)
    assert pace.admit("other", 1.0) == 0.0
    first = 1.0 + FIRST_INTERVAL_S
    assert pace.admit("h", first) == 0.0
    assert pace.admit("h", first) == pytest.approx(FIRST_INTERVAL_S)


def test_a_short_wait_is_reserved_and_a_long_one_is_not(pace):
    pace.observe("h", 0.0, 0.0, BUSY)
    assert pace.admit("h", FIRST_INTERVAL_S - PATIENCE_S) == pytest.approx(PATIENCE_S)
    assert pace.admit("h", FIRST_INTERVAL_S) == pytest.approx(FIRST_INTERVAL_S)
    assert pace.admit("h", FIRST_INTERVAL_S) == pytest.approx(FIRST_INTERVAL_S)


def test_what_was_already_under_way_is_the_same_congestion(pace):
    pace.observe("h", 0.0, 10.0, BUSY)
    for _ in range(50):
        pace.observe("h", 9.0, 10.5, BUSY)
    pace.admit("h", 20.0)
    assert pace.admit("h", 20.0) == pytest.approx(FIRST_INTERVAL_S)
    pace.observe("h", 20.0, 21.0, BUSY)
    pace.admit("h", 30.0)
    assert pace.admit("h", 30.0) == pytest.approx(2 * FIRST_INTERVAL_S)


def test_retry_after_is_obeyed_up_to_the_limit(pace):
    pace.observe("h", 0.0, 1.0, asks(7.0))
    assert pace.admit("h", 1.0) == pytest.approx(7.0)
    pace.observe("h", 0.0, 1.0, asks(1e9))
    assert pace.admit("h", 1.0) == pytest.approx(100.0)
    pace.observe("h", 0.0, 2.0, asks(-5.0))
    assert pace.admit("h", 101.0) == 0.0


def test_good_answers_recover_slowly_and_then_the_host_is_forgotten(pace):
    pace.observe("h", 0.0, 0.0, BUSY)
    pace.observe("h", -1.0, 0.5, GOOD)  # older than the complaint: says nothing
    count, now = 0, 1.0
    while len(pace):
        now += 1.0
        pace.observe("h", now, now, GOOD)
        count += 1
    assert 50 < count < 500
    assert pace.admit("h", now) == 0.0


def test_the_interval_has_an_end(pace):
    for n in range(100):
        pace.observe("h", n * 10.0, n * 10.0, BUSY)
    pace.admit("h", 5000.0)
    assert pace.admit("h", 5000.0) == pytest.approx(MAX_INTERVAL_S)


def test_the_least_recently_used_is_forgotten_first():
    pace = Pace(backoff_max_s=100.0, max_keys=2)
    pace.observe("a", 0.0, 0.0, asks(50))
    pace.observe("b", 0.0, 0.0, asks(50))
    pace.admit("a", 1.0)
    pace.observe("c", 0.0, 0.0, asks(50))
    assert len(pace) == 2
    assert pace.admit("a", 1.0) > 0
    assert pace.admit("b", 1.0) == 0


STEPS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.floats(0, 5),
        st.one_of(st.just(GOOD), st.just(BUSY), st.floats(-10, 1e6, allow_nan=False).map(asks)),
    ),
    max_size=60,
)


@given(STEPS)
def test_waits_are_bounded_and_memory_too(steps):
    pace = Pace(backoff_max_s=100.0, max_keys=2)
    now = 0.0
    for key, passed, result in steps:
        started, now = now, now + passed
        wait = pace.admit(key, now)
        assert 0.0 <= wait <= 100.0 + 2 * MAX_INTERVAL_S
        pace.observe(key, started, now, result)
        assert len(pace) <= 2


@given(st.integers(1, 200), st.floats(0.01, 10))
def test_no_more_are_admitted_than_the_interval_allows(callers, span_s):
    """Whoever is admitted (at once, or within its patience) keeps the distance."""
    pace = Pace(backoff_max_s=100.0)
    pace.observe("h", 0.0, 0.0, BUSY)
    going = []
    for n in range(callers):
        now = n * span_s / callers
        wait = pace.admit("h", now)
        if wait <= PATIENCE_S:
            going.append(now + wait)
    gaps = [later - earlier for earlier, later in pairwise(going)]
    assert all(gap >= FIRST_INTERVAL_S - 1e-9 for gap in gaps)


def test_the_next_worker_is_told_once_an_event_and_as_it_recovers(pace):
    told = [pace.observe("h", 0.0, 1.0, asks(50.0)) for _ in range(3)]
    assert told == [KnownPace("h", FIRST_INTERVAL_S, 50.0), None, None]
    good = [pace.observe("h", 60.0, 60.0, GOOD) for _ in range(200)]
    steps = [news.interval_s for news in good if news is not None]
    assert steps[-1] == 0.0
    assert all(after < before / 2 for before, after in pairwise([FIRST_INTERVAL_S, *steps]))
    assert len(steps) < 10


def test_what_is_adopted_holds_from_then_on(pace):
    pace.adopt(KnownPace("h", 2.0, 5.0), 100.0)
    assert pace.admit("h", 101.0) == 4.0
    assert pace.admit("h", 105.0) == 0.0
    assert pace.admit("h", 105.0) == 2.0
    assert pace.observe("h", 107.0, 108.0, BUSY) == KnownPace("h", 4.0, 4.0)


def test_the_book_keeps_the_newest_of_a_bounded_number_of_hosts():
    book = PaceBook(max_keys=2)
    for n, key in enumerate(["a", "b", "a", "c"]):
        book.note(KnownPace(key, 1.0 + n, 10.0), now=float(n))
    assert book.all(now=5.0) == [KnownPace("a", 3.0, 7.0), KnownPace("c", 4.0, 8.0)]
    book.note(KnownPace("a", 0.0, 0.0), now=5.0)
    assert book.all(now=50.0) == [KnownPace("c", 4.0, 0.0)]
