"""The pace of hosts: unlimited until they complain, once per congestion event, back to normal."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
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
    assert told == [KnownPace("h", FIRST_INTERVAL_S, 50.0, asked_s=50.0), None, None]
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
    assert pace.observe("h", 107.0, 108.0, BUSY) == KnownPace("h", 4.0, 4.0, safe_s=2.0)


def test_a_successor_comes_back_from_a_trouble_as_its_predecessor_would():
    told = [pace_after(8).observe("h", 1e4, 1e4, BUSY)]
    book = PaceBook()
    book.note(told[0], now=0.0)
    [known] = book.all(now=1.0)
    heir = Pace(backoff_max_s=100.0)
    heir.adopt(known, 1.0)
    assert known.safe_s == FIRST_INTERVAL_S < known.interval_s
    assert answers_until_forgotten(heir, 100.0) < 200


def pace_after(complaints):
    """A host that has only complained, that many times in a row."""
    pace = Pace(backoff_max_s=100.0)
    for n in range(complaints):
        pace.observe("h", n * 100.0, n * 100.0, BUSY)
    return pace


def next_turn(pace, now):
    """When the next request starts, for whoever wants to send one from now on."""
    while (wait := pace.admit("h", now)) > PATIENCE_S:
        now += wait
    return now + wait


def answers_until_forgotten(pace, now):
    """Answers that are good from now on, each to a request that was sent as soon as it might."""
    count = 0
    while len(pace):
        now = next_turn(pace, now)
        pace.observe("h", now, now, GOOD)
        count += 1
    return count


@given(st.integers(1, 40))
def test_a_host_that_had_a_hiccup_is_soon_asked_as_before(complaints):
    pace, now = pace_after(complaints), 1e4
    began = now
    while len(pace):
        now = next_turn(pace, now)
        pace.observe("h", now, now, GOOD)
    # It began to trouble us at one request in 0.1 s: from there it is trusted slowly.
    assert 3.0 < now - began < 60.0


@given(st.floats(0.5, 600), st.floats(0, 5))
def test_a_host_that_goes_on_complaining_is_asked_ever_less(span_s, latency_s):
    pace, now, asked = Pace(backoff_max_s=100.0), 0.0, 0
    while now < span_s:
        now = next_turn(pace, now)
        pace.observe("h", now, now + latency_s, BUSY)
        asked += 1
        now += latency_s + 1e-6
    assert asked <= 11 + span_s / MAX_INTERVAL_S


@settings(deadline=None, max_examples=30)
@given(st.floats(2, 50))
def test_a_host_with_a_limit_gets_about_that_and_complains_seldom(per_second):
    """It refuses whatever comes sooner after the last than its limit allows."""
    pace, now, last = pace_after(1), 1e4, -1.0
    good = bad = 0
    while now < 1e4 + 200:
        now = next_turn(pace, now)
        fine = now - last >= 1 / per_second - 1e-9
        last = now if fine else last
        pace.observe("h", now, now, GOOD if fine else BUSY)
        good, bad = good + fine, bad + (not fine)
        now += 1e-6
    assert bad <= 3 + 0.1 * good
    assert good >= 200 * per_second / 4


def test_the_book_keeps_the_newest_of_a_bounded_number_of_hosts():
    book = PaceBook(max_keys=2)
    for n, key in enumerate(["a", "b", "a", "c"]):
        book.note(KnownPace(key, 1.0 + n, 10.0), now=float(n))
    assert book.all(now=5.0) == [KnownPace("a", 3.0, 7.0), KnownPace("c", 4.0, 8.0)]
    book.note(KnownPace("a", 0.0, 0.0), now=5.0)
    assert book.all(now=50.0) == [KnownPace("c", 4.0, 0.0)]
