"""What a job's outcome file says about its items: which are still to be done, in which run.

An item whose ending counts is never run again: one that is ok or skipped, whenever that was, and
one that failed in the present run. Used by the runner when it opens a job.
"""

from __future__ import annotations

import trio
from msgspec import Struct

from actors.ports import Replay
from state.model import Counts, OutcomeStatus
from state.replay import counts_of, stands

# Items looked at between two checkpoints: about 1 ms.
STRIDE = 5_000


class Standing(Struct):
    """Where a job stands. `strikes` are those of items still to be done."""

    pending: bytearray
    counts: Counts
    strikes: dict[int, int]


async def read_standing(replay: Replay, total: int, run: int) -> Standing:
    """Recount the job from its file, without holding up the loop."""
    pending = bytearray(b"\x01") * total
    tally = dict.fromkeys(OutcomeStatus, 0)
    for position, (index, ending) in enumerate(replay.latest.items()):
        if position % STRIDE == 0:
            await trio.lowlevel.checkpoint()
        if index < total and stands(ending, run):
            pending[index] = 0
            tally[ending[1]] += 1
    strikes = {i: n for i, n in replay.strikes.items() if i < total and pending[i]}
    return Standing(pending, counts_of(total, tally), strikes)
