"""What must hold of the lanes of a desk between one durable state and the next.

Used by the promises. Written from the words of `docs/job-lifecycle.md`, not from the rules' code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from actors.rules.facts import waits_for_storage
from state.model import DeskState, Job, JobStatus


def lane_faults(before: DeskState, after: DeskState, width: int) -> Iterator[str]:
    """Lanes too full, and jobs that started before their turn."""
    busy = Counter(job.lane for job in after.jobs.values() if in_lane(job))
    for lane, jobs in busy.items():
        if jobs > width:
            yield f"lane {lane} runs {jobs} jobs, its width is {width}"
    waiting = [job for job in after.jobs.values() if job.status is JobStatus.QUEUED]
    for job in after.jobs.values():
        if _started(before.jobs.get(job.id), job):
            for other in waiting:
                if other.lane == job.lane and _turn(other) < _turn(job):
                    yield f"{job.id} started before {other.id}, whose turn it was"


def in_lane(job: Job) -> bool:
    """Whether the job takes up room in its lane."""
    return job.status is JobStatus.RUNNING or waits_for_storage(job)


def _started(old: Job | None, job: Job) -> bool:
    if job.status is not JobStatus.RUNNING:
        return False
    return old is None or old.run != job.run or not in_lane(old)


def _turn(job: Job) -> tuple[int, int]:
    return (-job.priority, job.arrival)
