"""Lays the desks on disk that the server starts with: most idle, some with work cut short.

Called by `nightdesk.crashtest.run` before the first start, with the product's own store.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import trio
from msgspec import Struct

from actors.ports import Plan, PlanLimits
from executors.table import build_table
from nightdesk.config import Config
from nightdesk.crashtest.history import Batch, History
from nightdesk.crashtest.target import Target
from state.model import Counts, DeskState, Job, JobStatus, OutcomeRecord, OutcomeStatus
from state.store import FileStore
from state.views import DeskKey, desk_key

_ITEMS = 6
_DELAY_MS = 200
# One in so many of the desks that no client uses has a job that was cut short: while it ran, was
# paused, was cancelled. Its outcomes are further than the desk's file knows.
_UNFINISHED = 20
_CUT_SHORT = ("queued", "paused", "cancelled")
_ON_DISK = {
    "queued": JobStatus.RUNNING,
    "paused": JobStatus.PAUSED,
    "cancelled": JobStatus.CANCELLED,
    "completed": JobStatus.COMPLETED,
}


class Desks(Struct, frozen=True):
    """The ids of all desks. Clients use the first `used`; `waiting` have work, the rest is idle."""

    ids: tuple[str, ...]
    used: int
    waiting: frozenset[int]

    def key(self, desk: int) -> DeskKey:
        return desk_key(self.ids[desk])

    @property
    def idle(self) -> Sequence[int]:
        return [n for n in range(self.used, len(self.ids)) if n not in self.waiting]


async def prepare(
    data: Path, count: int, used: int, rng: random.Random, target: Target, history: History
) -> Desks:
    """Make the desks. Raises StorageError."""
    ids = tuple(str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(count))
    waiting = frozenset(range(used, count, _UNFINISHED))
    desks = Desks(ids, min(used, count), waiting)
    config = Config()
    async with FileStore.opened(
        data,
        threads=config.storage_threads,
        max_log_bytes=config.max_log_bytes,
        max_artifact_bytes=config.max_artifact_bytes,
        ballast_bytes=config.ballast_bytes,
    ) as store:
        limit = trio.CapacityLimiter(config.storage_threads)
        async with trio.open_nursery() as nursery:
            for number in range(count):
                batch = _batch(desks, number)
                if batch is not None:
                    history.batches[batch.name] = batch
                nursery.start_soon(_lay, store, desks.key(number), batch, target, limit)
    return desks


def _batch(desks: Desks, number: int) -> Batch | None:
    """What lies on that desk: nothing, a job cut short at half, or one that has ended."""
    if number < desks.used:
        return None
    waits = number in desks.waiting
    cut_short = _CUT_SHORT[number // _UNFINISHED % len(_CUT_SHORT)]
    return Batch(
        name=f"prepared-{number}",
        desk=number,
        fates=(f"ok-{_DELAY_MS}",) * _ITEMS,
        concurrency=2,
        status=cut_short if waits else "completed",
        done=tuple(range(_ITEMS // 2 if waits else _ITEMS)),
    )


async def _lay(
    store: FileStore,
    desk: DeskKey,
    batch: Batch | None,
    target: Target,
    limit: trio.CapacityLimiter,
) -> None:
    async with limit:
        now = time.time()
        state = DeskState(revision=1, created_at=now)
        if batch is None:
            await store.save(desk, state)
            return
        job_id = str(uuid.uuid5(uuid.NAMESPACE_URL, desk))
        plan = _plan(batch, target)
        await store.write_inputs(desk, job_id, plan.items)
        outcomes = await store.open_outcomes(desk, job_id)
        await outcomes.append(
            [OutcomeRecord(index=n, run=1, status=OutcomeStatus.OK, at=now) for n in batch.done]
        )
        await outcomes.sync()
        await outcomes.aclose()
        job = _job(job_id, batch, plan, now)
        jobs = {job_id: job}
        await store.save(desk, DeskState(revision=1, created_at=now, next_arrival=1, jobs=jobs))


def _plan(batch: Batch, target: Target) -> Plan:
    config = Config()
    limits = PlanLimits(
        max_items=config.max_items,
        max_url_bytes=config.max_url_bytes,
        max_concurrency=config.max_concurrency,
        max_body_read_bytes=config.max_response_bytes,
    )
    urls = [target.url(batch.desk, batch.name, n, fate) for n, fate in enumerate(batch.fates)]
    spec = {"concurrency": batch.concurrency, "retries": batch.retries}
    return build_table()["fetch"].plan(spec, urls, limits)


def _job(job_id: str, batch: Batch, plan: Plan, now: float) -> Job:
    ended = batch.status in ("completed", "cancelled")
    known = len(batch.done) if batch.status == "completed" else 0
    return Job(
        id=job_id,
        kind="fetch",
        name=batch.name,
        lane="fetch",
        arrival=0,
        status=_ON_DISK[batch.status],
        reason="user" if batch.status == "paused" else None,
        counts=Counts(total=len(batch.fates), ok=known),
        lagging=batch.status == "cancelled",
        run=1,
        concurrency=plan.concurrency,
        retries=plan.retries,
        spec=plan.spec,
        created_at=now,
        started_at=now,
        ended_at=now if ended else None,
        revision=1,
    )
