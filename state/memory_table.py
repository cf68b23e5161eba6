"""Endings that are kept in memory, sorted and grouped: made anew for each answer, by the table that
the file store keeps. Called by `state.memory`.
"""

from __future__ import annotations

from functools import partial

from state.filters import item_url, seen_in
from state.groups import CausePage, causes_of
from state.memory_jobs import Ending, MemoryJob
from state.model import OutcomeStatus
from state.table import Table
from state.wanted import Order, OutcomeFilter


def sorted_endings(job: MemoryJob, endings: list[Ending], order: Order | None) -> list[Ending]:
    """These in that order; without one as they are."""
    if order is None:
        return endings
    by_index = {record.index: (record, item) for record, item in endings}
    chosen = _chosen(job, endings)
    found = _table(job).sorted(chosen, order, 0, len(chosen))
    return [by_index[index] for index in found]


def causes_in(job: MemoryJob, run: int | None, again: OutcomeFilter | None) -> CausePage:
    """Of those that count as failed."""
    failed = _chosen(job, job.endings(OutcomeStatus.FAILED, run, again))
    return causes_of(_table(job), _chosen(job, job.endings(None, run)), failed)


def _chosen(job: MemoryJob, endings: list[Ending]) -> bytearray:
    chosen = bytearray(len(job.inputs))
    for record, _ in endings:
        chosen[record.index] = 1
    return chosen


def _table(job: MemoryJob) -> Table:
    table = Table(len(job.inputs), 0)
    for line in job.lines:
        if line.index < table.count:
            table.take(seen_in(line), partial(item_url, job.inputs[line.index].item))
    return table
