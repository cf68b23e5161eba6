"""What a job's outcome file says about its items: which are still to be done, in which run.

An item whose ending counts is never run again: one that is ok or skipped, whenever that was, and
one that failed in the present run. Used by the runner when it opens a job.
"""

from __future__ import annotations

import trio
from msgspec import Struct

from actors.ports import Replay
from state.model import Counts, Damage, OutcomeStatus
from state.replay import counts_of, stands

# Items looked at between two checkpoints: about 1 ms.
STRIDE = 5_000


class Standing(Struct):
    """Where a job stands. `strikes` are those of items still to be done; `strays` counts endings of
    items that it does not have, `later` those of a run that it has not come to, as its desk is an
    older generation."""

    pending: bytearray
    counts: Counts
    strikes: dict[int, int]
    strays: int = 0
    later: int = 0


async def read_standing(replay: Replay, total: int, run: int) -> Standing:
    """Recount the job from its file, without holding up the loop."""
    pending = bytearray(b"\x01") * total
    tally = dict.fromkeys(OutcomeStatus, 0)
    strays = later = 0
    for position, (index, ending) in enumerate(replay.latest.items()):
        if position % STRIDE == 0:
            await trio.lowlevel.checkpoint()
        strays += index >= total
        later += ending[0] > run
        if index < total and stands(ending, run):
            pending[index] = 0
            tally[ending[1]] += 1
    strikes = {i: n for i, n in replay.strikes.items() if i < total and pending[i]}
    return Standing(pending, counts_of(total, tally), strikes, strays, later)


def damage_in(replay: Replay, standing: Standing, saved: Counts) -> Damage | None:
    """What the file has lost, by its own lines and by what the desk had `saved` of it: only synced
    endings are ever saved, so a file that holds fewer is not what was written."""
    found = standing.counts
    endings = (
        max(0, saved.ok - found.ok)
        + max(0, saved.skipped - found.skipped)
        + max(0, saved.failed - found.failed - standing.later)
    )
    lines = replay.bad_lines + standing.strays
    return Damage(endings, lines) if endings or lines else None


def words_of(damage: Damage) -> str:
    """The damage in a sentence, for the job's log."""
    lost = f"{damage.endings} endings that had been counted are gone, their items are done again"
    bad = f"{damage.lines} damaged lines were passed over"
    said = [text for count, text in ((damage.endings, lost), (damage.lines, bad)) if count]
    return f"the file of the outcomes was damaged: {'; '.join(said)}"
