"""Working off the items of one job: leasing, receiving, keeping, until there is a reason to end.

Built and run by `actors.runner.runner` once the job's files are open and its pool is attached.
"""

from __future__ import annotations

import trio

from actors.messages import Ending, JobProgressed, LiveProgress
from actors.ports import (
    ArtifactChunk,
    Attachment,
    ItemAsks,
    ItemProgress,
    LeasedItem,
    WorkerLog,
)
from actors.runner.enclosing import enclosing
from actors.runner.intake import Intake
from actors.runner.keeper import NEVER, Keeper
from actors.runner.line import DeskLine, Order
from actors.runner.opened import OpenJob
from actors.runner.pulse import Pulse
from actors.runner.stopwatch import Stopwatch
from state.model import Counts

# What neither ends an item nor makes room for one, but for suspects where one is forgiven: that is
# declared as what it has paid is written.
_PASSING = frozenset({ArtifactChunk, ItemAsks, ItemProgress, WorkerLog})

# How often a rate that is no longer fed by endings is looked at again.
FADE_S = 1.0


class Work:
    """Three tasks share it; each attribute says which of them writes it."""

    def __init__(
        self, opened: OpenJob, intake: Intake, line: DeskLine, attachment: Attachment
    ) -> None:
        self._job = opened.job
        self._interval_s = opened.house.settings.publish_interval_s
        self._inputs = opened.inputs
        self._queue = opened.queue
        self._book = opened.book
        self._growth = opened.growth
        self._log = opened.log
        self._spending = opened.spending
        self._intake = intake
        self._line = line
        self._keeper = Keeper(opened, line)
        # How many items may have failed; None where any number may.
        stops = opened.job.spec.get("stop_on_failure") is True
        self._failed_max = opened.failed_before if stops else None
        self._attachment = attachment
        self._queue.slow(line.paces, trio.current_time())
        self._enclosing = enclosing(opened, intake, attachment)
        self._goes_on = self._enclosing is not None and self._enclosing.goes_on
        # Written by `_declare`, which never awaits, on behalf of any of the three.
        self._wanted: int | None = None
        # Written by the keeping task.
        now, done = trio.current_time(), opened.book.counts.done
        self._pulse = Pulse(now, done, opened.book.counts.total)
        self._stopwatch = Stopwatch(opened.house.paces, opened.job, now, done)
        self._reported_at = -self._interval_s
        self._reported_sync: Counts | None = None
        self._halted = False
        self._recalled = False
        self._paces = line.paces
        # Set by all three when there is something new to report, reset by the keeping task.
        self._news = True

    async def run(self) -> Ending:
        """Returns once nothing more is to be done and all outcomes are synced, or cannot be."""
        async with trio.open_nursery() as tasks:
            tasks.start_soon(self._lease)
            tasks.start_soon(self._receive)
            tasks.start_soon(self._spending.run)
            if self._enclosing is not None:
                tasks.start_soon(self._enclosing.run)
            ending = await self._keep()
            tasks.cancel_scope.cancel()
        return ending

    # ----------------------------------------------------------------------- three tasks

    async def _lease(self) -> None:
        while True:
            granted = await self._attachment.wait_granted()
            self._wanted = None
            indexes = self._queue.take(min(granted, self._room()), trio.current_time())
            items = await self._ready(indexes) if indexes else []
            if len(items) < granted:
                self._attachment.give_back(granted - len(items))
            if items:
                await (self._enclosing or self._attachment).lease(items)
            if items and self._ebbs():
                # They were on their way when it was said that nothing more is to begin.
                self._attachment.recall()
            self._declare()
            self._tell()

    async def _ready(self, indexes: list[int]) -> list[LeasedItem]:
        """Read the taken items; those whose key is held stay here."""
        queue = self._queue
        read = await self._inputs.read(indexes)
        now = trio.current_time()
        return [
            LeasedItem(index, queue.attempts(index), item.key, item.item, queue.strikes(index))
            for index, item in zip(indexes, read, strict=True)
            if queue.admit(index, item.key, now)
        ]

    async def _receive(self) -> None:
        while True:
            events = await self._attachment.wait_events()
            # The keeping task knows when it is to look at what comes besides endings.
            is_known = self._news and self._book.waiting
            await self._intake.take(events)
            if is_known and all(type(event) in _PASSING for event in events):
                continue
            self._declare()
            self._tell()

    async def _keep(self) -> Ending:
        self._let_finale_begin()
        self._declare()
        while (ending := self._ending()) is None:
            with trio.move_on_at(self._due()):
                await self._line.changed.wait()
            await self._turn()
        self._measure(trio.current_time())
        return ending

    # ------------------------------------------------------------------------ the keeping

    async def _turn(self) -> None:
        closing = self._closing()
        if self._stopped() and not self._halted:
            self._halted = True
            self._attachment.cancel()
        if self._ebbs() != self._recalled:
            self._recalled = not self._recalled
            if self._recalled:
                self._attachment.recall()
        if self._paces is not self._line.paces:
            self._paces = self._line.paces
            self._queue.slow(self._paces, trio.current_time())
            # What no worker has begun comes back, to be begun at the pace of now.
            self._attachment.recall()
        written, log_bytes = self._book.written, self._log.size_bytes
        await self._keeper.turn(closing=closing or self._queue.finale_due)
        self._let_finale_begin()
        grown = self._log.size_bytes != log_bytes
        self._news = self._news or grown or self._book.written is not written
        self._declare()
        now = trio.current_time()
        if now >= self._report_due():
            self._report_progress(now)

    def _due(self) -> float:
        closing = self._closing() or self._queue.finale_due
        due = min(self._keeper.due(closing=closing), self._report_due())
        if self._may_lease():
            wake = self._queue.next_wake()
            due = due if wake is None else min(due, wake)
        return due

    def _report_due(self) -> float:
        if self._news or self._book.synced is not self._reported_sync:
            return self._reported_at + self._interval_s
        return self._reported_at + FADE_S if self._pulse.rate_per_s > 0 else NEVER

    def _report_progress(self, now: float) -> None:
        counts = self._book.written
        self._pulse.beat(now, counts.done, counts.total)
        self._measure(now)
        live = LiveProgress(
            counts=counts,
            in_flight=self._in_flight(),
            waiting=self._queue.waiting,
            rate_per_s=self._pulse.rate_per_s,
            eta_s=self._pulse.eta_s,
            stage=self._intake.stage,
            working=self._intake.working.shown(),
            log_bytes=self._log.size_bytes,
        )
        synced = self._book.synced
        fresh = synced if synced is not self._reported_sync else None
        self._line.report(JobProgressed(self._job.id, self._job.run, live, fresh))
        self._reported_sync = synced
        self._reported_at = now
        self._news = False

    def _measure(self, now: float) -> None:
        self._stopwatch.note(now, self._book.written.done, at_work=self._in_flight() > 0)

    # -------------------------------------------------------------------------- the end

    def _stopped(self) -> bool:
        """What is in flight is not waited for."""
        return self._line.order is Order.CANCEL or self._intake.broken is not None

    def _ebbs(self) -> bool:
        """What is begun still ends, and nothing else."""
        return self._line.order is Order.DRAIN or self._tripped()

    def _tripped(self) -> bool:
        """An item has failed, and the job was to stop at that."""
        return self._failed_max is not None and self._book.counts.failed > self._failed_max

    def _closing(self) -> bool:
        """Nothing more will be recorded: what is left is to sync it."""
        drained = self._ebbs() and self._queue.in_flight == 0
        # What was found is not in the queue before it is on disk.
        done = self._queue.left == 0 and not self._growth.waiting
        return self._stopped() or drained or done

    def _ending(self) -> Ending | None:
        if not self._closing():
            return None
        if not self._book.clean:
            stalled = self._line.retry_at is not None
            ordered = self._stopped() or self._line.order is not Order.RUN
            return "storage" if stalled and ordered else None
        if self._queue.left == 0:
            return "finished"
        if self._intake.broken is not None:
            return "broken"
        if self._line.order is Order.CANCEL:
            return "cancelled"
        return "finished" if self._tripped() else "drained"

    # ------------------------------------------------------------------------- leasing

    def _let_finale_begin(self) -> None:
        """It sees what all others left: their endings are on disk, and the files before them."""
        if self._queue.finale_due and self._book.clean and not self._book.waiting:
            self._queue.release_finale()

    def _in_flight(self) -> int:
        """Items that a kill of the server would run again: leased, or ended and not yet written.

        Together they keep to the job's concurrency, so that no crash repeats more than that. Items
        that go on repeat nothing: as many of them may be waiting to be written besides.
        """
        return self._queue.in_flight + self._book.unwritten

    def _may_lease(self) -> bool:
        running = self._line.order is Order.RUN and self._intake.broken is None
        return running and self._line.retry_at is None and not self._tripped()

    def _room(self) -> int:
        if not self._may_lease():
            return 0
        most = self._job.concurrency
        room = most - self._queue.in_flight
        besides = most if self._goes_on else 0
        room = min(room, room + besides - self._book.unwritten)
        return max(0, min(room, self._queue.available(trio.current_time())))

    def _declare(self) -> None:
        """Tell the pool how many items could be leased now, where that has changed."""
        room = self._room()
        if room != self._wanted:
            self._wanted = room
            self._attachment.want(room)

    def _tell(self) -> None:
        self._news = True
        self._line.changed.fire()
