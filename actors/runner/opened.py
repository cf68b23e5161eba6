"""A job with its files open: what the tasks of its runner share.

Made by `actors.runner.runner` through `open_job`, which also closes it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import trio

from actors.house import House
from actors.messages import JobDamaged
from actors.ports import DeskKey, ExecutorSpec, Inputs, Replay
from actors.purse import DeskPurse
from actors.rules.queue import ItemQueue
from actors.runner.artifacts import Artifacts
from actors.runner.book import Book
from actors.runner.delivering import delivering
from actors.runner.growth import Growth, known_names, open_items
from actors.runner.joblog import JobLog
from actors.runner.line import DeskLine, Order
from actors.runner.replay import Standing, damage_in, items_again, read_standing, words_of
from actors.runner.spending import Spending
from actors.runner.spends import Spends
from state.errors import StorageError
from state.model import Job

# How long the last sync, and the closing of files, may take when the job is being cancelled.
LAST_SYNC_S = 2.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenJob:
    """Made by `open_job`. `failed_before` is how many items failed in former runs and are not to be
    done in this one, `finale` the item that is done when all others have ended. `is_bare`: no item
    had handed anything over."""

    desk: DeskKey
    job: Job
    house: House
    executor: ExecutorSpec
    inputs: Inputs
    queue: ItemQueue
    book: Book
    log: JobLog
    artifacts: Artifacts
    growth: Growth
    spending: Spending
    failed_before: int = 0
    finale: int | None = None
    is_bare: bool = False


@asynccontextmanager
async def open_job(
    desk: DeskKey,
    job: Job,
    house: House,
    executor: ExecutorSpec,
    line: DeskLine,
    purse: DeskPurse,
) -> AsyncIterator[OpenJob]:
    """Open the files of a job, patiently where the disk fails, and recount where it stands.

    Raises JobFilesMissing; StorageError only where the job is not meant to run on. However it is
    left, what was recorded is synced if the disk allows.
    """
    store = house.store
    async with AsyncExitStack() as files:
        inputs = await _patiently(line, lambda: open_items(store, desk, job))
        files.push_async_callback(_bounded, inputs.aclose)
        outcomes = await _patiently(line, lambda: store.open_outcomes(desk, job.id))
        files.push_async_callback(_bounded, outcomes.aclose)
        again = await _patiently(line, lambda: items_again(store, desk, job, inputs.count))
        standing = await read_standing(outcomes.replay, inputs.count, job.run, again)
        artifacts = Artifacts(desk, job.id, house)
        files.push_async_callback(_bounded, artifacts.aclose)
        # What fails again would keep all the rest from ever being begun.
        last = standing.failed_before if job.spec.get("stop_on_failure") is True else ()
        finale = inputs.count - 1 if job.finale else None
        struck, deaths = standing.strikes, standing.deaths
        queue = ItemQueue(standing.pending, struck, last, finale=finale, deaths=deaths)
        known = await known_names(inputs) if job.grows_to else set()
        growth = Growth(inputs, queue, job.grows_to, known)
        log = JobLog(desk, job.id, house, trio.current_time)
        kept = delivering(outcomes, desk, job, house, inputs, log)
        spent = standing.counts.spend
        account = files.enter_context(purse.account(job.id, job.cap, spent))
        spends = Spends(standing.spends, spent, account.spent, job.run)
        spending = Spending(account, spends, artifacts, queue, line, house.now)
        files.enter_context(line.watched(spending.review))
        book = Book(kept, standing.counts, artifacts, growth, standing.tallies, spends)
        _tell_damage(outcomes.replay, standing, job, line, log)
        if inputs.cut_bytes:
            log.say("info", f"unfinished found items of {inputs.cut_bytes} bytes were cut off")
        yield OpenJob(
            desk=desk,
            job=job,
            house=house,
            executor=executor,
            inputs=inputs,
            queue=queue,
            book=book,
            log=log,
            artifacts=artifacts,
            growth=growth,
            spending=spending,
            failed_before=standing.passed_over,
            finale=finale,
            is_bare=outcomes.replay.is_bare,
        )


def _tell_damage(replay: Replay, standing: Standing, job: Job, line: DeskLine, log: JobLog) -> None:
    """A torn end is what a crash leaves; lost endings and damaged lines are the user's to know."""
    damage = damage_in(replay, standing, job.counts)
    if damage is not None:
        log.say("error", words_of(damage))
        line.report(JobDamaged(job.id, job.run, damage))
    if replay.cut_bytes:
        log.say("info", f"an unfinished last outcome of {replay.cut_bytes} bytes was cut off")


async def _bounded(close: Callable[[], Awaitable[None]]) -> None:
    """Closing is done in a cancelled task too, and holds nobody up."""
    with trio.move_on_after(LAST_SYNC_S, shield=True):
        await close()


async def _patiently(line: DeskLine, opening: Callable[[], Awaitable[T]]) -> T:
    while True:
        try:
            opened = await opening()
        except StorageError as error:
            if line.order is not Order.RUN:
                raise
            await line.wait_out(error)
        else:
            line.went_on()
            return opened
