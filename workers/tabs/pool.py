"""The pool `tab`, house-wide: connected tabs for the front end, attachments for the runners.

Built by `nightdesk.serve`, which runs `TabPool.run` in the root nursery. It is `Tabs` and `Workers`
of `actors.ports`; a desk is known to it only while it has tabs, or jobs for them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import trio

from actors.alarms import Alarms
from actors.ports import Attachment, DeskKey, ExecutorSpec, JobBrief, TabLine, Workers
from workers.attachment import JobAttachment
from workers.logs import EventLog
from workers.tabs.desk import DeskTabs
from workers.tabs.failover import Switch
from workers.tabs.orders import TabOrders, brief_without_tabs, read_orders

POOL = "tab"


class TabPool:
    """`fallback` is what a job may run as that no tab comes for, at `others`."""

    def __init__(self, fallback: ExecutorSpec, others: Workers, log: EventLog) -> None:
        self._fallback = fallback
        self._others = others
        self._log = log
        self._alarms = Alarms()
        # Written by `_desk`, from `join` and `attach`.
        self._desks: dict[DeskKey, DeskTabs] = {}

    async def run(self) -> None:
        """Keep the time: delays, answers that do not come, tabs that fall silent. For ever."""
        await self._alarms.run()

    @contextmanager
    def join(self, desk: DeskKey, *, capacity: int, acknowledges: bool = True) -> Iterator[TabLine]:
        """See `actors.ports.Tabs`."""
        with self._desk(desk) as tabs:
            tab = tabs.join(capacity, acknowledges=acknowledges)
            try:
                yield tab
            finally:
                tabs.leave(tab)

    def count(self, desk: DeskKey) -> int:
        """See `actors.ports.Tabs`."""
        tabs = self._desks.get(desk)
        return 0 if tabs is None else len(tabs.live)

    @asynccontextmanager
    async def attach(self, brief: JobBrief) -> AsyncIterator[Attachment]:
        """See `actors.ports.Workers`."""
        orders = read_orders(brief)
        with self._desk(brief.desk) as tabs:
            job = JobAttachment(0, brief, "", shares=tabs, route=tabs)
            tabs.take_up(job, orders)
            try:
                if orders.failover_after_s is None:
                    yield job
                else:
                    async with self._with_failover(tabs, job, orders) as switch:
                        yield switch
            finally:
                job.cancel()

    @asynccontextmanager
    async def _with_failover(
        self, tabs: DeskTabs, job: JobAttachment, orders: TabOrders
    ) -> AsyncIterator[Attachment]:
        switch = Switch(job, job.brief.egress)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._fail_over, tabs, job, orders, switch)
            yield switch
            nursery.cancel_scope.cancel()

    async def _fail_over(
        self, tabs: DeskTabs, job: JobAttachment, orders: TabOrders, switch: Switch
    ) -> None:
        assert orders.failover_after_s is not None  # asked for by the caller
        await tabs.wait_deserted(job, orders.failover_after_s)
        brief = brief_without_tabs(job.brief, orders, self._fallback)
        self._log.info("tab_job_goes_on_without_tabs", job=brief.job_id, kind=brief.kind)
        reason = f"no tab for {orders.failover_after_min} min: the rest runs as {brief.kind}"
        async with self._others.attach(brief) as other:
            tabs.hand_over(job)
            switch.to(other, reason, job.take_events())
            await trio.sleep_forever()

    @contextmanager
    def _desk(self, key: DeskKey) -> Iterator[DeskTabs]:
        """The desk's tabs, for as long as anybody needs them."""
        tabs = self._desks.get(key)
        if tabs is None:
            tabs = self._desks[key] = DeskTabs(self._alarms)
        try:
            yield tabs
        finally:
            if tabs.idle and self._desks.get(key) is tabs:
                del self._desks[key]
