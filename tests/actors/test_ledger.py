"""The rules of a ledger, one by one: what is by right, granted, held, charged and refused."""

import pytest
from msgspec.structs import replace

from actors.errors import InsufficientTokens, InvalidSpec, LimitReached
from actors.messages import RetryJob
from actors.rules import ledger
from actors.rules.change import Limits, Moment
from actors.rules.jobs import decide
from actors.tokens import GrantTokens, HoldTokens
from state.ledgers import TOKENS_MAX, Ledger
from state.model import Counts, DeskState, JobStatus
from tests.support.servers import OK, create

LIMITS = Limits(max_jobs=9, max_idempotency_keys=9, idempotency_ttl_s=9.0, opening_tokens=100)
DESK = DeskState(created_at=5.0)


def at(now):
    return Moment(now, 1)


def charged(state, amount, entry_id="j:1", feature="basic", now=10.0, limits=LIMITS):
    return ledger.charge(state, entry_id, amount, feature, "a job", "j", at(now), limits)


def held(state, amount, key, feature="basic", now=10.0, ttl_s=300.0):
    return ledger.put_aside(state, HoldTokens(amount, feature, key, ttl_s), at(now), LIMITS)


def granted(state, amount, key="k", note=""):
    return ledger.granted(state, GrantTokens(amount, key, note), at(10.0), LIMITS)


def amounts(state):
    return [(entry.id, entry.amount, entry.balance) for entry in state.ledger.entries]


def test_an_untouched_desk_has_the_opening_balance_by_right():
    shown = ledger.effective(DESK, LIMITS)
    assert (shown.granted, shown.balance, shown.spent) == (100, 100, 0)
    [entry] = shown.entries
    assert (entry.id, entry.amount, entry.balance, entry.at) == ("opening", 100, 100, 5.0)
    assert ledger.effective(DESK, replace(LIMITS, opening_tokens=0)) == Ledger()


def test_the_opening_is_written_down_with_the_first_change():
    state = charged(DESK, 30)
    assert amounts(state) == [("opening", 100, 100), ("j:1", -30, 70)]
    # What an operator changes later is for desks that are still untouched.
    assert ledger.effective(state, replace(LIMITS, opening_tokens=999)) is state.ledger


def test_a_charge_is_one_however_often_it_is_made():
    state = charged(DESK, 30)
    assert charged(state, 30) is state
    assert charged(state, 99) is state
    assert (state.ledger.granted, state.ledger.balance, state.ledger.spent) == (100, 70, 30)
    entry = state.ledger.entries[-1]
    assert (entry.note, entry.job_id, entry.at) == ("a job", "j", 10.0)


def test_nothing_costs_nothing():
    assert charged(DESK, 0) is DESK
    ledger.check(replace(DESK, ledger=Ledger()), 0, "", at(1.0), replace(LIMITS, opening_tokens=0))


def test_more_than_there_is_cannot_be_spent():
    assert charged(DESK, 100).ledger.balance == 0
    with pytest.raises(InsufficientTokens) as refusal:
        charged(DESK, 101)
    assert refusal.value.details == {"required": 101, "balance": 100}
    with pytest.raises(InsufficientTokens):
        ledger.check(DESK, 101, "basic", at(1.0), LIMITS)
    ledger.check(DESK, 100, "basic", at(1.0), LIMITS)


def test_what_is_held_is_for_its_feature():
    state = held(DESK, 80, "a")
    shown = state.ledger
    assert shown.balance == 100
    assert ledger.held(shown, 10.0) == 80
    assert [ledger.free(shown, 10.0, of) for of in ("", "silent", "basic")] == [20, 20, 100]
    with pytest.raises(InsufficientTokens) as refusal:
        charged(state, 21, feature="silent")
    assert refusal.value.details == {"required": 21, "balance": 20}
    assert charged(state, 20, feature="silent").ledger.holds[0].amount == 80


def test_a_start_draws_on_the_oldest_holds_first():
    state = held(held(held(DESK, 10, "a"), 10, "b"), 10, "c", feature="silent")
    state = charged(state, 15)
    assert [(hold.id, hold.amount) for hold in state.ledger.holds] == [
        ("a", 0),
        ("b", 5),
        ("c", 10),
    ]
    assert state.ledger.balance == 85
    assert ledger.free(state.ledger, 10.0) == 70


def test_a_hold_comes_back_by_itself_and_is_dropped_with_the_next_change():
    state = held(DESK, 80, "a", ttl_s=300.0)
    assert ledger.free(state.ledger, 309.9) == 20
    assert ledger.free(state.ledger, 310.0) == 100
    state = charged(state, 60, feature="silent", now=310.0)
    assert state.ledger.holds == ()
    # The start that it was for came too late: it is one like any other.
    with pytest.raises(InsufficientTokens):
        charged(state, 41, "j:2", now=310.0)


def test_a_hold_is_made_once_for_its_key_even_when_it_is_used_up():
    state = held(DESK, 80, "a")
    assert held(state, 80, "a") is state
    used = charged(state, 80)
    assert held(used, 10, "a") is used
    assert held(used, 10, "a", now=310.0) is not used


def test_what_is_held_is_not_held_twice():
    with pytest.raises(InsufficientTokens) as refusal:
        held(held(DESK, 80, "a"), 30, "b")
    assert refusal.value.details == {"required": 30, "balance": 20}


def test_there_are_no_more_holds_than_entries_may_be():
    few = replace(LIMITS, max_ledger_entries=2)
    state = held(held(DESK, 1, "a"), 1, "b")
    with pytest.raises(LimitReached):
        ledger.put_aside(state, HoldTokens(1, "basic", "c"), at(10.0), few)


def test_a_grant_counts_once_for_its_key():
    state = granted(DESK, 50, note="for May")
    assert amounts(state) == [("opening", 100, 100), ("grant:k", 50, 150)]
    assert state.ledger.entries[-1].note == "for May"
    assert granted(state, 50) is state
    assert granted(state, 50, "another").ledger.balance == 200


def test_a_grant_has_an_end():
    with pytest.raises(LimitReached):
        granted(DESK, TOKENS_MAX)


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (GrantTokens(0, "k"), "amount"),
        (GrantTokens(-5, "k"), "amount"),
        (GrantTokens(TOKENS_MAX + 1, "k"), "amount"),
        (GrantTokens(1, ""), "key"),
        (GrantTokens(1, "k" * 201), "key"),
        (GrantTokens(1, "a\nb"), "key"),
        (GrantTokens(1, "k", "n" * 501), "note"),
        (GrantTokens(1, "k", "a\x1b[0m"), "note"),
    ],
)
def test_a_wrong_grant_is_refused_by_its_field(command, field):
    with pytest.raises(InvalidSpec) as refusal:
        ledger.granted(DESK, command, at(1.0), LIMITS)
    assert [error["field"] for error in refusal.value.details["errors"]] == [field]


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (HoldTokens(0, "basic", "k"), "amount"),
        (HoldTokens(1, "", "k"), "feature"),
        (HoldTokens(1, "basic", ""), "key"),
        (HoldTokens(1, "basic", "k", 0.0), "ttl_s"),
        (HoldTokens(1, "basic", "k", float("nan")), "ttl_s"),
        (HoldTokens(1, "basic", "k", float("inf")), "ttl_s"),
    ],
)
def test_a_wrong_hold_is_refused_by_its_field(command, field):
    with pytest.raises(InvalidSpec) as refusal:
        ledger.put_aside(DESK, command, at(1.0), LIMITS)
    assert [error["field"] for error in refusal.value.details["errors"]] == [field]


def test_the_newest_entries_are_kept_and_the_older_ones_counted():
    limits = replace(LIMITS, max_ledger_entries=3)
    state = DESK
    for n in range(6):
        state = charged(state, 1, f"j:{n}", limits=limits)
    assert [entry.id for entry in state.ledger.entries] == ["j:3", "j:4", "j:5"]
    assert state.ledger.forgotten == 4
    assert (state.ledger.granted, state.ledger.balance, state.ledger.spent) == (100, 94, 6)


def test_a_retry_pays_for_failures_that_are_known_and_not_synced_yet():
    """Who cancels and retries at once pays no less than who waits."""
    command = create([OK] * 4)
    command = replace(command, plan=replace(command.plan, price_tokens=8))
    state = decide(DESK, command, at(1.0), LIMITS).change.state
    job = replace(state.jobs["job"], status=JobStatus.CANCELLED, lagging=True)
    state = replace(state, jobs={"job": job})
    for seen, price in (({}, 0), ({"job": Counts(total=4, failed=3)}, 6)):
        after = decide(state, RetryJob("job"), at(2.0), LIMITS, seen).change.state
        assert after.ledger.spent == 8 + price
        assert after.jobs["job"].spent_tokens == 8 + price
