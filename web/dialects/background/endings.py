"""How the tasks of the newest job have ended, kept from one poll to the next.

Every open page asks for the status every 3 seconds, and a job may have a thousand tasks whose
outcomes are large: so only what has ended since the last time is read. Owned by `tasks`; what is
kept goes with the desk it is of.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import msgspec
import trio
from msgspec import Raw, Struct

from actors.messages import JobView
from actors.ports import DeskKey, StoreReads
from state.filters import counts_in
from state.model import InputItem, Job, OutcomeRecord, OutcomeStatus
from web.deps import Desk
from web.dialects.background.schemas import TaskState
from web.visit import Visit

# Outcomes may hold a megabyte each, and items some hundred steps: so many are in memory at once.
_PAGE = 16

_STATES: dict[OutcomeStatus, TaskState] = {
    OutcomeStatus.OK: "completed",
    OutcomeStatus.FAILED: "failed",
    OutcomeStatus.POISONED: "failed",
    OutcomeStatus.SKIPPED: "skipped",
}


class Label(Struct, frozen=True):
    """What a task is called. A plain URL is its own name."""

    url: str = ""
    name: str = ""

    @property
    def shown(self) -> str:
        return self.name or self.url


class Ended(Struct, frozen=True):
    """How a task ended, as far as a status tells it."""

    state: TaskState
    error: str
    screenshots: tuple[str, ...]
    steps: int
    at: float


class Known(Struct, frozen=True):
    """What is known of a job in one of its runs, when `done` of its items had ended."""

    job_id: str
    run: int
    done: int
    labels: dict[int, Label]
    ended: dict[int, Ended]

    def is_of(self, job: Job) -> bool:
        return (self.job_id, self.run) == (job.id, job.run)

    @property
    def prefix(self) -> int:
        """So many of the first items have ended for good; mostly it is all that have."""
        count = 0
        while count in self.ended:
            count += 1
        return count


class _Result(Struct, frozen=True):
    """What of a journey's result a status tells."""

    screenshots: list[str] = []
    steps_total: int = 0


_labels = msgspec.json.Decoder(str | Label)
_results = msgspec.json.Decoder(_Result)


class _Kept:
    """What is known of one desk, and whose turn it is to learn more."""

    def __init__(self) -> None:
        self.turn = trio.Lock()
        # Written by whoever holds the turn.
        self.known: Known | None = None


class Endings:
    """Built once; every entry lives as long as somebody holds its desk."""

    def __init__(self, store: StoreReads) -> None:
        self._store = store
        # Written by the handler that meets a desk first.
        self._kept: WeakKeyDictionary[Desk, _Kept] = WeakKeyDictionary()

    async def of(self, visit: Visit, view: JobView) -> Known:
        """What is known of that job now. Raises JobFilesMissing."""
        kept = self._kept.get(visit.desk)
        if kept is None:
            kept = self._kept[visit.desk] = _Kept()
        job, done = view.job, view.counts.done
        async with kept.turn:
            known = kept.known
            if known is None or not known.is_of(job) or known.done != done:
                known = kept.known = await self._learn(visit.key, job, done, known)
        return known

    async def _learn(self, desk: DeskKey, job: Job, done: int, known: Known | None) -> Known:
        """Read what is new. Items never change, endings only with a new run."""
        if known is None or known.job_id != job.id:
            known = Known(job.id, job.run, 0, await self._waiting(desk, job.id), {})
        elif known.run != job.run:
            known = Known(job.id, job.run, 0, known.labels, {})
        labels, ended = dict(known.labels), dict(known.ended)
        offset, total = known.prefix, known.prefix + 1
        while offset < total:
            page = await self._store.read_outcomes(desk, job.id, offset=offset, limit=_PAGE)
            for record, item in page.records:
                labels.setdefault(record.index, _label_of(item))
                if counts_in(job, record, item):
                    ended[record.index] = _ended_of(record)
            offset, total = offset + _PAGE, page.total
        return Known(job.id, job.run, done, labels, ended)

    async def _waiting(self, desk: DeskKey, job_id: str) -> dict[int, Label]:
        """What the items that have not ended are called."""
        labels: dict[int, Label] = {}
        offset, total = 0, 1
        while offset < total:
            total, page = await self._store.read_pending(desk, job_id, offset=offset, limit=_PAGE)
            labels |= {index: _label_of(item) for index, item in page}
            offset += _PAGE
        return labels


def _label_of(item: InputItem) -> Label:
    found = _labels.decode(item.item)
    return Label(found) if isinstance(found, str) else found


def _ended_of(record: OutcomeRecord) -> Ended:
    result = _result_of(record.result)
    return Ended(
        state=_STATES[record.status],
        error=record.error or "",
        screenshots=tuple(result.screenshots),
        steps=max(0, result.steps_total),
        at=record.at,
    )


def _result_of(result: Raw) -> _Result:
    """It comes from a worker, as it is: what is no such result tells nothing."""
    try:
        return _results.decode(result)
    except msgspec.DecodeError:
        return _Result()
