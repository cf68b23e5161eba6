"""Who may spend how much: the caps of jobs and of their desk, and what is set aside for calls.

Pure and synchronous. A `Purse` is owned by a desk's session, through `actors.purse`, which tells it
what runners say and hands on what it decides. A call is allowed where what was spent, what is set
aside for calls that are being made, and what it may cost at most are within every cap. So no cap is
overshot by more than those calls cost beyond what was said of them. What only has to wait for
others to settle waits, in turn; what would not fit even then is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from state.model import DeskState
from state.spending import NO_CAP, NO_SPEND, DaySpend, Spend, SpendCap, day_of, usd

Measure = Literal["picousd", "tokens"]


class Wanted(Struct, frozen=True):
    """A call that an item of a job is about to make, and what it may cost at most."""

    job_id: str
    index: int
    most: Spend


class Verdict(Struct, frozen=True):
    """The call may be made, unless it is refused: in words for the user."""

    wanted: Wanted
    refused: str | None = None


class Account:
    """What one cap is about: a job, or the desk. Written by its purse."""

    def __init__(self, cap: SpendCap, spent: Spend) -> None:
        self.cap = cap
        self.spent = spent
        # Set aside for calls that are being made.
        self._picousd = 0
        self._tokens = 0

    def reserve(self, most: Spend, times: int = 1) -> None:
        """Set it aside; with -1 it is over."""
        self._picousd += times * most.picousd
        self._tokens += times * most.tokens

    def lacks(self, most: Spend, *, settled: bool = False) -> Measure | None:
        """Which measure leaves no room for that call; `settled`: as if nothing were set aside."""
        cap, spent = self.cap, self.spent
        if cap.picousd is not None and most.picousd > 0:
            aside = 0 if settled else self._picousd
            if spent.picousd + aside + most.picousd > cap.picousd:
                return "picousd"
        if cap.tokens is not None and most.tokens > 0:
            aside = 0 if settled else self._tokens
            if spent.tokens + aside + most.tokens > cap.tokens:
                return "tokens"
        return None

    def blind(self, most: Spend) -> bool:
        """Whether it is capped in money, and nobody knows the price of the call."""
        return self.cap.picousd is not None and most.unpriced > 0


class Purse:
    """The account of a desk and those of its running jobs. Written by whoever owns it."""

    def __init__(self, cap: SpendCap, day: DaySpend) -> None:
        self._desk = Account(cap, day.spend)
        self._day = day.day
        self._jobs: dict[str, Account] = {}
        # By job and item: what is set aside, and who waits for that, in order of arrival.
        self._reserved: dict[tuple[str, int], Spend] = {}
        self._waiting: dict[tuple[str, int], Wanted] = {}

    @property
    def day(self) -> DaySpend:
        """What the desk has spent on its last day."""
        return DaySpend(self._day, self._desk.spent)

    def open(self, job_id: str, cap: SpendCap, spent: Spend) -> None:
        """The job runs from now on."""
        self._jobs[job_id] = Account(cap, spent)

    def close(self, job_id: str) -> None:
        """The job runs no more: nothing of it waits, or is set aside."""
        for key in [key for key in (*self._reserved, *self._waiting) if key[0] == job_id]:
            self.drop(*key)
        self._jobs.pop(job_id, None)

    def limit(self, job_id: str, cap: SpendCap) -> None:
        """The running job has another cap."""
        if job_id in self._jobs:
            self._jobs[job_id].cap = cap

    def is_capped(self, job_id: str) -> bool:
        """Whether what the running job spends is: by its own cap or its desk's."""
        return self._jobs[job_id].cap != NO_CAP or self._desk.cap != NO_CAP

    def spent(self, job_id: str, more: Spend, day: str) -> None:
        """The job has spent so much more, on that day."""
        self.begin(day)
        self._jobs[job_id].spent = self._jobs[job_id].spent.plus(more)
        self._desk.spent = self._desk.spent.plus(more)

    def at_least(self, day: DaySpend) -> None:
        """As much is known to have been spent on that day."""
        self.begin(day.day)
        if day.day == self._day:
            self._desk.spent = self._desk.spent.at_least(day.spend)

    def begin(self, day: str) -> None:
        """It is that day. Days never go back: a clock that does gives nobody his money twice."""
        if day > self._day:
            self._day = day
            self._desk.spent = NO_SPEND

    def want(self, wanted: Wanted) -> None:
        """An item waits to make a call; what it had set aside before is over."""
        self.drop(wanted.job_id, wanted.index)
        self._waiting[wanted.job_id, wanted.index] = wanted

    def drop(self, job_id: str, index: int) -> None:
        """The item's call is over, or it makes none."""
        self._waiting.pop((job_id, index), None)
        most = self._reserved.pop((job_id, index), None)
        if most is not None:
            self._desk.reserve(most, -1)
            self._jobs[job_id].reserve(most, -1)

    def decide(self) -> list[Verdict]:
        """All that can be said now to those that wait."""
        return list(self._decided()) if self._waiting else []

    def _decided(self) -> Iterator[Verdict]:
        # Behind one that waits for others of its account to settle, nobody overtakes it there.
        blocked: set[Account] = set()
        for key, wanted in list(self._waiting.items()):
            accounts = (self._jobs[wanted.job_id], self._desk)
            refused = self._refusal(wanted)
            if refused is None and not blocked.isdisjoint(accounts):
                continue
            full = next((each for each in accounts if each.lacks(wanted.most) is not None), None)
            if refused is None and full is not None:
                blocked.add(full)
                continue
            del self._waiting[key]
            if refused is None:
                self._reserved[key] = wanted.most
                for account in accounts:
                    account.reserve(wanted.most)
            yield Verdict(wanted, refused)

    def _refusal(self, wanted: Wanted) -> str | None:
        """Why the call cannot be made, even where all others have settled."""
        job, most = self._jobs[wanted.job_id], wanted.most
        for account, whose, per in ((job, "job", ""), (self._desk, "desk", " a day")):
            if account.blind(most):
                cap = f"{dollars(account.cap.picousd or 0)}{per}"
                return f"the {whose} has a cap of {cap}, {_NO_PRICE}"
            measure = account.lacks(most, settled=True)
            if measure is not None:
                return _words(account.cap, measure, most, whose, per)
        return None


_NO_PRICE = (
    "and nobody knows what a call of this model costs: "
    "give its price, or set a cap of tokens instead"
)


def _words(cap: SpendCap, measure: Measure, most: Spend, whose: str, per: str) -> str:
    """What was spent is not said: a share link shows why an item failed, and no costs."""
    until = " until midnight UTC" if per else ""
    raise_it = "wait until then" if per else "raise the cap"
    if measure == "picousd":
        limit, needed = dollars(cap.picousd or 0), dollars(most.picousd, up=True)
        return (
            f"the {whose}'s cap of {limit}{per} has no room{until} for this call, which may cost "
            f"up to {needed}: {raise_it} or use a cheaper model"
        )
    return (
        f"the {whose}'s cap of {cap.tokens or 0:,} tokens{per} has no room{until} for this call, "
        f"which may take up to {most.tokens:,}: {raise_it} or let calls answer with fewer"
    )


def dollars(picousd: int, *, up: bool = False) -> str:
    """In US dollars: to the hundredth of a cent, rounded down, or `up`; exact where that would show
    nothing, or for whole cents."""
    if picousd % 10**10 == 0:
        return f"${usd(picousd):,.2f}"
    if picousd < 10**8:
        return f"${usd(picousd).normalize():f}"
    whole = -(-picousd // 10**8) if up else picousd // 10**8
    return f"${usd(whole * 10**8):,.4f}"


def spent_today(state: DeskState, before: Spend, after: Spend, now: float) -> DeskState:
    """The desk whose job had spent that much, as far as its file knew, and now has spent this."""
    more = after.minus(before)
    if more == NO_SPEND:
        return state
    today, known = day_of(now), state.day_spend
    if today > known.day:
        return replace(state, day_spend=DaySpend(today, more))
    return replace(state, day_spend=replace(known, spend=known.spend.plus(more)))
