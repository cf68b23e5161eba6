"""The figures of a task: pure sums of its outcomes, kept from one look to the next.

Every look at the results of a running task asks for them, and it may have 100,000 outcomes: so only
what has ended since the last look is read. Owned by `results`; what is kept goes with its desk.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import trio
from msgspec import Struct

from actors.messages import JobView
from actors.ports import DeskKey, StoreReads
from state.filters import counts_in
from state.model import TERMINAL, Job
from web.deps import Desk
from web.dialects.batchgo.schemas import BatchStatistics
from web.visit import Visit

_PAGE = 1_000
# Of so many tasks of a desk at once: pages look at one or two.
_KEPT = 32
_DIGITS = 6
_LAG = 50


class Sums(Struct, frozen=True):
    """What is known of a job in one of its runs, when `done` of its items had ended. The first
    `prefix` items have ended for good: `before_ms` is the sum of how long they took, `sum_ms` that
    of all `count` that have ended."""

    run: int = -1
    done: int = -1
    prefix: int = 0
    before_ms: float = 0.0
    count: int = 0
    sum_ms: float = 0.0

    @property
    def average_ms(self) -> float:
        return self.sum_ms / self.count if self.count else 0.0


class _Kept:
    """What is known of one desk's tasks, and whose turn it is to learn more."""

    def __init__(self) -> None:
        self.turn = trio.Lock()
        # Written by whoever holds the turn; that looked at last stands at the end.
        self.sums: dict[str, Sums] = {}


class Averages:
    """Built once; every entry lives as long as somebody holds its desk."""

    def __init__(self, store: StoreReads) -> None:
        self._store = store
        # Written by the handler that meets a desk first.
        self._kept: WeakKeyDictionary[Desk, _Kept] = WeakKeyDictionary()

    async def of(self, visit: Visit, view: JobView) -> Sums:
        """The sums of that job now. Raises JobFilesMissing."""
        kept = self._kept.get(visit.desk)
        if kept is None:
            kept = self._kept[visit.desk] = _Kept()
        job, done = view.job, view.counts.done
        async with kept.turn:
            known = kept.sums.pop(job.id, Sums())
            if _is_old(known, job, done):
                known = await self._learn(visit.key, job, done, known)
            kept.sums[job.id] = known
            if len(kept.sums) > _KEPT:
                del kept.sums[next(iter(kept.sums))]
        return known

    async def _learn(self, desk: DeskKey, job: Job, done: int, known: Sums) -> Sums:
        """Read on from where every item had ended. Endings change only with a new run."""
        if known.run != job.run:
            known = Sums()
        prefix, before_ms = known.prefix, known.before_ms
        count, sum_ms = prefix, before_ms
        offset, total = prefix, prefix + 1
        while offset < total:
            page = await self._store.read_outcomes(
                desk, job.id, run=job.run, again=job.again, offset=offset, limit=_PAGE
            )
            for record, item in page.records:
                if not counts_in(job, record, item):
                    continue  # it is done again
                count, sum_ms = count + 1, sum_ms + record.duration_ms
                if record.index == prefix:
                    prefix, before_ms = prefix + 1, sum_ms
            offset, total = offset + _PAGE, page.total
        return Sums(job.run, done, prefix, before_ms, count, sum_ms)


def _is_old(known: Sums, job: Job, done: int) -> bool:
    """Whether there is enough news to read on. A slow item at the front has all that came after it
    read again, so of a running task the newest fiftieth of its outcomes may be left out."""
    if known.run != job.run or (job.status in TERMINAL and known.done != done):
        return True
    return done - known.done > known.done // _LAG


def figures(view: JobView, spent: int, average_ms: float, now: float) -> BatchStatistics:
    """What the contract tells of a task; 0 where there is nothing to divide by."""
    job, counts = view.job, view.counts
    until = now if job.ended_at is None else job.ended_at
    duration_s = 0.0 if job.started_at is None else max(0.0, until - job.started_at)
    return BatchStatistics(
        duration_s=round(duration_s, 3),
        success_rate=_ratio(counts.ok, counts.done),
        average_response_ms=round(average_ms, 1),
        tokens_per_url=_ratio(spent, counts.done),
        urls_per_token=_ratio(counts.done, spent),
        urls_per_s=_ratio(counts.done, duration_s),
        error_rate=_ratio(counts.failed, counts.done),
    )


def _ratio(some: float, of: float) -> float:
    return round(some / of, _DIGITS) if of > 0 else 0.0
