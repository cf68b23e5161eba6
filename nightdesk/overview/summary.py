"""What one desk's snapshot comes to, in numbers; and the same of all desks, each counted anew only
where it has changed. Used by `nightdesk.overview.watch`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import trio
from msgspec import Struct

from actors.directory import Entry
from actors.messages import JobView, Published
from actors.ports import DeskKey
from state.model import JobStatus

# So many jobs are counted before the loop may do something else.
JOBS_A_TURN = 2_000
# How the stage of a job begins whose server is away, and the endpoint of those that name none.
_WAITS = "waits for"
WEBUI = "webui"


class Summary(Struct, frozen=True):
    """`lanes`: (running, queued) by lane. `endpoints`: (jobs that use it, of them those that wait
    for it) by name; `WEBUI` is the WebUI."""

    jobs: Mapping[str, int] = {}
    lanes: Mapping[str, tuple[int, int]] = {}
    endpoints: Mapping[str, tuple[int, int]] = {}
    in_flight: int = 0
    waiting: int = 0
    rate_per_s: float = 0.0


NOTHING = Summary()


def summary_of(published: Published) -> Summary:
    """Pure."""
    views = published.jobs.values()
    live = [view.live for view in views if view.live is not None]
    return Summary(
        jobs=Counter(view.job.status.value for view in views),
        lanes=_pairs(
            (view.job.lane, view.job.status is JobStatus.RUNNING)
            for view in views
            if view.job.status in (JobStatus.RUNNING, JobStatus.QUEUED)
        ),
        endpoints=_used(views),
        in_flight=sum(each.in_flight for each in live),
        waiting=sum(each.waiting for each in live),
        rate_per_s=sum(each.rate_per_s for each in live),
    )


def _pairs(found: Iterable[tuple[str, bool]]) -> dict[str, tuple[int, int]]:
    """How many by name: (of those that are so, of the others)."""
    pairs: dict[str, tuple[int, int]] = {}
    for name, first in found:
        yes, no = pairs.get(name, (0, 0))
        pairs[name] = (yes + first, no + (not first))
    return pairs


def _used(views: Iterable[JobView]) -> dict[str, tuple[int, int]]:
    used: dict[str, tuple[int, int]] = {}
    for view in views:
        if view.job.status is not JobStatus.RUNNING or view.live is None:
            continue
        waits = view.live.stage.startswith(_WAITS)
        name = view.job.spec.get("endpoint") if view.job.kind == "agent" else None
        if name is None and not waits:
            continue
        jobs, waiting = used.get(name or WEBUI, (0, 0))
        used[name or WEBUI] = (jobs + 1, waiting + waits)
    return used


class Summaries:
    """Written by `look`, which one task at a time may call."""

    def __init__(self) -> None:
        # By desk: the revision that was summed up, and what it came to.
        self._known: dict[DeskKey, tuple[int, Summary]] = {}

    def of(self, key: DeskKey) -> Summary:
        """As of the last look."""
        return self._known.get(key, (0, NOTHING))[1]

    async def look(self, entries: Iterable[Entry]) -> None:
        """Sum up those that have changed since the last look, and forget those that are gone."""
        known: dict[DeskKey, tuple[int, Summary]] = {}
        counted = 0
        for entry in entries:
            published = entry.feed.newest
            if published is None:
                continue
            before = self._known.get(entry.key)
            if before is None or before[0] != published.revision:
                before = published.revision, summary_of(published)
                counted += 1 + len(published.jobs)
            known[entry.key] = before
            if counted >= JOBS_A_TURN:
                counted = 0
                await trio.lowlevel.checkpoint()
        self._known = known
