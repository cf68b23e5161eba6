"""The tasks of a job of agents, each with how it stands: what its newest ending says, or that it
is at work or waits. Shared by `web.agents.api` and `web.agents.results`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import partial

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace

from actors.messages import JobView
from actors.ports import DeskKey, StoreReads
from executors.agent.items import SHOWN_CHARS, AgentItem, stored_item
from state.model import TERMINAL, InputItem, OutcomeRecord, OutcomeStatus
from state.spending import NO_SPEND, Spend, picousd
from web.outcomes import closing
from web.threads import Threads

WAITING, WORKING = "waiting", "working"
COMPLETED, TIMED_OUT, ERROR = "completed", "timeout", "error"
_BATCH = 500


class Spent(Struct, frozen=True, kw_only=True):
    """What an ending says that calls came to."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: str | None = None
    unpriced: int = 0

    @property
    def spend(self) -> Spend:
        try:
            cost = picousd(Decimal(self.cost_usd or ""))
        except (InvalidOperation, ValueError, OverflowError):
            cost = 0
        unpriced = self.unpriced or (self.calls if self.cost_usd is None else 0)
        said = Spend(self.calls, self.prompt_tokens, self.completion_tokens, cost, unpriced)
        return said.within_bounds()


class Said(Spent, frozen=True, kw_only=True):
    """What an ending says of its task: see docs/agents.md."""

    ended_as: str = ""
    stop: str = ""
    iterations: int = 0
    best_round: int = 0
    score: int | None = None
    last_response: str = ""
    last_evaluation: str = ""
    models: dict[str, Spent] = {}


NOTHING = Said()


class Task(Struct, frozen=True, kw_only=True):
    """One task. `said`, `spend` and the rest are of its newest ending, also while it is worked on
    again; `stage` is what one at work does. Long texts are cut or left out where there are many."""

    index: int
    item: AgentItem
    status: str
    said: Said = NOTHING
    spend: Spend = NO_SPEND
    stage: str = ""
    error: str | None = None
    duration_ms: float = 0.0
    at: float | None = None

    @property
    def ended(self) -> bool:
        return self.status not in (WAITING, WORKING)


class Tasks:
    """One for a server. Holds no state of its own."""

    def __init__(self, store: StoreReads, threads: Threads) -> None:
        self._store = store
        self._threads = threads

    async def every(self, desk: DeskKey, view: JobView) -> list[Task]:
        """All tasks, by index. Raises JobFilesMissing."""
        job = view.job
        found: dict[int, Task] = {}
        stages = _stages(view)
        again = await self._again(desk, view)
        endings = self._store.iter_outcomes(desk, job.id, batch=_BATCH)
        async with closing(endings) as batches:
            async for batch in batches:
                read = partial(_ended, batch, stages, again)
                found |= {task.index: task for task in await self._threads.step(read)}
        async for index, item in self._items(desk, job.id):
            if index not in found:
                found[index] = _begun(index, item, stages)
        return [found[index] for index in sorted(found)]

    async def one(self, desk: DeskKey, job_id: str, index: int) -> AgentItem | None:
        """What task `index` is to do; None where there is none. Raises JobFilesMissing."""
        items = await self._store.read_items(desk, job_id, offset=index, limit=1)
        return stored_item(items[0].item) if items else None

    async def _items(self, desk: DeskKey, job_id: str) -> AsyncIterator[tuple[int, InputItem]]:
        offset = 0
        while items := await self._store.read_items(desk, job_id, offset=offset, limit=_BATCH):
            for index, item in enumerate(items, offset):
                yield index, item
            offset += len(items)

    async def _again(self, desk: DeskKey, view: JobView) -> frozenset[int]:
        """Those that are done once more: they have ended, and that counts no longer."""
        job = view.job
        if view.counts.done >= view.counts.total:
            return frozenset()
        pending: list[int] = []
        while True:
            total, some = await self._store.read_pending(
                desk, job.id, run=job.run, again=job.again, offset=len(pending), limit=_BATCH
            )
            pending += [index for index, _ in some]
            if not some or len(pending) >= total:
                return frozenset(pending)


def _stages(view: JobView) -> Mapping[int, str]:
    """What those at work do, as far as they say it."""
    if view.live is None or view.job.status in TERMINAL:
        return {}
    return {item.index: item.stage for item in view.live.working}


def _begun(index: int, item: InputItem, stages: Mapping[int, str]) -> Task:
    """One that has no ending yet."""
    return Task(
        index=index,
        item=_shown(stored_item(item.item)),
        status=WORKING if index in stages else WAITING,
        stage=stages.get(index, ""),
    )


def _ended(
    batch: tuple[tuple[OutcomeRecord, InputItem], ...],
    stages: Mapping[int, str],
    again: frozenset[int],
) -> list[Task]:
    return [_of(record, item, stages, again) for record, item in batch]


def _of(
    record: OutcomeRecord, item: InputItem, stages: Mapping[int, str], again: frozenset[int]
) -> Task:
    said = said_of(record)
    status = status_of(record, said)
    if record.index in again:
        status = WORKING if record.index in stages else WAITING
    return Task(
        index=record.index,
        item=_shown(stored_item(item.item)),
        status=status,
        said=replace(said, last_response="", last_evaluation=""),
        spend=spend_of(record, said),
        stage=stages.get(record.index, "") if status == WORKING else "",
        error=record.error,
        duration_ms=record.duration_ms,
        at=record.at,
    )


def _shown(item: AgentItem) -> AgentItem:
    """A prompt may be a megabyte, and there may be thousands."""
    return AgentItem(item.dir, item.first_prompt[:SHOWN_CHARS])


_decoder = msgspec.json.Decoder(Said)


def said_of(record: OutcomeRecord) -> Said:
    """Where no task had the last word (its worker died) it says nothing."""
    try:
        return _decoder.decode(record.result)
    except msgspec.DecodeError:
        return NOTHING


def spend_of(record: OutcomeRecord, said: Said) -> Spend:
    """What the desk has written beside it counts before what it says."""
    return said.spend if record.spend is UNSET else record.spend


def status_of(record: OutcomeRecord, said: Said) -> str:
    if record.status is OutcomeStatus.OK:
        return COMPLETED
    return TIMED_OUT if said.ended_as == TIMED_OUT else ERROR
