"""What follows from an attempt: back-off, Retry-After, ends, and results that cannot be sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from actors.ports import ItemDeferred, ItemEnded, ItemResult, LeasedItem
from state.model import OutcomeStatus
from workers.attempt import (
    BACKOFF_MAX_S,
    MAX_ERROR_CHARS,
    MAX_RESULT_BYTES,
    RetryRule,
    backoff_s,
    clean_text,
    settle,
)

RULE = RetryRule(retries=3, host_backoff_max_s=300.0)


def item(attempts=0):
    return LeasedItem(5, attempts, "h", Raw(b"1"))


def failed(**values):
    return ItemResult(status=OutcomeStatus.FAILED, result={}, error="no", **values)


def settled(result, attempts=0, rule=RULE, jitter=1.0):
    return settle(item(attempts), result, rule, duration_ms=1.23456, jitter=jitter)


def test_a_good_result_ends_the_item():
    result = ItemResult(status=OutcomeStatus.OK, result={"bytes": 3})
    assert settled(result, attempts=2) == ItemEnded(
        index=5,
        status=OutcomeStatus.OK,
        attempts=3,
        duration_ms=1.235,
        result=Raw(b'{"bytes":3}'),
    )


def test_an_error_not_worth_a_retry_ends_it_too():
    assert settled(failed()).status == OutcomeStatus.FAILED


@pytest.mark.parametrize(("attempts", "again"), [(0, True), (2, True), (3, False), (9, False)])
def test_retries_count_beyond_the_first_attempt(attempts, again):
    event = settled(failed(retry=True), attempts)
    assert isinstance(event, ItemDeferred if again else ItemEnded)
    assert event.attempts == attempts + 1
    assert event.error == "no"


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_backoff_doubles_is_capped_and_half_random(attempts, jitter):
    wait = backoff_s(attempts, jitter)
    full = min(BACKOFF_MAX_S, 0.5 * 2 ** min(attempts - 1, 20))
    assert full / 2 <= wait <= full


def test_only_the_hosts_own_wish_holds_the_key():
    assert not settled(failed(retry=True)).hold_key
    short = settled(failed(retry=True, retry_after_s=0.1))
    assert (short.delay_s, short.hold_key) == (0.5, False)
    long = settled(failed(retry=True, retry_after_s=20.0))
    assert (long.delay_s, long.hold_key) == (20.0, True)
    endless = settled(failed(retry=True, retry_after_s=1e9))
    assert (endless.delay_s, endless.hold_key) == (300.0, True)


def test_a_result_that_is_too_long_is_a_failure():
    huge = ItemResult(status=OutcomeStatus.OK, result={"x": "y" * MAX_RESULT_BYTES})
    event = settled(huge)
    assert event.status == OutcomeStatus.FAILED
    assert "over the limit" in event.error
    assert bytes(event.result) == b"{}"


@pytest.mark.parametrize("value", [{1, 2}.__iter__(), "\ud800"])
def test_a_result_that_is_no_json_raises(value):
    with pytest.raises((TypeError, ValueError)):
        settled(ItemResult(status=OutcomeStatus.OK, result={"x": value}))


@given(st.text(st.characters(codec=None), max_size=50))
def test_any_text_can_be_sent(text):
    assert len(clean_text(text * 100)) <= MAX_ERROR_CHARS
    clean_text(text).encode()


def test_a_lone_surrogate_does_not_spoil_an_error():
    assert clean_text("file \udcff") == "file ?"
