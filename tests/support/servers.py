"""A server without front end on the virtual clock: real desks, memory store, tasks as workers."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import msgspec
import trio
from msgspec import Raw

from actors.directory import Directory
from actors.handle import DeskHandle
from actors.house import ActorSettings, House, OperatorTarget
from actors.messages import CreateJob, Idempotency, JobView, Published
from actors.ports import Plan
from actors.ports.deliveries import Delivery
from actors.ports.enclosures import Enclosures
from actors.ports.errands import Errands, NoErrands
from actors.ports.pace import NoPaces, Paces
from actors.supervisor import Supervisor
from state.memory import MemoryStore
from state.model import InputItem, JobStatus
from state.spending import NO_CAP, SpendCap
from state.views import desk_key
from tests.support.houses import Heard
from tests.support.scripted import ScriptedSpec
from workers.context import HostHttp
from workers.inline import InlineWorkers

EPOCH = 1_700_000_000.0
ALICE = desk_key("alice")
BOB = desk_key("bob")

OK = {"do": "ok"}
FAIL = {"do": "fail", "error": "no such page"}
HOLD = {"do": "hold"}


def nap(seconds: float) -> dict[str, Any]:
    return {"do": "sleep", "s": seconds}


class Listener(Heard):
    """Heard, with the one method more that the actors use."""

    exception = Heard.info


class Server:
    """What outlives a run of the server: the disk, and what the log was told."""

    def __init__(
        self,
        *,
        slots: int = 100,
        http: HostHttp | None = None,
        one_each: bool = False,
        **settings: Any,
    ) -> None:
        self.http = http
        self.one_each = one_each
        self.store = MemoryStore(now=self.now)
        self.heard = Listener()
        self.settings = ActorSettings(**settings)
        self.executors = {"scripted": ScriptedSpec(), "other": ScriptedSpec()}
        self.slots = slots
        self.errands: Errands = NoErrands()
        self.targets: dict[str, OperatorTarget] = {}
        self.paces: Paces = NoPaces()
        self.enclosures: dict[str, Enclosures] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.workers: InlineWorkers
        self.supervisor: Supervisor

    @staticmethod
    def now() -> float:
        return EPOCH + trio.current_time()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Directory]:
        """Start it; at the end stop it as `nightdesk.serve` does."""
        self.workers = InlineWorkers(
            self.executors, slots=self.slots, http=self.http, one_each=self.one_each
        )
        house = House(
            store=self.store,
            workers=self.workers,
            executors=self.executors,
            settings=self.settings,
            log=self.heard,
            now=self.now,
            errands=self.errands,
            targets=self.targets,
            paces=self.paces,
            enclosures=self.enclosures,
            deliveries=self.deliveries,
        )
        self.supervisor = Supervisor(house)
        async with trio.open_nursery() as outside:
            await outside.start(self.workers.run)
            async with trio.open_nursery() as inside:
                await inside.start(self.supervisor.run)
                yield self.supervisor.directory
                inside.cancel_scope.cancel()
            outside.cancel_scope.cancel()


def create(
    items: list[dict[str, Any]],
    *,
    job_id: str = "job",
    start: bool = True,
    concurrency: int = 10,
    retries: int = 0,
    kind: str = "scripted",
    lane: str | None = None,
    priority: int = 0,
    key: str | None = None,
    keys: list[str] | None = None,
    spec: dict[str, Any] | None = None,
    grows_to: int = 0,
    names: list[str] | None = None,
    finale: bool = False,
    product: str = "",
    cap: SpendCap = NO_CAP,
) -> CreateJob:
    """The command that makes a job of scripted items."""
    hosts = keys or [""] * len(items)
    known_as = names or [""] * len(items)
    return CreateJob(
        job_id=job_id,
        kind=kind,
        name=job_id,
        lane=lane or kind,
        priority=priority,
        start=start,
        plan=Plan(
            items=[
                InputItem(Raw(msgspec.json.encode(item)), host, name)
                for item, host, name in zip(items, hosts, known_as, strict=True)
            ],
            spec=spec or {},
            secrets={},
            concurrency=concurrency,
            retries=retries,
            grows_to=grows_to,
            finale=finale,
            product=product,
            cap=cap,
        ),
        idempotency=None if key is None else Idempotency(key, "print"),
    )


async def until(desk: DeskHandle, job_id: str, *wanted: JobStatus) -> JobView:
    """The job as soon as it has one of those statuses."""
    with trio.fail_after(3_600):
        while desk.published.jobs[job_id].job.status not in wanted:
            await desk.wait_newer(desk.published.revision)
    return desk.published.jobs[job_id]


async def until_counts(desk: DeskHandle, job_id: str, done: int) -> JobView:
    """The job as soon as so many of its items are done."""
    with trio.fail_after(3_600):
        while desk.published.jobs[job_id].counts.done < done:
            await desk.wait_newer(desk.published.revision)
    return desk.published.jobs[job_id]


def statuses(published: Published, job_id: str = "job") -> list[str | None]:
    """What the job became, in order, as a subscriber would be told."""
    return [
        None if t.new is None else t.new.value for t in published.transitions if t.job_id == job_id
    ]


ids = count()


async def settled() -> None:
    """Let everything that can happen without time passing happen."""
    await trio.testing.wait_all_tasks_blocked()


ENDED = (
    JobStatus.COMPLETED,
    JobStatus.PARTIALLY_COMPLETED,
    JobStatus.FAILED,
    JobStatus.CANCELLED,
)
FOREVER = math.inf
