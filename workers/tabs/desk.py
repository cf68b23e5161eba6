"""The tabs of one desk and its running jobs of kind `tab`: who opens what, and when.

Made and forgotten by `workers.tabs.pool`. A slot is room for one URL in a live tab: it comes with
the tab and goes with it. `Shares` grants slots to the desk's jobs by priority and in turns; a
granted slot is used at once, so a URL is never on its way to a tab that is not there yet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import count

import trio

from actors.alarms import Alarms
from actors.ports import WAITS_FOR_TAB, ItemAnswer, LeasedItem, TabStatus
from actors.signal import Signal
from workers.attachment import JobAttachment
from workers.shares import Shares
from workers.tabs.orders import TabOrders
from workers.tabs.tab import Held, Tab
from workers.tabs.work import Work, deferred

CLOSED = "the tab was closed"
SILENT = "the tab is silent"
UNANSWERED = "the tab did not answer in time"


class DeskTabs:
    """`Granting` and `Route` of its jobs' attachments, the owner of its tabs. Every attribute is
    written by the methods below, none of which waits but `wait_deserted`."""

    def __init__(self, alarms: Alarms) -> None:
        self._alarms = alarms
        self._shares = Shares(0)
        self._numbers = count(1)
        self._tabs: dict[int, Tab] = {}
        self._works: dict[JobAttachment, Work] = {}
        # Since when there has been no live tab; None while there is one.
        self._deserted_since: float | None = trio.current_time()
        self._changed = Signal()

    @property
    def idle(self) -> bool:
        """Nobody needs it: it may be forgotten."""
        return not self._tabs and not self._works

    @property
    def live(self) -> list[Tab]:
        return [tab for tab in self._tabs.values() if tab.is_live]

    # ------------------------------------------------------------------------------------- tabs

    def join(self, capacity: int, *, acknowledges: bool) -> Tab:
        """A tab is there."""
        tab = Tab(next(self._numbers), capacity, acknowledges, self)
        self._tabs[tab.number] = tab
        self._watch(tab)
        self._came(tab)
        return tab

    def leave(self, tab: Tab) -> None:
        """The tab is gone, and what it holds is put back."""
        del self._tabs[tab.number]
        self._alarms.cancel(tab)
        self._went(tab, CLOSED)

    def heard(self, tab: Tab) -> None:
        """See `TabOwner`. A page that has left is not there again."""
        if tab.number in self._tabs:
            tab.is_live = True
            self._watch(tab)
            self._came(tab)

    def answered(self, held: Held, status: TabStatus, error: str | None) -> None:
        """See `TabOwner`."""
        held.tab.drop(held, tell=False)
        held.work.end(held, status, error, trio.current_time())
        self._freed(held.work)

    def _watch(self, tab: Tab) -> None:
        self._alarms.set(tab, tab.silent_at, lambda: self._listen(tab))

    def _listen(self, tab: Tab) -> None:
        """Has it said anything since? Called by the clock; a silent one calls by itself."""
        if tab.silent_at <= trio.current_time():
            self._went(tab, SILENT)
        else:
            self._watch(tab)

    def _came(self, tab: Tab) -> None:
        if self._deserted_since is not None:
            self._deserted_since = None
            self._say_stage("")
        self._shares.free(tab.capacity)

    def _went(self, tab: Tab, why: str) -> None:
        if tab.is_live:
            tab.is_live = False
            self._shares.withdraw(tab.capacity)
        for held in list(tab.held.values()):
            self._put_back(held, why)
        if self._deserted_since is None and not self.live:
            self._deserted_since = trio.current_time()
            self._say_stage(WAITS_FOR_TAB)

    def _say_stage(self, stage: str) -> None:
        for work in self._works.values():
            work.say(stage)
        self._changed.fire()

    # ------------------------------------------------------------------------------------- jobs

    def take_up(self, job: JobAttachment, orders: TabOrders) -> None:
        """A job has come."""
        work = Work(job, orders)
        self._works[job] = work
        if self._deserted_since is not None:
            work.say(WAITS_FOR_TAB)

    async def wait_deserted(self, job: JobAttachment, seconds: float) -> None:
        """Return once the job has been without any tab for so long, and has nothing at work."""
        came_at = trio.current_time()
        while True:
            since = self._deserted_since
            due_at = math.inf if since is None else max(since, came_at) + seconds
            if trio.current_time() >= due_at and not job.held:
                return
            with trio.move_on_at(due_at if trio.current_time() < due_at else math.inf):
                await self._changed.wait()

    def hand_over(self, job: JobAttachment) -> None:
        """The job goes on without tabs, for good."""
        self._works[job].hand_over()

    def want(self, grantee: JobAttachment, count: int) -> None:
        """See `Granting`."""
        work = self._works[grantee]
        work.wanted = count
        self._offer(work)

    def forget(self, grantee: JobAttachment) -> None:
        """See `Granting`. `close` follows, and nothing is granted before."""
        self.want(grantee, 0)

    def free(self, slots: int) -> None:
        """See `Granting`."""
        self._shares.free(slots)
        for work in self._works.values():
            self._offer(work)
        self._changed.fire()

    async def lease(self, job: JobAttachment, items: Sequence[LeasedItem]) -> None:
        """See `Route`."""
        work = self._works[job]
        for item in items:
            self._give(work, item)
        self._offer(work)
        await trio.lowlevel.checkpoint()

    async def enclose(self, job: JobAttachment, index: int, data: bytes) -> None:
        """See `Route`: nothing but its URL belongs to an item."""
        raise ValueError(f"item {index} of a tab job waits for no bytes")

    def answer(self, job: JobAttachment, answers: Sequence[ItemAnswer]) -> None:
        """No tab asks."""

    def taken(self, job: JobAttachment) -> None:
        """See `Route`: pages hand over no files."""

    def recall(self, job: JobAttachment) -> None:
        """See `Route`: a page begins at once what it is given."""

    def permit(self, job: JobAttachment) -> None:
        """See `Route`."""
        self._works[job].permit(job.brief.egress)

    def show(self, job: JobAttachment, index: int, data: bytes) -> None:
        """See `Route`: pages show nothing."""

    def hide(self, job: JobAttachment, index: int) -> None:
        """See `Route`: pages show nothing."""

    def close(self, job: JobAttachment) -> None:
        """See `Route`. Pages are told what is not theirs any more."""
        work = self._works.pop(job)
        self._shares.forget(work)
        self._alarms.cancel(work)
        for held in work.at_work.values():
            held.tab.drop(held, tell=True)
        self.free(len(work.at_work))

    # ------------------------------------------------------------------------------ how it goes

    def _give(self, work: Work, item: LeasedItem) -> None:
        tabs = [tab for tab in self.live if tab.room > 0]
        reason = work.refusal(item)
        if reason is not None:
            work.refuse(item, reason)
        elif not tabs:
            # The tab left between the grant and the lease.
            work.job.deliver([deferred(item)])
        else:
            tab = work.pick(item.index, tabs)
            held = Held(work, item, tab, trio.current_time())
            tab.give(held, work.begin(held))
            return
        self.free(1)

    def _put_back(self, held: Held, why: str) -> None:
        held.tab.drop(held, tell=True)
        held.work.put_back(held, why, trio.current_time())
        self._freed(held.work)

    def _freed(self, work: Work) -> None:
        """An item of that job is over: there is room for another, of any job."""
        self._shares.free(1)
        self._offer(work)

    def _offer(self, work: Work) -> None:
        """Let the shares know what the job may have now, and the clock when to look again."""
        now = trio.current_time()
        wanted = work.room(now)
        self._shares.want(work, wanted)
        due = work.due(now)
        if due < math.inf:
            self._alarms.set(work, due, lambda: self._look(work))
        else:
            self._alarms.cancel(work)

    def _look(self, work: Work) -> None:
        """A delay is over, or a tab has said nothing for too long. Called by the clock."""
        for held in work.unanswered(trio.current_time()):
            self._put_back(held, UNANSWERED)
        self._offer(work)
