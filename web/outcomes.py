"""Outcomes as users see them: the executor's own fields among those that every kind has.

One shape for the items page and for every export. Called by `web.results_api` and `web.export`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct

from actors.ports import DeskKey, ExecutorSpec, StoreReads
from state.model import InputItem, Job, OutcomeRecord, OutcomeStatus
from state.wanted import OutcomeFilter
from web.views import wire_time

T = TypeVar("T")
Row = dict[str, Any]

# What outcomes say of money, by kind: whoever looks by a share link is not told what a job costs.
_COSTS = {
    "agent": frozenset({"calls", "prompt_tokens", "completion_tokens", "cost_usd", "models"}),
}

# The column of a manifest that has the name of an artifact.
FILE = "file"


def outcome_row(record: OutcomeRecord, item: InputItem, executor: ExecutorSpec | None) -> Row:
    """One OUTCOME. Where no executor had the last word (its worker died, or a limit ended what it
    did) the item speaks for itself."""
    result = msgspec.json.decode(record.result)
    if executor is not None and (not result or "over_limit" in result):
        result = {**executor.describe(item.item), **result}
    if executor is not None and FILE in executor.manifest and record.status is not OutcomeStatus.OK:
        # Its item says which file it would have made, and there is none.
        result.pop(FILE, None)
    common = {
        "index": record.index,
        "status": record.status.value,
        "attempts": record.attempts,
        "duration_ms": round(record.duration_ms, 1),
        "error": record.error,
        "at": wire_time(record.at),
    }
    return {"index": record.index, **result, **common}


def free_row(row: Row, kind: str) -> Row:
    """The same as whoever has a share link is told it."""
    costs = _COSTS.get(kind, frozenset())
    return {name: value for name, value in row.items() if name not in costs}


def pending_row(index: int, item: InputItem, executor: ExecutorSpec | None) -> Row:
    """An item that has no ending yet."""
    said = executor.describe(item.item) if executor is not None else {}
    known = {name: value for name, value in said.items() if value is not None}
    return {**known, "index": index, "status": "pending"}


class Wanted(Struct, frozen=True):
    """Which outcomes: all, or those with a status in that run, which began for what `again` finds;
    of them what the filter finds."""

    status: OutcomeStatus | None = None
    run: int | None = None
    again: OutcomeFilter | None = None
    where: OutcomeFilter | None = None


EVERYTHING = Wanted()


def of_job(job: Job, status: OutcomeStatus | None, where: OutcomeFilter | None) -> Wanted:
    """What a job's counts count so, and of it what the filter finds."""
    return Wanted(status, job.run, job.again, where)


async def iter_rows(
    store: StoreReads,
    desk: DeskKey,
    job_id: str,
    executor: ExecutorSpec | None,
    wanted: Wanted = EVERYTHING,
) -> AsyncIterator[list[Row]]:
    """The outcomes of a job, a batch at a time. Raises JobFilesMissing at the first."""
    found = store.iter_outcomes(
        desk,
        job_id,
        status=wanted.status,
        run=wanted.run,
        again=wanted.again,
        where=wanted.where,
    )
    async with closing(found) as batches:
        async for batch in batches:
            yield [outcome_row(record, item, executor) for record, item in batch]


async def free_rows(
    rows: Callable[[], AsyncIterator[list[Row]]], kind: str
) -> AsyncIterator[list[Row]]:
    """The same as whoever has a share link is told them."""
    async with closing(rows()) as batches:
        async for batch in batches:
            yield [free_row(row, kind) for row in batch]


def closing(iterator: AsyncIterator[T]) -> AbstractAsyncContextManager[AsyncGenerator[T, None]]:
    """Close what a store iterates with where it was left, and not when it is collected.

    The port promises an iterator; every store gives a generator.
    """
    return aclosing(cast(AsyncGenerator[T, None], iterator))
