"""What a line of a job's log says of the job, for programs: the words beside it are for people.

Written by `actors.runner`, kept with the line (`state.joblog`), told as history by `web.timeline`.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

JobEventName = Literal[
    "begun",
    "taken_up",
    "worker_died",
    "waits_for_disk",
    "disk_back",
    "stopped",
    "rested",
    "finished",
    "cancelled",
    "broken",
    "crashed",
]


class EventCounts(Struct, frozen=True):
    """How the items of a job stood when a run of it ended."""

    ok: int
    failed: int
    skipped: int
    total: int


class JobEvent(Struct, frozen=True, omit_defaults=True):
    """`begun` and `taken_up` (after `reason`, which was an interruption) have `n` items to do,
    `worker_died` (by `reason`) `n` that are tried once more, `stopped` (at the first failure) `n`
    that were not done. `waits_for_disk` says why. How a run ended has `counts`: `rested` is when it
    was to (a pause, a stop of the server)."""

    what: JobEventName
    n: int | None = None
    reason: str = ""
    counts: EventCounts | None = None
