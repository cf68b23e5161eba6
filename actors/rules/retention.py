"""When ended jobs are swept from a desk. Pure; called by the session at its alarms."""

from __future__ import annotations

from actors.rules.change import Change, Moment
from actors.rules.jobs import forget
from state.model import TERMINAL, DeskState


def sweep(state: DeskState, retention_s: float, moment: Moment) -> Change:
    """Forget the jobs that ended `retention_s` ago or longer."""
    change = Change(state)
    for job in state.jobs.values():
        if job.status in TERMINAL and _due(job.ended_at, retention_s) <= moment.now:
            change = change.then(forget(change.state, job.id, moment))
    return change


def next_sweep(state: DeskState, retention_s: float) -> float | None:
    """When the next job will be due; None where none has ended."""
    ends = [job.ended_at for job in state.jobs.values() if job.status in TERMINAL]
    return min((_due(at, retention_s) for at in ends), default=None)


def _due(ended_at: float | None, retention_s: float) -> float:
    # A job that ended has its time; one restored without it is due at once.
    return (ended_at or 0.0) + retention_s
