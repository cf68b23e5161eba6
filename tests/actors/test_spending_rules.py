"""The rules of spending, under every order of asking, settling, leaving and raising caps."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from actors.rules.spending import Purse, Wanted, dollars, spent_today
from state.model import DeskState
from state.spending import NO_CAP, NO_DAY, NO_SPEND, PICO, SPEND_MAX, DaySpend, Spend, SpendCap

JOBS = ("a", "b", "c")
INDEXES = range(6)
TODAY = "2026-11-23"
AMOUNTS = st.sampled_from([0, 1, 5, 10, 20, 30])
CAPS = st.sampled_from([None, 10, 35, 50, 100])
# Of all calls one in eight has no price.
PRICED = st.integers(0, 7).map(lambda number: number == 7)


def worth(money, tokens, unpriced=0):
    return Spend(1, tokens, 0, money, unpriced)


def both(money, tokens):
    return SpendCap(tokens=tokens, picousd=money)


class Spenders(RuleBasedStateMachine):
    """Keeps books of its own, and compares."""

    def __init__(self):
        super().__init__()
        self.desk_cap = NO_CAP
        self.purse = Purse(NO_CAP, NO_DAY)
        self.caps = {}
        self.spent = dict.fromkeys(JOBS, (0, 0))
        self.reserved = {}
        self.waiting = []
        # What calls have cost beyond what was set aside for them, and what caps were lowered by.
        self.excess = dict.fromkeys((*JOBS, "desk"), 0)

    @initialize(desk=st.tuples(CAPS, CAPS), jobs=st.tuples(*[st.tuples(CAPS, CAPS)] * len(JOBS)))
    def open_all(self, desk, jobs):
        self.desk_cap = both(*desk)
        self.purse = Purse(self.desk_cap, NO_DAY)
        for job, cap in zip(JOBS, jobs, strict=True):
            self.begin(job, *cap)

    @precondition(lambda self: len(self.caps) < len(JOBS))
    @rule(job=st.sampled_from(JOBS), money=CAPS, tokens=CAPS)
    def begin(self, job, money, tokens):
        if job not in self.caps:
            self.caps[job] = both(money, tokens)
            self.purse.open(job, self.caps[job], self.whole(job))

    @rule(job=st.sampled_from(JOBS))
    def end(self, job):
        if job in self.caps:
            self.purse.close(job)
            del self.caps[job]
            self.reserved = {key: most for key, most in self.reserved.items() if key[0] != job}
            self.waiting = [wanted for wanted in self.waiting if wanted.job_id != job]
            self.decide()

    @rule(
        job=st.sampled_from(JOBS),
        index=st.sampled_from(INDEXES),
        money=AMOUNTS,
        tokens=AMOUNTS,
        unpriced=PRICED,
    )
    def ask(self, job, index, money, tokens, unpriced):
        if job not in self.caps:
            return
        wanted = Wanted(job, index, worth(0 if unpriced else money, tokens, int(unpriced)))
        self.forget(job, index)
        self.purse.want(wanted)
        self.waiting.append(wanted)
        self.decide()

    @precondition(lambda self: self.reserved)
    @rule(data=st.data(), part=st.integers(0, 100), over=st.booleans())
    def settle(self, data, part, over):
        job, index = data.draw(st.sampled_from(sorted(self.reserved)))
        most = self.reserved[job, index]
        factor = part + 100 if over else part
        cost = worth(most.picousd * factor // 100, most.tokens * factor // 100)
        for whose in (job, "desk"):
            beyond = max(cost.picousd - most.picousd, cost.tokens - most.tokens)
            self.excess[whose] += max(0, beyond)
        money, tokens = self.spent[job]
        self.spent[job] = (money + cost.picousd, tokens + cost.tokens)
        self.purse.spent(job, cost, TODAY)
        self.decide()
        self.leave(job, index)

    @rule(job=st.sampled_from(JOBS), index=st.sampled_from(INDEXES))
    def leave(self, job, index):
        if job in self.caps:
            self.purse.drop(job, index)
            self.forget(job, index)
            self.decide()

    @rule(job=st.sampled_from(JOBS), more=st.integers(0, 50))
    def raise_cap(self, job, more):
        if job in self.caps:
            cap = self.caps[job]
            money = None if cap.picousd is None else cap.picousd + more
            self.caps[job] = both(money, cap.tokens)
            self.purse.limit(job, self.caps[job])
            self.decide()

    @rule()
    def everybody_leaves(self):
        for job, index in list(self.reserved):
            self.leave(job, index)
        while self.reserved:
            self.everybody_leaves()
        # Who waited, waited for others only.
        assert self.waiting == []

    def forget(self, job, index):
        self.reserved.pop((job, index), None)
        self.waiting = [each for each in self.waiting if (each.job_id, each.index) != (job, index)]

    def whole(self, job):
        return worth(*self.spent[job])

    def decide(self):
        for verdict in self.purse.decide():
            wanted = verdict.wanted
            ahead = self.waiting[: self.waiting.index(wanted)]
            self.waiting.remove(wanted)
            if verdict.refused is None:
                assert not any(each.job_id == wanted.job_id for each in ahead), "overtaken"
                assert self.fits(wanted, settled=False)
                assert wanted.most.unpriced == 0 or self.caps[wanted.job_id].picousd is None
                self.reserved[wanted.job_id, wanted.index] = wanted.most
            else:
                assert not self.fits(wanted, settled=True)

    def fits(self, wanted, *, settled):
        job, most = wanted.job_id, wanted.most
        for cap, jobs in ((self.caps[job], (job,)), (self.desk_cap, JOBS)):
            if cap.picousd is not None and most.unpriced:
                return False
            for limit, at, needed in (
                (cap.picousd, 0, most.picousd),
                (cap.tokens, 1, most.tokens),
            ):
                used = sum(self.spent[each][at] for each in jobs)
                if not settled:
                    theirs = [each for key, each in self.reserved.items() if key[0] in jobs]
                    used += sum((each.picousd, each.tokens)[at] for each in theirs)
                if limit is not None and needed and used + needed > limit:
                    return False
        return True

    @invariant()
    def no_cap_is_overshot_by_more_than_calls_were_dearer_than_said(self):
        for job, cap in self.caps.items():
            self.within(cap, (job,), self.excess[job])
        self.within(self.desk_cap, JOBS, self.excess["desk"])

    def within(self, cap, jobs, excess):
        theirs = [most for key, most in self.reserved.items() if key[0] in jobs]
        money = sum(self.spent[job][0] for job in jobs) + sum(most.picousd for most in theirs)
        tokens = sum(self.spent[job][1] for job in jobs) + sum(most.tokens for most in theirs)
        asked = any(most.picousd for most in theirs), any(most.tokens for most in theirs)
        # A job may be begun that has spent more in other runs, under another cap.
        if cap.picousd is not None and asked[0]:
            assert money <= cap.picousd + excess
        if cap.tokens is not None and asked[1]:
            assert tokens <= cap.tokens + excess

    @invariant()
    def nobody_waits_who_needs_not(self):
        held_up = set()
        for wanted in self.waiting:
            if wanted.job_id not in held_up and "desk" not in held_up:
                assert not self.fits(wanted, settled=False)
            held_up |= {wanted.job_id} if self.job_is_full(wanted) else {"desk"}

    def job_is_full(self, wanted):
        desk, self.desk_cap = self.desk_cap, NO_CAP
        try:
            return not self.fits(wanted, settled=False)
        finally:
            self.desk_cap = desk


TestSpenders = Spenders.TestCase
TestSpenders.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)


def admitted(purse):
    """The jobs and items that may make their calls now."""
    verdicts = purse.decide()
    assert all(verdict.refused is None for verdict in verdicts)
    return [(verdict.wanted.job_id, verdict.wanted.index) for verdict in verdicts]


@pytest.mark.parametrize("full", ["job", "desk"])
def test_nobody_overtakes_a_large_call_that_waits_for_room(full):
    small, cap = worth(0, 10), both(None, 35)
    purse = Purse(cap if full == "desk" else NO_CAP, NO_DAY)
    for job in ("a", "b"):
        purse.open(job, cap if full == "job" and job == "a" else NO_CAP, NO_SPEND)
    purse.want(Wanted("a", 0, worth(0, 20)))
    assert admitted(purse) == [("a", 0)]
    # The large one needs what is set aside, and small ones would fit beside that for ever.
    for job, index, most in (("a", 1, worth(0, 30)), ("a", 2, small), ("b", 3, small)):
        purse.want(Wanted(job, index, most))
    # A job that is full holds up no other.
    assert admitted(purse) == ([("b", 3)] if full == "job" else [])
    purse.drop("a", 0)
    assert admitted(purse) == [("a", 1)]
    purse.drop("a", 1)
    assert admitted(purse) == [("a", 2)] + ([] if full == "job" else [("b", 3)])


@pytest.mark.parametrize(
    ("picousd", "down", "up"),
    [
        (0, "$0.00", "$0.00"),
        (PICO // 2, "$0.50", "$0.50"),
        (3_104_208_000, "$0.0031", "$0.0032"),
        (12_345 * PICO, "$12,345.00", "$12,345.00"),
        (12_345 * PICO + 1, "$12,345.0000", "$12,345.0001"),
        (99_999_999, "$0.000099999999", "$0.000099999999"),
        (123_000, "$0.000000123", "$0.000000123"),
        (1, "$0.000000000001", "$0.000000000001"),
    ],
)
def test_money_is_told_so_that_it_stays_true(picousd, down, up):
    assert (dollars(picousd), dollars(picousd, up=True)) == (down, up)


def test_a_day_of_a_desk_adds_up_and_ends():
    noon, next_day = 1_795_435_200.0, 1_795_435_200.0 + 86_400
    state = DeskState(created_at=0.0)
    assert spent_today(state, worth(3, 3), worth(3, 3), noon) is state
    state = spent_today(state, NO_SPEND, worth(5, 7), noon)
    assert state.day_spend == DaySpend("2026-11-23", worth(5, 7))
    state = spent_today(state, worth(5, 7), worth(9, 9), noon)
    assert state.day_spend.spend.picousd == 9
    assert spent_today(state, worth(9, 9), worth(9, 8), noon) is state
    state = spent_today(state, worth(9, 9), worth(10, 9), next_day)
    assert (state.day_spend.day, state.day_spend.spend.picousd) == ("2026-11-24", 1)
    # A clock that goes back opens no day again.
    state = spent_today(state, worth(10, 9), worth(11, 9), noon)
    assert (state.day_spend.day, state.day_spend.spend.picousd) == ("2026-11-24", 2)


def test_a_desk_whose_file_knows_more_is_believed():
    purse = Purse(both(10, None), NO_DAY)
    purse.at_least(DaySpend(TODAY, worth(8, 0)))
    purse.open("a", NO_CAP, NO_SPEND)
    purse.want(Wanted("a", 0, worth(3, 0)))
    (verdict,) = purse.decide()
    assert "has no room until midnight UTC" in verdict.refused
    purse.want(Wanted("a", 1, worth(2, 0)))
    (verdict,) = purse.decide()
    assert verdict.refused is None
    purse.begin("2026-11-24")
    purse.want(Wanted("a", 0, worth(3, 0)))
    (verdict,) = purse.decide()
    assert verdict.refused is None


@pytest.mark.parametrize(
    ("said", "kept"),
    [(-1, 0), (0, 0), (SPEND_MAX, SPEND_MAX), (SPEND_MAX + 1, SPEND_MAX)],
)
@pytest.mark.parametrize("name", Spend.__struct_fields__)
def test_each_count_is_held_to_its_bounds_for_itself(name, said, kept):
    usual = dict.fromkeys(Spend.__struct_fields__, 7)
    assert Spend(**usual | {name: said}).within_bounds() == Spend(**usual | {name: kept})
