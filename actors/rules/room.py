"""Whether a desk has room for one more job. Pure; used by the rules that make jobs."""

from __future__ import annotations

from actors.errors import InvalidStatus, LaneBusy, LimitReached
from actors.rules.change import Limits
from state.model import TERMINAL, DeskState


def check_room(state: DeskState, job_id: str, limits: Limits, *, alone_in: str | None) -> None:
    """Raises InvalidStatus for an id that is taken, LimitReached, and LaneBusy for a job that is to
    be `alone_in` a lane."""
    # First, so that the repetition of what has filled the desk is known for one.
    if job_id in state.jobs:
        raise InvalidStatus(
            "there is a job of that id already",
            status=state.jobs[job_id].status,
            cause="id_taken",
            job_id=job_id,
        )
    if len(state.jobs) >= limits.max_jobs:
        raise LimitReached(f"a desk holds at most {limits.max_jobs} jobs", limit=limits.max_jobs)
    if alone_in is not None and any(
        job.lane == alone_in and job.status not in TERMINAL for job in state.jobs.values()
    ):
        raise LaneBusy(f"another job of the lane {alone_in!r} has not ended yet")
