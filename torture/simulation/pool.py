"""The pool of a simulated server: workers that are tasks, and a listener on each job's line to it.

The listener sees what the runners see: it checks that slots go fairly over desks, and notes which
endings a runner was told of.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from msgspec.structs import replace

from actors.ports import (
    ArtifactChunk,
    Attachment,
    ExecutorSpec,
    ItemAnswer,
    ItemAsks,
    ItemDeferred,
    ItemEnded,
    ItemsLost,
    JobBrief,
    LeasedItem,
    WorkerEvent,
)
from state.model import EgressLists
from state.spending import Spend
from torture.simulation.counting import FOR_GOOD
from torture.simulation.scenario import Scenario
from torture.simulation.trace import Trace
from torture.simulation.work import Place, World
from workers.inline import InlineWorkers
from workers.logs import EventLog


class Queue:
    """Who waits for a first slot, over all desks, and how many slots went to others meanwhile."""

    def __init__(self, scenario: Scenario, trace: Trace) -> None:
        # What may have been granted before and told only now, then one a slot and one a desk.
        self._patience = 2 * scenario.slots + scenario.desks
        self._trace = trace
        # Written by the listeners.
        self.attached: list[Listener] = []
        self._passed_over: dict[Listener, int] = {}

    def waits(self, job: Listener) -> None:
        """The job wants a slot and has none. Only a desk that has no other job is entitled."""
        alone = all(other is job or other.desk != job.desk for other in self.attached)
        if alone:
            self._passed_over.setdefault(job, 0)

    def rests(self, job: Listener) -> None:
        self._passed_over.pop(job, None)

    def granted(self, job: Listener, slots: int) -> None:
        for waiting in list(self._passed_over):
            if waiting.desk == job.desk:
                # It is desks that take turns: this one had its.
                self.rests(waiting)
            else:
                self._passed_over[waiting] += slots
                if self._passed_over[waiting] > self._patience:
                    self._trace.broken(
                        f"{waiting.brief.job_id} of desk {waiting.desk[:4]} gets no slot while "
                        f"other desks got {self._passed_over[waiting]}"
                    )


class Listener:
    """An `Attachment` that is listened to. Used by one runner."""

    def __init__(self, inner: Attachment, brief: JobBrief, queue: Queue, world: World) -> None:
        self.brief = brief
        self.desk = brief.desk
        self._inner = inner
        self._queue = queue
        self._world = world
        # Slots granted or under an item.
        self._slots = 0
        self._with_files: set[int] = set()
        # What items at work have said that they have spent.
        self._spent: dict[int, Spend] = {}

    def want(self, count: int) -> None:
        if count and not self._slots:
            self._queue.waits(self)
        elif not count:
            self._queue.rests(self)
        self._inner.want(count)

    async def wait_granted(self) -> int:
        granted = await self._inner.wait_granted()
        self._slots += granted
        self._queue.granted(self, granted)
        return granted

    async def lease(self, items: Sequence[LeasedItem]) -> None:
        await self._inner.lease(items)

    async def enclose(self, index: int, data: bytes) -> None:
        await self._inner.enclose(index, data)

    def answer(self, answers: Sequence[ItemAnswer]) -> None:
        self._inner.answer(answers)

    def give_back(self, slots: int) -> None:
        self._slots -= slots
        self._inner.give_back(slots)

    def recall(self) -> None:
        self._inner.recall()

    def permit(self, egress: EgressLists) -> None:
        self._inner.permit(egress)

    async def wait_events(self) -> list[WorkerEvent]:
        events = await self._inner.wait_events()
        self._hear(events)
        return events

    def cancel(self) -> None:
        self._queue.rests(self)
        self._inner.cancel()

    def _hear(self, events: list[WorkerEvent]) -> None:
        """Endings up to the first event whose taking in may be interrupted."""
        safe = True
        for event in events:
            if isinstance(event, ArtifactChunk):
                self._with_files.add(event.index)
            held = isinstance(event, ItemEnded) and event.index in self._with_files
            safe = safe and not held and not isinstance(event, ArtifactChunk | ItemsLost)
            if safe and isinstance(event, ItemEnded) and event.status in FOR_GOOD:
                self._told(event.index)
            if isinstance(event, ItemsLost):
                for index in event.indexes:
                    self._spent.pop(index, None)
                    self._world.lost(self._place(index))
            elif isinstance(event, ItemEnded | ItemDeferred):
                self._spent.pop(event.index, None)
            elif isinstance(event, ItemAsks):
                self._asks(event)
            self._slots -= self._freed(event)

    def _asks(self, event: ItemAsks) -> None:
        """What it says first it may have said before."""
        if self._spent.get(event.index, event.so_far) != event.so_far:
            self._world.progressed(self._place(event.index))
        self._spent[event.index] = event.so_far

    def _told(self, index: int) -> None:
        # A finale is done again in another run, however it has ended in this one.
        if index != self.brief.spec.get("finale"):
            self._world.told(self._place(index))

    def _place(self, index: int) -> Place:
        return (self.desk, self.brief.job_id, index)

    @staticmethod
    def _freed(event: WorkerEvent) -> int:
        if isinstance(event, ItemsLost):
            return len(event.indexes)
        return 1 if isinstance(event, ItemEnded | ItemDeferred) else 0


class ListenedWorkers:
    """The `Workers` port of one run of the server."""

    def __init__(
        self,
        scenario: Scenario,
        trace: Trace,
        world: World,
        executors: Mapping[str, ExecutorSpec],
        log: EventLog,
    ) -> None:
        self.inline = InlineWorkers(
            executors, slots=scenario.slots, seats=scenario.seats, log=log, host_backoff_max_s=60.0
        )
        self._queue = Queue(scenario, trace)
        self._world = world

    @asynccontextmanager
    async def attach(self, brief: JobBrief) -> AsyncIterator[Attachment]:
        """See `actors.ports.Workers`."""
        # What does an item has to know whose it is: the world keeps count.
        told = replace(brief, spec={**brief.spec, "desk": brief.desk, "job": brief.job_id})
        async with self.inline.attach(told) as inner:
            listener = Listener(inner, brief, self._queue, self._world)
            self._queue.attached.append(listener)
            try:
                yield listener
            finally:
                self._queue.rests(listener)
                self._queue.attached.remove(listener)
