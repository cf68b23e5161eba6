"""What workers report of a running job's items, brought into its queue, its book and its log.

Owned by the runner. Thousands of endings a second pass here: an ending awaits nothing, unless its
item handed over a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import assert_never

import msgspec
import trio
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import replace

from actors.ports import (
    ArtifactChunk,
    ItemAsks,
    ItemDeferred,
    ItemEnded,
    ItemProgress,
    ItemsFound,
    ItemsLost,
    JobBroken,
    JobStage,
    LeasedItem,
    WorkerEvent,
    WorkerLog,
)
from actors.rules.queue import MAX_DEATHS
from actors.runner.atwork import Working
from actors.runner.hush import Hush
from actors.runner.line import RETRY_S
from actors.runner.opened import OpenJob
from state.errors import StorageError
from state.job_events import JobEvent
from state.model import TOTAL_MAX, OutcomeRecord, OutcomeStatus, Tally
from state.spending import NO_SPEND, Spend

LOST_TWICE = "the worker, or its browser, died twice with this item"
LOST_OFTEN = f"the worker, or its browser, died {MAX_DEATHS} times with this item"


class Intake:
    """Every attribute is written by the runner's receiving task."""

    def __init__(self, opened: OpenJob, hush: Hush) -> None:
        self._hush = hush
        self._run = opened.job.run
        self._finale = opened.finale
        self._now = opened.house.now
        self._stats = opened.house.stats
        self._executor = opened.executor
        self._inputs = opened.inputs
        self._queue = opened.queue
        self._book = opened.book
        self._log = opened.log
        self._artifacts = opened.artifacts
        self._growth = opened.growth
        self._spending = opened.spending
        # What the newest report of an item's progress said, what each item in flight said last, and
        # why the job cannot be done.
        self.stage = ""
        self.working = Working()
        self.broken: str | None = None

    async def take(self, events: Sequence[WorkerEvent]) -> None:
        at = self._now()
        self._spending.gather()
        for event in map(self._hush, events):
            if isinstance(event, ItemEnded):
                if self._holds(event.index) and not await self._settle(event, at):
                    continue
                self._end(event, at)
            else:
                await self._other(event, at)
        self._spending.flush()

    def fail(self, item: LeasedItem, reason: str) -> None:
        """Record that an item failed before any worker had it. For the leasing task, too: nothing
        here awaits."""
        told = Raw(msgspec.json.encode(self._executor.describe(item.payload)))
        ended = ItemEnded(
            index=item.index,
            status=OutcomeStatus.FAILED,
            attempts=item.attempts + 1,
            duration_ms=0.0,
            error=reason,
            result=told,
        )
        self._end(ended, self._now())

    async def poison(self, attempts: dict[int, int], reason: str, at: float) -> None:
        """Record items that are over without a worker's word, each after so many attempts."""
        indexes = list(attempts)
        for index, item in zip(indexes, await self._inputs.read(indexes), strict=True):
            self._book.add(
                OutcomeRecord(
                    index=index,
                    run=self._run,
                    status=OutcomeStatus.POISONED,
                    attempts=attempts[index],
                    at=at,
                    error=reason,
                    result=Raw(msgspec.json.encode(self._executor.describe(item.item))),
                    once=self._is_once(index),
                )
            )
            self._log.say("error", reason, index)

    def _end(self, event: ItemEnded, at: float) -> None:
        if not self._queue.end(event.index):
            return
        self._left(event.index, event.spend)
        self._stats.outcomes += 1
        self._book.add(
            OutcomeRecord(
                index=event.index,
                run=self._run,
                status=event.status,
                attempts=event.attempts,
                duration_ms=event.duration_ms,
                at=at,
                error=event.error,
                result=event.result,
                tally=tally_of(event),
                spend=UNSET if event.spend == NO_SPEND else event.spend,
                once=self._is_once(event.index),
            )
        )
        if event.status is OutcomeStatus.FAILED:
            self._log.say("warning", event.error or "failed", event.index)

    def _left(self, index: int, spent: Spend = NO_SPEND) -> None:
        """The item is not in its worker any more."""
        self.working.over(index)
        self._spending.over(index, spent)

    def _is_once(self, index: int) -> bool | UnsetType:
        return True if index == self._finale else UNSET

    def _holds(self, index: int) -> bool:
        """The item handed over something, or has found something, that is to be settled."""
        return self._artifacts.holds(index) or self._growth.holds(index)

    async def _settle(self, event: ItemEnded, at: float) -> bool:
        """Whether the item ended as its worker says, now that what it gave is looked at."""
        known = self._artifacts.spoiled(event.index)
        if known is not None and known.by_disk:
            await self._sync_of((event.index,))
        unkept = await self._artifacts.settle(event.index)
        untaken = self._growth.settle(event.index)
        spoiled = unkept or untaken
        if spoiled is None:
            return True
        what = "a file was not kept" if unkept else "what it found was not kept"
        self._log.say("warning", f"{what}: {spoiled}", event.index)
        if spoiled.by_disk:
            now = trio.current_time()
            self._queue.defer(event.index, event.attempts - 1, RETRY_S, now)
            self._left(event.index, event.spend)
        else:
            # What of it was kept all the same is not known.
            tally = replace(event.tally, made=0) if unkept else event.tally
            error = str(spoiled)
            self._end(replace(event, status=OutcomeStatus.FAILED, error=error, tally=tally), at)
        return False

    async def _other(self, event: WorkerEvent, at: float) -> None:
        match event:
            case ItemDeferred():
                await self._sync_of((event.index,))
                self._defer(event)
            case ItemProgress():
                self._progress(event, at)
            case WorkerLog():
                self._log.say(event.level, event.message, event.index)
            case ArtifactChunk():
                if not self._artifacts.takes_at_once(event):
                    # The disk is waited for: nobody is to wait for that besides.
                    self._spending.flush()
                await self._artifacts.take(event)
                if event.paid is not None:
                    self._spending.paid(event.index, event.paid)
            case ItemAsks():
                self._spending.take(event)
            case ItemsFound():
                await self._growth.take(event)
            case ItemsLost():
                await self._lose(event, at)
            case JobBroken():
                self.broken = event.error
                self._log.say("error", event.error)
            case JobStage():
                self.stage = event.stage
            case ItemEnded():
                self._end(event, at)
            case _:
                assert_never(event)

    def _progress(self, event: ItemProgress, at: float) -> None:
        self.stage = event.stage
        if self._queue.is_in_flight(event.index):
            self.working.say(event, at)

    def _defer(self, event: ItemDeferred) -> None:
        self._left(event.index)
        self._growth.settle(event.index)
        if event.stage:
            self.stage = event.stage
        known = self._queue.defer(
            event.index,
            event.attempts,
            event.delay_s,
            trio.current_time(),
            hold_key=event.hold_key,
        )
        if known and event.error is not None:
            wait = f"again in {event.delay_s:.1f} s"
            self._log.say("info", f"attempt {event.attempts}: {event.error}; {wait}", event.index)

    async def _sync_of(self, indexes: Sequence[int]) -> None:
        """Items are done again from what they have handed over: what is on its way comes first."""
        if any(map(self._artifacts.is_unsynced, indexes)):
            self._spending.flush()
            with suppress(StorageError):  # soon the keeper meets the same; then nothing is leased
                await self._artifacts.sync()

    async def _lose(self, event: ItemsLost, at: float) -> None:
        await self._sync_of(event.indexes)
        for index in event.indexes:
            if self._artifacts.holds(index):
                await self._artifacts.settle(index)
            self._growth.settle(index)
            self._left(index)
        lost = self._queue.lose(event.indexes)
        for index in lost.again:
            self._book.add(
                OutcomeRecord(
                    index=index, run=self._run, status=OutcomeStatus.LOST, at=at, error=event.reason
                )
            )
        self._log.say(
            "warning",
            f"items lost at work ({event.reason}): {len(lost.again)} are tried once more",
            event=JobEvent("worker_died", len(lost.again), event.reason),
        )
        for over, said in ((lost.twice, LOST_TWICE), (lost.often, LOST_OFTEN)):
            if over:
                await self.poison(over, f"{said} ({event.reason})", at)


def tally_of(event: ItemEnded) -> Tally | UnsetType:
    """What the item came to besides. A worker is not trusted to count within bounds."""
    found, made = (min(max(0, count), TOTAL_MAX) for count in (event.tally.found, event.tally.made))
    return Tally(found, made) if found or made else UNSET
