"""The workers of one pool: seats for them, slots shared over desks, and the way from job to worker.

Every pool is one of these, whether its workers are processes (`workers.pool`) or tasks
(`workers.inline`). Items with the same key always go to the same seat, so that one worker knows the
pace of a host; items without a key are spread evenly. Where a worker does its items one after the
other, they go where the fewest wait, and those of one job that have a key stay at one seat, in
order.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from zlib import crc32

import trio

from actors.ports import DeskKey, ItemAnswer, JobBrief, LeasedItem, LiveFrame
from workers.attachment import JobAttachment
from workers.line import LineLimits, Worker, WorkerLine
from workers.live import LiveFrames, Place
from workers.logs import EventLog
from workers.proxied import ProxyBoard
from workers.seat import Seat
from workers.shares import Shares


class Crew:
    """A pool. `run` is its task; runners lease through the attachments."""

    def __init__(
        self,
        make_worker: Callable[[], Worker],
        *,
        seats: int,
        slots: int,
        limits: LineLimits,
        log: EventLog,
        one_each: bool = False,
        live: LiveFrames | None = None,
        proxies: ProxyBoard | None = None,
    ) -> None:
        self._one_each = one_each
        # By job and key, where its items go in turn; added by `_seat_for`, removed by `close`.
        self._kept: dict[int, dict[str, Seat]] = {}
        self._live = live
        # By desk and job, where its pages can be looked at; written by `attach`.
        self._attached: dict[Place, JobAttachment] = {}
        self._shares = Shares(slots)
        self._seats = [
            Seat(lambda paces: WorkerLine(make_worker(), limits, paces, proxies), log)
            for _ in range(max(1, seats))
        ]
        self._refs = itertools.count(1)

    @property
    def free_slots(self) -> int:
        """Slots that nobody holds and no item uses."""
        return self._shares.free_slots

    @property
    def wanted_slots(self) -> int:
        """How many more its jobs could use now."""
        return self._shares.wanted_slots

    @property
    def seats(self) -> Sequence[Seat]:
        return self._seats

    @property
    def lines(self) -> list[WorkerLine]:
        """The lines to all workers that are not dead."""
        return [line for seat in self._seats for line in seat.lines]

    async def run(self) -> None:
        """Own the workers, for ever; cancelled, they are all killed."""
        async with trio.open_nursery() as nursery:
            for seat in self._seats:
                nursery.start_soon(seat.run)

    @asynccontextmanager
    async def attach(self, brief: JobBrief, runner: str) -> AsyncIterator[JobAttachment]:
        """Take part in the sharing. Leaving cancels what is still leased."""
        attachment = JobAttachment(next(self._refs), brief, runner, shares=self._shares, route=self)
        place = self._attached_at(attachment)
        self._attached[place] = attachment
        try:
            yield attachment
        finally:
            attachment.cancel()
            if self._attached.get(place) is attachment:
                del self._attached[place]

    async def lease(self, job: JobAttachment, items: Sequence[LeasedItem]) -> None:
        lines = [seat.lease(job, group) for seat, group in self._by_seat(job, items)]
        for line in lines:
            if line is not None:
                await line.share(job)
                await line.worker.wait_room()

    async def enclose(self, job: JobAttachment, index: int, data: bytes) -> None:
        line = next((line for line in self.lines if line.holds(job, index)), None)
        if line is not None:
            await line.enclose(job, index, data)

    def answer(self, job: JobAttachment, answers: Sequence[ItemAnswer]) -> None:
        for line in self.lines:
            line.answer(job, answers)

    def taken(self, job: JobAttachment) -> None:
        for line in self.lines:
            line.taken(job)

    def recall(self, job: JobAttachment) -> None:
        for line in self.lines:
            line.recall(job)

    def permit(self, job: JobAttachment) -> None:
        for line in self.lines:
            line.permit(job)

    def look(self, desk: DeskKey, job_id: str, index: int | None) -> LiveFrame | None:
        """See `actors.ports.LiveView`."""
        job = self._attached.get((desk, job_id))
        if self._live is None or job is None:
            return None
        now = trio.current_time()
        if self._live.renew((desk, job_id), now):
            for line in self.lines:
                line.watch(job)
        return self._live.look((desk, job_id), index, now)

    def show(self, job: JobAttachment, index: int, data: bytes) -> None:
        if self._live is not None:
            self._live.put(self._attached_at(job), index, data, trio.current_time())

    def hide(self, job: JobAttachment, index: int) -> None:
        if self._live is not None:
            self._live.drop(self._attached_at(job), index)

    def close(self, job: JobAttachment) -> None:
        if self._live is not None:
            self._live.leave(self._attached_at(job))
        self._kept.pop(job.ref, None)
        for line in self.lines:
            line.close(job)

    @staticmethod
    def _attached_at(job: JobAttachment) -> Place:
        return (job.brief.desk, job.brief.job_id)

    def _by_seat(
        self, job: JobAttachment, items: Sequence[LeasedItem]
    ) -> Iterable[tuple[Seat, Sequence[LeasedItem]]]:
        if len(self._seats) == 1:
            return [(self._seats[0], items)]
        groups: dict[Seat, list[LeasedItem]] = {}
        for item in items:
            groups.setdefault(self._seat_for(job, item, groups), []).append(item)
        return groups.items()

    def _seat_for(
        self, job: JobAttachment, item: LeasedItem, groups: Mapping[Seat, Sequence[LeasedItem]]
    ) -> Seat:
        """`groups` is where items go that are leased together with this one."""
        if not self._one_each:
            return self._seats[seat_of(item, len(self._seats))]
        kept = self._kept.get(job.ref, {})
        seat = kept.get(item.key)
        if seat is None:
            seat = min(self._seats, key=lambda seat: seat.load(len(groups.get(seat, ()))))
            if item.key:
                self._kept.setdefault(job.ref, {})[item.key] = seat
        return seat


def seat_of(item: LeasedItem, seats: int) -> int:
    """Which of so many seats gets the item: the same for every item of a key, in every server, and
    for all keys that are alike up to a space: what these are keys of is counted in one worker."""
    shared = item.key.partition(" ")[0]
    return (crc32(shared.encode()) if item.key else item.index) % seats
