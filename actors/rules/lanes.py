"""Which queued jobs start next: every lane of a desk runs `width` jobs at once, or as many as is
said of that lane.

Within a lane by priority, then in order of arrival; where the desk's plan lets it run no more than
so many in all, among the lanes too. Pure; called by the session after each batch of
messages that changed a job's status.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from actors.rules.change import Change, Moment, move
from actors.rules.facts import waits_for_storage
from state.model import DeskState, Job, JobStatus

NO_WIDTHS: Mapping[str, int] = {}


def startable(
    state: DeskState,
    width: int,
    max_running: int | None = None,
    widths: Mapping[str, int] = NO_WIDTHS,
) -> list[Job]:
    """The queued jobs for which there is room, those of a lane in the order of their start.
    `widths` are those of lanes that have another."""
    busy: Counter[str] = Counter()
    queued: defaultdict[str, list[Job]] = defaultdict(list)
    for job in state.jobs.values():
        if job.status is JobStatus.QUEUED:
            queued[job.lane].append(job)
        elif job.status is JobStatus.RUNNING or waits_for_storage(job):
            busy[job.lane] += 1
    fitting = [
        job
        for lane, jobs in queued.items()
        for job in sorted(jobs, key=_turn)[: max(0, widths.get(lane, width) - busy[lane])]
    ]
    if max_running is None:
        return fitting
    return sorted(fitting, key=_turn)[: max(0, max_running - busy.total())]


def waiting_order(jobs: Iterable[Job]) -> dict[str, int]:
    """The places of queued jobs in their lanes, by job id: 1 is whose turn is next."""
    queued: defaultdict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        if job.status is JobStatus.QUEUED:
            queued[job.lane].append(job)
    return {
        job.id: place
        for waiting in queued.values()
        for place, job in enumerate(sorted(waiting, key=_turn), 1)
    }


def start_next(
    state: DeskState,
    width: int,
    moment: Moment,
    max_running: int | None = None,
    widths: Mapping[str, int] = NO_WIDTHS,
) -> Change:
    """Start all that have room. `started_at` is that of the job's first start."""
    change = Change(state)
    for job in startable(state, width, max_running, widths):
        started = moment.now if job.started_at is None else job.started_at
        step = move(change.state, job, JobStatus.RUNNING, moment, started_at=started)
        change = change.then(step)
    return change


def _turn(job: Job) -> tuple[int, int]:
    return (-job.priority, job.arrival)
