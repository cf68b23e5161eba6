"""What a job's outcome file says about its items: which are still to be done, in which run.

An item whose ending counts is never run again: one that is ok or skipped, whenever that was, and
one that failed in the present run, or before it where the last retry was not for it. Used by the
runner when it opens a job.
"""

from __future__ import annotations

from collections import Counter

import trio
from msgspec import Struct

from actors.ports import DeskKey, Replay, StoreReads
from state.model import Counts, Damage, Job, OutcomeStatus, Tally
from state.replay import counts_of, spent, stands, tallied
from state.spending import Spend

# Items looked at between two checkpoints: about 1 ms.
STRIDE = 5_000

FAILURES = (OutcomeStatus.FAILED, OutcomeStatus.POISONED)


class Standing(Struct):
    """Where a job stands. `strikes` and `deaths` (all, forgiven or not) are those of items still to
    be done; `strays` counts endings of items that it does not have, `later` those of a run that it
    has not come to, as its desk is an older generation, `passed_over` failures of former runs that
    stand. `failed_before` are the items that failed in one and are done again, `tallies` what those
    that have ended before and are done again were tallied with, `spends` what items that are still
    to be done have spent. `undone` are the endings of a finale in former runs, which the desk may
    have counted, by how they were."""

    pending: bytearray
    counts: Counts
    strikes: dict[int, int]
    strays: int = 0
    later: int = 0
    passed_over: int = 0
    failed_before: list[int] = []
    tallies: dict[int, Tally] = {}
    undone: Counter[OutcomeStatus] = Counter()
    spends: dict[int, Spend] = {}
    deaths: dict[int, int] = {}


async def items_again(store: StoreReads, desk: DeskKey, job: Job, total: int) -> bytearray | None:
    """A 1 for each failed item, of so many, that the job's last retry has found; None where it
    asked for all."""
    if job.again is None:
        return None
    found = bytearray(total)
    failed = store.iter_outcomes(desk, job.id, status=OutcomeStatus.FAILED, where=job.again)
    async for batch in failed:
        for record, _ in batch:
            found[record.index] = 1
    return found


async def read_standing(
    replay: Replay, total: int, run: int, again: bytearray | None = None
) -> Standing:
    """Recount the job from its file, without holding up the loop. `again` are `items_again`."""
    pending = bytearray(b"\x01") * total
    ends = dict.fromkeys(OutcomeStatus, 0)
    failed_before: list[int] = []
    undone: Counter[OutcomeStatus] = Counter()
    strays = later = passed_over = 0
    for position, (index, ending) in enumerate(replay.latest.items()):
        if position % STRIDE == 0:
            await trio.lowlevel.checkpoint()
        strays += index >= total
        later += ending[0] > run
        once = index in replay.once
        anew = again is None or index >= total or bool(again[index])
        if index < total and stands(ending, run, again=anew, once=once):
            pending[index] = 0
            ends[ending[1]] += 1
            passed_over += ending[0] != run and ending[1] in FAILURES
        elif index < total and once:
            undone[ending[1]] += 1
        elif index < total and ending[1] in FAILURES:
            failed_before.append(index)
    strikes = {i: n for i, n in replay.strikes.items() if i < total and pending[i]}
    deaths = {i: n for i, n in replay.deaths.items() if i < total and pending[i]}
    told = (tallied(replay.tallies, total), spent(replay.spends, total))
    counts = counts_of(total, ends, *told)
    tallies = {i: tally for i, tally in replay.tallies.items() if i < total and pending[i]}
    spends = {i: spend for i, spend in replay.spends.items() if i < total and pending[i]}
    return Standing(
        pending,
        counts,
        strikes,
        strays,
        later,
        passed_over,
        failed_before,
        tallies,
        undone,
        spends,
        deaths,
    )


def damage_in(replay: Replay, standing: Standing, saved: Counts) -> Damage | None:
    """What the file has lost, by its own lines and by what the desk had `saved` of it: only synced
    endings are ever saved, so a file that holds fewer is not what was written."""
    found, undone = standing.counts, standing.undone
    failed = found.failed + standing.later + sum(undone[status] for status in FAILURES)
    endings = (
        max(0, saved.ok - found.ok - undone[OutcomeStatus.OK])
        + max(0, saved.skipped - found.skipped - undone[OutcomeStatus.SKIPPED])
        + max(0, saved.failed - failed)
    )
    lines = replay.bad_lines + standing.strays
    return Damage(endings, lines) if endings or lines else None


def words_of(damage: Damage) -> str:
    """The damage in a sentence, for the job's log."""
    lost = f"{damage.endings} endings that had been counted are gone, their items are done again"
    bad = f"{damage.lines} damaged lines were passed over"
    said = [text for count, text in ((damage.endings, lost), (damage.lines, bad)) if count]
    return f"the file of the outcomes was damaged: {'; '.join(said)}"
