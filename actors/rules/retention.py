"""When ended jobs are swept from a desk, and when a desk goes that was never used. Pure; called by
the session at its alarms.

A job is kept for a time of its own or for the server's. One that the desk's journeys have not
learned the end of yet is kept until they have, but no longer than the server keeps any. One whose
model has yet to be taken into the library has a day for that.
"""

from __future__ import annotations

from actors.rules.change import Change, Moment
from actors.rules.jobs import forget
from actors.rules.journeys import is_settled
from actors.rules.products import is_untaken
from state.model import TERMINAL, DeskState, Job

# What a job has learned is fetched within moments, unless the disk is full; so long it has for it.
UNTAKEN_S = 24 * 3600.0


def sweep(state: DeskState, retention_s: float, moment: Moment) -> Change:
    """Forget the ended jobs whose time is over; `retention_s` is the server's."""
    change = Change(state)
    for job in state.jobs.values():
        if job.status in TERMINAL and _due(state, job, retention_s) <= moment.now:
            change = change.then(forget(change.state, job.id, moment))
    return change


def next_sweep(state: DeskState, retention_s: float) -> float | None:
    """When the next job will be due; None where none has ended."""
    ended = [job for job in state.jobs.values() if job.status in TERMINAL]
    return min((_due(state, job, retention_s) for job in ended), default=None)


def expires_at(state: DeskState, retention_s: float) -> float | None:
    """When a guest's desk in which nothing was ever done is to go itself; None for any other. Such
    a desk is as it was made: its first save was its last."""
    return state.created_at + retention_s if state.guest and state.revision == 0 else None


def _due(state: DeskState, job: Job, retention_s: float) -> float:
    kept_s = retention_s if job.retention_s is None else job.retention_s
    if not is_settled(state.journeys, job):
        kept_s = max(kept_s, retention_s)
    if is_untaken(job):
        kept_s = max(kept_s, retention_s, UNTAKEN_S)
    # A job that ended has its time; one restored without it is due at once.
    return (job.ended_at or 0.0) + kept_s
