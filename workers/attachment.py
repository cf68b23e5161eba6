"""A running job's line to its pool: the `Attachment` of `actors.ports`, for every kind of pool.

Made by `workers.crew.Crew.attach` and used by that job's runner; worker lines deliver into it.
Nothing in it grows without bound: endings by the slots granted, progress by the items at work
(only the newest of an item is kept), artifacts by the credit that `wait_events` gives back, log
lines by how many may wait; those beyond are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import trio
from msgspec.structs import replace

from actors.ports import (
    ArtifactChunk,
    ItemAnswer,
    ItemDeferred,
    ItemEnded,
    ItemProgress,
    ItemsFound,
    ItemsLost,
    JobBrief,
    JobBroken,
    LeasedItem,
    WorkerEvent,
    WorkerLog,
)
from state.model import EgressLists
from workers.wake import Wake

# What a worker may send only so much of before it is taken.
_ON_CREDIT = frozenset({ArtifactChunk, ItemsFound})
# Lines that may wait for a runner that waits for its disk.
LINES_MAX = 20_000

_LEFT_OUT = "lines were left out: the desk was behind"


class Granting(Protocol):
    """Who grants slots to attachments: the `workers.shares` of a pool, or what stands before."""

    def want(self, grantee: JobAttachment, count: int) -> None: ...
    def forget(self, grantee: JobAttachment) -> None: ...
    def free(self, slots: int) -> None: ...


class Route(Protocol):
    """Where an attachment's items go: the crew of its pool."""

    async def lease(self, job: JobAttachment, items: Sequence[LeasedItem]) -> None: ...
    async def enclose(self, job: JobAttachment, index: int, data: bytes) -> None: ...
    def answer(self, job: JobAttachment, answers: Sequence[ItemAnswer]) -> None:
        """What items at work have asked."""

    def taken(self, job: JobAttachment) -> None:
        """The runner took all artifact chunks that were delivered; more may be sent."""

    def recall(self, job: JobAttachment) -> None:
        """The job's items that are not begun are to come back."""

    def permit(self, job: JobAttachment) -> None:
        """The job's brief has new lists of domains."""

    def show(self, job: JobAttachment, index: int, data: bytes) -> None:
        """How the page of an item at work looks now."""

    def hide(self, job: JobAttachment, index: int) -> None:
        """An item of which something was shown is over."""

    def close(self, job: JobAttachment) -> None: ...


class JobAttachment:
    """See `actors.ports.Attachment`. `ref` is the job's number on the wire.

    The first half is called by the job's runner, the second by the pool; all changes are made in
    synchronous code.
    """

    def __init__(
        self, ref: int, brief: JobBrief, runner: str, *, shares: Granting, route: Route
    ) -> None:
        self.ref = ref
        # Replaced by `permit`.
        self.brief = brief
        self.runner = runner
        self._shares = shares
        self._route = route
        # Granted and not yet leased: up in `granted`, down in `lease`, `give_back` and `_end`.
        self._held = 0
        # The part of it that `wait_granted` has not told yet; same writers.
        self._untold = 0
        self._granted = Wake()
        # Filled by `deliver` (worker lines), emptied by `wait_events` (the runner).
        self._events: list[WorkerEvent] = []
        self._progress: dict[int, ItemProgress] = {}
        self._delivered = Wake()
        # Of the lines in `_events`, how many; and how many found no room. Same writers.
        self._lines = 0
        self._unsaid = 0
        # Items of which something is shown. Written by `show` and `deliver`.
        self._shown: set[int] = set()
        # Set by `_end`, once: nothing is granted, leased or delivered after it.
        self._over = False

    @property
    def held(self) -> int:
        """Slots that are granted and not leased yet."""
        return self._held

    def want(self, count: int) -> None:
        if not self._over:
            self._shares.want(self, count)

    async def wait_granted(self) -> int:
        while not self._untold:
            await self._granted.wait()
        told, self._untold = self._untold, 0
        return told

    async def lease(self, items: Sequence[LeasedItem]) -> None:
        """Once called, the items are leased, even if waiting for the worker is cancelled."""
        if self._over:
            return
        self._spend(len(items))
        await self._route.lease(self, items)

    async def enclose(self, index: int, data: bytes) -> None:
        if not self._over:
            await self._route.enclose(self, index, data)

    def answer(self, answers: Sequence[ItemAnswer]) -> None:
        if not self._over:
            self._route.answer(self, answers)

    def give_back(self, slots: int) -> None:
        if not self._over:
            self._spend(slots)
            self._shares.free(slots)

    def recall(self) -> None:
        if not self._over:
            self._route.recall(self)

    def permit(self, egress: EgressLists) -> None:
        if not self._over and egress != self.brief.egress:
            self.brief = replace(self.brief, egress=egress)
            self._route.permit(self)

    async def wait_events(self) -> list[WorkerEvent]:
        while not self._events and not self._progress:
            await self._delivered.wait()
        return self.take_events()

    def take_events(self) -> list[WorkerEvent]:
        """What there is, without waiting."""
        events, progress = self._events, self._progress
        self._events, self._progress = [], {}
        if self._unsaid:
            events.append(WorkerLog("warning", f"{self._unsaid:,} {_LEFT_OUT}"))
        self._lines = self._unsaid = 0
        if any(type(event) in _ON_CREDIT for event in events):
            self._route.taken(self)
        return [*events, *progress.values()]

    def cancel(self) -> None:
        if not self._over:
            self._end()

    def granted(self, slots: int) -> None:
        """Called by `Shares`."""
        self._held += slots
        self._untold += slots
        self._granted.set()

    def slots_back(self, slots: int) -> None:
        """Leased items are over: their slots are free for anybody. Called by worker lines."""
        self._shares.free(slots)

    def deliver(self, events: Sequence[WorkerEvent]) -> None:
        """Events in order per item. Called by worker lines."""
        if self._over:
            return
        for event in events:
            if isinstance(event, ItemProgress):
                self._progress[event.index] = event
                continue
            if isinstance(event, WorkerLog) and not self._has_room():
                continue
            if self._progress or self._shown:
                self._drop_news(event)
            self._events.append(event)
            if isinstance(event, JobBroken):
                self._end()
                break
        self._delivered.set()

    def show(self, index: int, data: bytes) -> None:
        """A picture of an item at work. Called by worker lines."""
        if not self._over:
            self._shown.add(index)
            self._route.show(self, index, data)

    def _has_room(self) -> bool:
        """For one more line; else it is counted."""
        if self._lines >= LINES_MAX:
            self._unsaid += 1
            return False
        self._lines += 1
        return True

    def _drop_news(self, event: WorkerEvent) -> None:
        """What an item said and showed of its progress is old news when it has ended."""
        over: tuple[int, ...] = ()
        if isinstance(event, ItemEnded | ItemDeferred):
            over = (event.index,)
        elif isinstance(event, ItemsLost):
            over = event.indexes
        for index in over:
            self._progress.pop(index, None)
            if index in self._shown:
                self._shown.remove(index)
                self._route.hide(self, index)

    def _spend(self, slots: int) -> None:
        if slots > self._held:
            raise ValueError(f"{slots} slots are needed, {self._held} are held")
        self._held -= slots

    def _end(self) -> None:
        self._over = True
        held, self._held, self._untold = self._held, 0, 0
        self._shares.forget(self)
        self._shares.free(held)
        self._route.close(self)


class BrokenAttachment:
    """The attachment of a job that no pool can work on: it says why, and nothing else."""

    def __init__(self, error: str) -> None:
        # Emptied by the first `wait_events`.
        self._events: list[WorkerEvent] = [JobBroken(error)]

    def want(self, count: int) -> None:
        """Nothing is ever granted."""

    async def wait_granted(self) -> int:
        await trio.sleep_forever()
        raise AssertionError("sleep_forever returned")

    async def lease(self, items: Sequence[LeasedItem]) -> None:
        raise ValueError(f"{len(items)} slots are needed, 0 are held")

    async def enclose(self, index: int, data: bytes) -> None:
        """Nothing is leased, so nobody wants them."""

    def answer(self, answers: Sequence[ItemAnswer]) -> None:
        """Nothing is leased, so nobody has asked."""

    def give_back(self, slots: int) -> None:
        raise ValueError(f"{slots} slots are given back, 0 are held")

    def recall(self) -> None:
        """Nothing is leased."""

    def permit(self, egress: EgressLists) -> None:
        """Nothing is leased."""

    async def wait_events(self) -> list[WorkerEvent]:
        if not self._events:
            await trio.sleep_forever()
        events, self._events = self._events, []
        return events

    def cancel(self) -> None:
        """Nothing is leased."""
