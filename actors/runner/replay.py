"""What a job's outcome file says about its items: which are still to be done, in which run.

An item whose ending counts is never run again: one that is ok or skipped, whenever that was, and
one that failed in the present run. Used by the runner when it opens a job.
"""

from __future__ import annotations

import trio
from msgspec import Struct

from actors.ports import Replay
from state.model import Counts, OutcomeStatus

# Items looked at between two checkpoints: about 1 ms.
STRIDE = 5_000

_FOR_GOOD = (OutcomeStatus.OK, OutcomeStatus.SKIPPED)


class Standing(Struct):
    """Where a job stands. `strikes` are those of items still to be done."""

    pending: bytearray
    counts: Counts
    strikes: dict[int, int]


async def read_standing(replay: Replay, total: int, run: int) -> Standing:
    """Recount the job from its file, without holding up the loop."""
    pending = bytearray(b"\x01") * total
    tally = dict.fromkeys(OutcomeStatus, 0)
    for position, (index, (made_in, status)) in enumerate(replay.latest.items()):
        if position % STRIDE == 0:
            await trio.lowlevel.checkpoint()
        if index < total and (status in _FOR_GOOD or made_in == run):
            pending[index] = 0
            tally[status] += 1
    strikes = {i: n for i, n in replay.strikes.items() if i < total and pending[i]}
    counts = Counts(
        total=total,
        ok=tally[OutcomeStatus.OK],
        failed=tally[OutcomeStatus.FAILED] + tally[OutcomeStatus.POISONED],
        skipped=tally[OutcomeStatus.SKIPPED],
    )
    return Standing(pending, counts, strikes)
