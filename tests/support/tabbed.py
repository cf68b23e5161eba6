"""A server whose desks have tabs, on the virtual clock, and tabs that do what a test says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import trio

from actors.directory import Directory
from actors.house import House
from actors.messages import CreateJob
from actors.ports import (
    DeskKey,
    ItemContext,
    ItemResult,
    ItemRunner,
    LeasedItem,
    PlanLimits,
    TabLease,
    TabLine,
    TabNews,
    Tabs,
    TabWithdrawn,
    Tools,
)
from actors.supervisor import Supervisor
from executors.fetch.spec import FetchSpec
from executors.tab.spec import TabSpec, url_of
from state.model import OutcomeStatus
from tests.support.servers import ALICE, Server
from workers.by_pool import WorkersByPool
from workers.inline import InlineWorkers
from workers.tabs.pool import TabPool

LIMITS = PlanLimits(
    max_items=1_000, max_url_bytes=200, max_concurrency=50, max_body_read_bytes=10_000
)


class Fallback(FetchSpec):
    """Fetch, but for what does it: here every URL is ok, without a network."""

    runner = "tests.support.tabbed:Fetched"


class Fetched:
    """The worker's half."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        yield self

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        await trio.sleep(1)
        result = {"url": url_of(item.payload), "http_status": 200}
        return ItemResult(status=OutcomeStatus.OK, result=result)


class TabServer(Server):
    """A Server whose house has a pool of tabs before its other workers."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.fallback = Fallback()
        self.spec = TabSpec(self.fallback)
        self.executors |= {"fetch": self.fallback, "tab": self.spec}
        self.tabs: TabPool

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Directory]:
        self.workers = InlineWorkers(self.executors, slots=self.slots)
        self.tabs = TabPool(self.fallback, self.workers, self.heard)
        house = House(
            store=self.store,
            workers=WorkersByPool({"tab": self.tabs}, self.workers),
            executors=self.executors,
            settings=self.settings,
            log=self.heard,
            now=self.now,
        )
        self.supervisor = Supervisor(house)
        async with trio.open_nursery() as outside:
            await outside.start(self.workers.run)
            outside.start_soon(self.tabs.run)
            async with trio.open_nursery() as inside:
                await inside.start(self.supervisor.run)
                yield self.supervisor.directory
                inside.cancel_scope.cancel()
            outside.cancel_scope.cancel()

    def job(self, count: int, *, job_id: str = "job", priority: int = 0, **spec: Any) -> CreateJob:
        """The command that makes and starts a job of so many URLs."""
        return CreateJob(
            job_id=job_id,
            kind="tab",
            name=job_id,
            lane=job_id,
            priority=priority,
            start=True,
            plan=self.spec.plan(spec, [url(n) for n in range(count)], LIMITS),
        )


def url(number: int) -> str:
    return f"https://site.test/{number}"


class Page:
    """A tab that keeps what it was told, and when. `opens` says after how many seconds a URL is
    answered as opened; None: never."""

    def __init__(self, line: TabLine, opens: float | None = 0.0) -> None:
        self.line = line
        self.opens = opens
        self.news: list[TabNews] = []
        self.at: list[float] = []
        self.opened: list[int] = []
        self.most = 0
        self._holds: set[int] = set()

    @property
    def leases(self) -> list[TabLease]:
        return [each for each in self.news if isinstance(each, TabLease)]

    @property
    def withdrawn(self) -> list[int]:
        return [each.index for each in self.news if isinstance(each, TabWithdrawn)]

    @property
    def got(self) -> list[int]:
        return [lease.index for lease in self.leases]

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._beat)
            while True:
                for each in await self.line.wait_news():
                    self.news.append(each)
                    self._holds.discard(each.index)
                    if isinstance(each, TabLease):
                        self.at.append(trio.current_time())
                        self._holds.add(each.index)
                        self.most = max(self.most, len(self._holds))
                        nursery.start_soon(self._open, each)

    async def _open(self, lease: TabLease) -> None:
        if self.opens is None:
            return
        await trio.sleep(self.opens)
        self._holds.discard(lease.index)
        if self.line.answer(lease.job_id, lease.index, "opened"):
            self.opened.append(lease.index)

    async def _beat(self) -> None:
        while True:
            await trio.sleep(10)
            self.line.beat()


@asynccontextmanager
async def page(
    tabs: Tabs,
    desk: DeskKey = ALICE,
    *,
    capacity: int = 1,
    acknowledges: bool = True,
    opens: float | None = 0.0,
) -> AsyncIterator[Page]:
    """A tab of that desk that lives for the block."""
    with tabs.join(desk, capacity=capacity, acknowledges=acknowledges) as line:
        here = Page(line, opens)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(here.run)
            yield here
            nursery.cancel_scope.cancel()


@contextmanager
def mute(tabs: Tabs, desk: DeskKey = ALICE, *, capacity: int = 1) -> Iterator[TabLine]:
    """A tab that is connected and says nothing at all."""
    with tabs.join(desk, capacity=capacity) as line:
        yield line
