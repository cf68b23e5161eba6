"""One running job of kind `tab`, as its desk's tabs see it: what it may have next, and what is out.

Owned by `workers.tabs.desk.DeskTabs`; nothing here waits. Stands between the job's attachment and
the slots of its desk, so that the job gets no more than its width and keeps its delay.
"""

from __future__ import annotations

import math
from collections import defaultdict

import msgspec
from msgspec import Raw

from actors.ports import (
    EgressRefused,
    ItemDeferred,
    ItemEnded,
    JobBrief,
    JobStage,
    LeasedItem,
    TabLease,
    TabStatus,
    WorkerEvent,
    WorkerLog,
)
from executors.tab.spec import url_of
from executors.urls import parse_url
from state.model import EgressLists, OutcomeStatus
from state.text import inert
from workers.attachment import JobAttachment
from workers.net.narrowing import THIS_DESK, Narrowing
from workers.tabs.orders import TabOrders
from workers.tabs.tab import Held, Tab

# A URL that so many tabs were lost with, or said nothing of, is done with.
MAX_RETURNS = 3
MAX_ERROR_CHARS = 500
BLOCKED = "the browser's pop-up blocker stopped it"
FAILED = "the page could not open it"


class Work:
    """Every attribute is written by the desk's tabs, in synchronous code."""

    def __init__(self, job: JobAttachment, orders: TabOrders) -> None:
        self.job = job
        self.orders = orders
        # What the runner could lease beyond what it was granted.
        self.wanted = 0
        # By index, the oldest first.
        self.at_work: dict[int, Held] = {}
        # No item begins before that.
        self.next_at = -math.inf
        # Which tabs gave an item back, by its index.
        self._returned: defaultdict[int, list[int]] = defaultdict(list)
        self._stage = ""
        # Set by `hand_over`.
        self._is_handed_over = False
        self._narrowing = Narrowing(THIS_DESK, job.brief.egress)

    # ------------------------------------------------------------------- as the shares know it

    @property
    def brief(self) -> JobBrief:
        return self.job.brief

    def granted(self, slots: int) -> None:
        self.wanted -= slots
        self.job.granted(slots)

    # ------------------------------------------------------------------------ what is next, when

    def room(self, now: float) -> int:
        """How many items may be granted now, beside those that are."""
        out = len(self.at_work) + self.job.held
        width = self.orders.concurrency - out
        if self.orders.delay_ms:
            # One at a time: the next is due a delay after this one has begun.
            width = min(width, 1 - self.job.held if now >= self.next_at else 0)
        return max(0, min(self.wanted, width))

    def due(self, now: float) -> float:
        """When to look at it again, though nothing happens: an answer is due, or a delay over."""
        due = math.inf
        if self.at_work:
            oldest = next(iter(self.at_work.values()))
            due = oldest.since + self.orders.answer_timeout_s
        if self.wanted and now < self.next_at:
            due = min(due, self.next_at)
        return due

    def unanswered(self, now: float) -> list[Held]:
        # Reckoned as in `due`: rounded otherwise, the clock would call at once, again and again.
        timeout_s = self.orders.answer_timeout_s
        return [held for held in self.at_work.values() if held.since + timeout_s <= now]

    def permit(self, egress: EgressLists) -> None:
        """The desk has new lists."""
        self._narrowing = Narrowing(THIS_DESK, egress)

    def refusal(self, item: LeasedItem) -> str | None:
        """Why the desk's lists do not let the item be opened, as far as its name tells."""
        try:
            self._narrowing.check_name(parse_url(url_of(item.payload)).host)
        except EgressRefused as refused:
            return str(refused)
        return None

    def pick(self, index: int, tabs: list[Tab]) -> Tab:
        """The tab for an item: one that has not given it back, the one that holds the fewest; of
        those, the one that was given the fewest, so that quick tabs take turns."""
        avoided = self._returned.get(index, ())
        return min(
            tabs, key=lambda tab: (tab.number in avoided, len(tab.held), tab.given, tab.number)
        )

    def begin(self, held: Held) -> TabLease:
        """The item is with a tab from now on."""
        job_id, index = held.place
        self.at_work[index] = held
        self.next_at = held.since + self.orders.delay_s
        return TabLease(
            job_id=job_id,
            index=index,
            url=url_of(held.item.payload),
            delay_ms=self.orders.delay_ms,
            new_window=self.orders.new_window,
            sequential=self.orders.sequential,
        )

    # -------------------------------------------------------------------------- what is reported

    def hand_over(self) -> None:
        """Others do the job from now on: nobody hears what is said here of its tabs."""
        self._is_handed_over = True

    def say(self, stage: str) -> None:
        if stage != self._stage and not self._is_handed_over:
            self._stage = stage
            self.job.deliver([JobStage(stage)])

    def end(self, held: Held, status: TabStatus, error: str | None, now: float) -> None:
        """A tab has answered."""
        del self.at_work[held.item.index]
        self._returned.pop(held.item.index, None)
        opened = status == "opened"
        if status == "blocked":
            error = BLOCKED
        elif status == "failed":
            error = inert(error[:MAX_ERROR_CHARS]) if error else FAILED
        self.job.deliver([_ended(held, None if opened else error, now)])

    def put_back(self, held: Held, reason: str, now: float) -> None:
        """The item goes to another tab, if it has not been with too many."""
        index = held.item.index
        del self.at_work[index]
        self._returned[index].append(held.tab.number)
        if len(self._returned[index]) >= MAX_RETURNS:
            del self._returned[index]
            error = f"no tab said that it opened it, {MAX_RETURNS} times (the last: {reason})"
            self.job.deliver([_ended(held, error, now)])
        else:
            message = f"{reason}: the URL goes to another tab"
            self.job.deliver([WorkerLog("info", message, index), deferred(held.item)])

    def refuse(self, item: LeasedItem, reason: str) -> None:
        """The item is not opened at all."""
        self.job.deliver([_failed(item, reason)])


def deferred(item: LeasedItem) -> WorkerEvent:
    """The item comes back as it was; when it goes on is for the tabs to say."""
    return ItemDeferred(index=item.index, attempts=item.attempts, delay_s=0.0)


def _failed(item: LeasedItem, reason: str) -> ItemEnded:
    return ItemEnded(
        index=item.index,
        status=OutcomeStatus.FAILED,
        attempts=item.attempts + 1,
        duration_ms=0.0,
        error=reason,
        result=_result(item, opened=False, tab=None),
    )


def _ended(held: Held, error: str | None, now: float) -> ItemEnded:
    return ItemEnded(
        index=held.item.index,
        status=OutcomeStatus.OK if error is None else OutcomeStatus.FAILED,
        attempts=held.item.attempts + 1,
        duration_ms=round((now - held.since) * 1000, 3),
        error=error,
        result=_result(held.item, opened=error is None, tab=held.tab.number),
    )


def _result(item: LeasedItem, *, opened: bool, tab: int | None) -> Raw:
    result = {"url": url_of(item.payload), "opened": opened, "tab": tab}
    return Raw(msgspec.json.encode(result))
