"""The parent's line to one worker: which jobs it has open, which items it holds, what it owes.

Bookkeeping only, in synchronous code: a `Worker` (`workers.process` for a real process,
`workers.inline` for a task) carries the messages. A line is made when the first item needs it; what
is said before the worker is up waits with the worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, assert_never

import trio
from msgspec import Struct

from actors.ports import (
    ItemAnswer,
    ItemDeferred,
    ItemEnded,
    ItemProgress,
    ItemsFound,
    ItemsLost,
    LeasedItem,
    WorkerEvent,
)
from workers.attachment import JobAttachment
from workers.losses import Death, deferred, losses
from workers.mark import Mark
from workers.opened import OpenJob
from workers.pace import PaceBook
from workers.protocol import (
    CREDIT_TOLD_BYTES,
    INPUT_CHUNK_BYTES,
    LEASE_BATCH,
    Answers,
    ArtifactPart,
    Ask,
    Close,
    Closed,
    Credit,
    Drain,
    Events,
    Hello,
    InputPart,
    KnownPace,
    Lease,
    Open,
    ParentMessage,
    Permit,
    Picture,
    ProtocolError,
    ProxyNews,
    Recall,
    Unfit,
    Usage,
    Watch,
    WorkerMessage,
    check_version,
)
from workers.proxied import ProxyBoard
from workers.spell import Spell


class Worker(Protocol):
    """What carries a line's messages. Nothing happens before `run`."""

    def post(self, message: ParentMessage) -> None:
        """Send it, sometime, in order. Never waits."""

    async def wait_room(self) -> None:
        """Return once not too much is waiting to be sent."""

    def at_work(self) -> Mark | None:
        """Which item it is at, or was when it ended; None where it does many at once."""

    async def run(self, line: WorkerLine) -> str:
        """Be the worker from its start to its end; returns how it ended, in words. A worker that
        fails is no exception here."""


class LineLimits(Struct, frozen=True):
    """When a worker has done enough and another takes its place. With `kill_to_stop` the item at
    work of a job that is left is stopped by the worker's death: what computes hears nothing."""

    max_items: int
    max_memory_bytes: int
    kill_to_stop: bool = False


class WorkerLine:
    """One worker as the pool sees it. `lease`, `close` and `taken` come from runners (through the
    crew), `receive` and `dead` from the task that owns the worker."""

    def __init__(
        self,
        worker: Worker,
        limits: LineLimits,
        paces: PaceBook,
        proxies: ProxyBoard | None = None,
    ) -> None:
        self.worker = worker
        self._proxies = proxies
        self._limits = limits
        # Of the seat: what was told before is the worker's first news, what it tells is noted.
        self._paces = paces
        for known in paces.all(trio.current_time()):
            worker.post(known)
        # By the job's number: added by `lease`, removed by `receive` (Closed) and `dead`.
        self._jobs: dict[int, OpenJob] = {}
        # Items leased and not back: up in `lease`, down in `receive` and `dead`.
        self._in_flight = 0
        self._items_done = 0
        # Written by `receive` as the worker tells it: resident, 0 before it has.
        self.memory_bytes = 0
        self.made_at = trio.current_time()
        # Written by `receive` when the worker has said Hello.
        self.ready = False
        # Written by `retire`: why nothing more is leased to this worker; None while it is.
        self.retired_for: str | None = None
        # Set once: no more leases (retired or dead); nothing left to do, so the worker was drained;
        # it is to be killed.
        self.left = trio.Event()
        self.drained = trio.Event()
        self.condemned = trio.Event()
        # Written by `condemn`: why it is killed, whether what it was at broke a limit by that, and
        # what that was.
        self.condemned_for = ""
        self._limit_broken = False
        self._condemned_at: Mark | None = None
        # Some job is open; some item is at work, which none is before the worker is up, and since
        # when none has ended. Written where those are counted.
        self.busy = Spell()
        self.working = Spell()
        # A job with items here was left, which the worker has not confirmed; as above.
        self.leaving = Spell()

    @property
    def in_flight(self) -> int:
        return self._in_flight

    @property
    def items_done(self) -> int:
        return self._items_done

    @property
    def open_jobs(self) -> list[OpenJob]:
        return list(self._jobs.values())

    def lease(self, job: JobAttachment, items: Sequence[LeasedItem]) -> None:
        """Send the items, opening the job first where this worker does not have it yet."""
        opened = self._jobs.get(job.ref)
        if opened is None:
            opened = self._open(job)
        for start in range(0, len(items), LEASE_BATCH):
            batch = tuple(items[start : start + LEASE_BATCH])
            for item in batch:
                if item.index in opened.leases:
                    raise ValueError(f"item {item.index} is leased already")
                opened.leases[item.index] = item
            self._in_flight += len(batch)
            if self.ready:
                self.working.begin()
            self.worker.post(Lease(job.ref, batch))

    async def share(self, job: JobAttachment) -> None:
        """Send the files that the job's items share, at the worker's pace, once. What is leased
        meanwhile waits for them there."""
        opened = self._jobs.get(job.ref)
        if opened is None:
            return
        for part in opened.unshared:
            self.worker.post(part)
            await self.worker.wait_room()
            if opened.closing:
                return

    def holds(self, job: JobAttachment, index: int) -> bool:
        """Whether that item is at work here, and wanted."""
        opened = self._jobs.get(job.ref)
        return opened is not None and not opened.closing and index in opened.leases

    async def enclose(self, job: JobAttachment, index: int, data: bytes) -> None:
        """Send the bytes that an item needs, at the worker's pace, for as long as it is at work."""
        for start in range(0, max(1, len(data)), INPUT_CHUNK_BYTES):
            if not self.holds(job, index):
                return
            end = start + INPUT_CHUNK_BYTES
            self.worker.post(InputPart(job.ref, index, data[start:end], end >= len(data)))
            await self.worker.wait_room()

    def answer(self, job: JobAttachment, answers: Sequence[ItemAnswer]) -> None:
        """Tell those of the items that are at work here what they have asked."""
        if here := tuple(answer for answer in answers if self.holds(job, answer.index)):
            self.worker.post(Answers(job.ref, here))

    def taken(self, job: JobAttachment) -> None:
        """The runner took what was delivered of the job's artifacts and found items."""
        opened = self._jobs.get(job.ref)
        if opened is None or opened.closing:
            return
        if opened.owed_bytes >= CREDIT_TOLD_BYTES:
            self.worker.post(Credit(job.ref, opened.owed_bytes))
            opened.owed_bytes = 0

    def recall(self, job: JobAttachment) -> None:
        """What the worker has not begun of the job's items is to come back."""
        opened = self._jobs.get(job.ref)
        if opened is not None and opened.leases and not opened.closing:
            self.worker.post(Recall(job.ref))

    def permit(self, job: JobAttachment) -> None:
        """The job has new lists of domains. A worker that opens it later gets them with that."""
        opened = self._jobs.get(job.ref)
        if opened is not None and not opened.closing:
            self.worker.post(Permit(job.ref, job.brief.egress))

    def watch(self, job: JobAttachment) -> None:
        """Somebody looks at what the job has at work here, if anything."""
        opened = self._jobs.get(job.ref)
        if opened is not None and not opened.closing:
            self.worker.post(Watch(job.ref))

    def close(self, job: JobAttachment) -> None:
        """Stop what is left of the job. Its slots come back when the worker says it is gone."""
        opened = self._jobs.get(job.ref)
        if opened is not None and not opened.closing:
            opened.closing = True
            self.worker.post(Close(job.ref))
            if opened.leases and self._limits.kill_to_stop:
                self.leaving.begin()
                self.stop_left()

    def stop_left(self) -> None:
        """Have the worker killed if what it is at is of a job that was left."""
        mark = self.worker.at_work()
        opened = None if mark is None else self._jobs.get(mark.job)
        if mark is None or (opened is not None and opened.closing):
            self.condemn("the job that it worked on was left", by_limit=False)

    def retire(self, why: str) -> None:
        """Let the worker finish what it holds, then end; whoever leases next gets another one."""
        if self.retired_for is None:
            self.retired_for = why
            self.left.set()
            self._drain_if_done()

    def condemn(self, reason: str, *, by_limit: bool) -> None:
        """Have the worker killed. With `by_limit` what it is at has failed: it would again.
        Otherwise nothing that it holds has done any wrong."""
        if not self.condemned.is_set():
            self.condemned_for, self._limit_broken = reason, by_limit
            self._condemned_at = self.worker.at_work()
            self.left.set()
            self.condemned.set()

    def receive(self, message: WorkerMessage) -> None:
        """Take in what the worker says. Raises ProtocolError for what it cannot know or mean."""
        match message:
            case Events():
                self._receive_events(message)
            case ArtifactPart():
                self._opened(message.job).hand_over(message.chunk)
            case Ask():
                self._opened(message.job).ask(message.asks)
            case Picture():
                self._opened(message.job).show(message)
            case Closed():
                self._receive_closed(message)
            case KnownPace():
                self._paces.note(message, trio.current_time())
            case ProxyNews():
                if self._proxies is not None:
                    self._proxies.note(message)
            case Usage():
                self.memory_bytes = message.memory_bytes
                if message.memory_bytes >= self._limits.max_memory_bytes:
                    self.retire("memory")
            case Hello():
                check_version(message.version)
                self.ready = True
                if self._in_flight:
                    self.working.begin()
            case Unfit():
                raise ProtocolError("the worker said that it is unfit when it had begun")
            case _:
                assert_never(message)

    def dead(self, reason: str, retry_in_s: float) -> None:
        """The worker is gone. What it was at is lost (`workers.losses`); but where it never came
        up, nothing has run and the items only wait for the next one."""
        self.left.set()
        death = self._death(reason)
        jobs, self._jobs = self._jobs, {}
        self._in_flight = 0
        self.working.end()
        for opened in jobs.values():
            if opened.leases and not opened.closing:
                opened.job.deliver(self._losses(opened, death, retry_in_s))
            opened.job.slots_back(len(opened.leases))

    def _death(self, reason: str) -> Death:
        mark = self.worker.at_work()
        # What was overdue had ended before it could be killed, and nothing else was.
        missed = self._limit_broken and mark != self._condemned_at
        return Death(
            reason=reason,
            limit=self._limit_broken,
            left=missed or (self.condemned.is_set() and not self._limit_broken),
            mark=mark,
            barren=not self._items_done and (mark is not None or not self._someone_at_work()),
        )

    def _someone_at_work(self) -> bool:
        return any(opened.at_work() for opened in self._jobs.values())

    def _losses(self, opened: OpenJob, death: Death, retry_in_s: float) -> list[WorkerEvent]:
        if not self.ready:
            return [*deferred(opened.leases.values(), retry_in_s, death.reason)]
        return losses(opened.job.ref, opened.leases, death, opened.waiting)

    def _open(self, job: JobAttachment) -> OpenJob:
        opened = self._jobs[job.ref] = OpenJob(job)
        brief = job.brief
        self.worker.post(
            Open(
                job=job.ref,
                runner=job.runner,
                retries=brief.retries,
                spec=brief.spec,
                egress=brief.egress,
                assets=tuple(brief.assets),
                run=brief.run,
            )
        )
        self.busy.begin()
        return opened

    def _opened(self, ref: int) -> OpenJob:
        opened = self._jobs.get(ref)
        if opened is None:
            raise ProtocolError(f"the worker speaks of job {ref}, which it does not have")
        return opened

    def _receive_events(self, message: Events) -> None:
        opened = self._opened(message.job)
        ended = 0
        for event in message.events:
            if isinstance(event, ItemEnded | ItemDeferred | ItemsLost):
                for index in _over(event):
                    opened.over(index)
                    ended += 1
            elif isinstance(event, ItemProgress):
                opened.hear(event)
            elif isinstance(event, ItemsFound):
                if event.index not in opened.leases:
                    raise ProtocolError(f"item {event.index} found some, not leased to the worker")
                opened.owe(event.size_bytes)
        opened.job.deliver(message.events)
        self._free(opened, ended)
        self._items_done += ended
        if self._items_done >= self._limits.max_items:
            self.retire("items")

    def _receive_closed(self, message: Closed) -> None:
        opened = self._opened(message.job)
        if not opened.closing and not self.drained.is_set():
            raise ProtocolError(f"the worker closed job {message.job} by itself")
        del self._jobs[message.job]
        if not self._jobs:
            self.busy.end()
        if not any(other.closing for other in self._jobs.values()):
            self.leaving.end()
        self._free(opened, len(opened.leases))

    def _free(self, opened: OpenJob, slots: int) -> None:
        if slots:
            self._in_flight -= slots
            if self._in_flight:
                self.working.renew()
            else:
                self.working.end()
            opened.job.slots_back(slots)
            self._drain_if_done()

    def _drain_if_done(self) -> None:
        if self.retired_for is not None and not self._in_flight and not self.drained.is_set():
            self.drained.set()
            self.worker.post(Drain())


def _over(event: ItemEnded | ItemDeferred | ItemsLost) -> tuple[int, ...]:
    """The items that are not at work any more."""
    return event.indexes if isinstance(event, ItemsLost) else (event.index,)
