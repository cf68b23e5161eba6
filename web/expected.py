"""How long a job will take, as far as anybody can say: by what jobs of its kind took on this desk,
else by what the kind usually takes. Pure; used by `web.outline_api`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from actors.messages import JobView
from state.model import TERMINAL

# The newest ones; what was long ago says little.
MOST_JOBS = 20


class Expected(Struct, frozen=True):
    """`seconds` for all items; jobs that were measured came to `low_s` and `high_s`, by item.
    `basis` says what it is taken from: `measured` on this desk, from so many `jobs` and their
    `items`; or what is `usual`."""

    seconds: float
    low_s: float
    high_s: float
    basis: Literal["measured", "usual"]
    jobs: int
    items: int


def measured(views: Iterable[JobView], kind: str, items: int) -> Expected | None:
    """By the newest jobs of the kind that have ended and done something; None where there is none.
    Time that one was paused counts: nobody knows it better."""
    each: list[float] = []
    spent = done = 0.0
    for view in views:
        job = view.job
        if job.kind != kind or job.status not in TERMINAL or len(each) == MOST_JOBS:
            continue
        count = view.counts.ok + view.counts.failed
        if job.started_at is None or job.ended_at is None or count == 0:
            continue
        took = max(0.0, job.ended_at - job.started_at)
        each.append(took / count)
        spent, done = spent + took, done + count
    if not each:
        return None
    low, high = min(each) * items, max(each) * items
    return Expected(spent / done * items, low, high, "measured", len(each), int(done))


def usual(seconds: float) -> Expected:
    """By what the kind takes elsewhere."""
    return Expected(seconds, seconds, seconds, "usual", 0, 0)
