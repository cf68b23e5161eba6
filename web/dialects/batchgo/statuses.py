"""The statuses of jobs in the words of each of the dialect's families of paths. Pure.

Used by what shows tasks, and by `refusals` for what a task's status does not allow.
"""

from __future__ import annotations

from state.model import TERMINAL, JobStatus
from web.dialects.batchgo.paths import AUTOCLICK, BATCHGO, FAMILIES, SCHEDULES
from web.dialects.batchgo.schemas import LegacyStatus, Status

# It is off: no pass begins by itself.
AT_REST = frozenset({JobStatus.PENDING, JobStatus.PAUSED})

_STATUSES: dict[JobStatus, Status] = {
    JobStatus.PENDING: "pending",
    # A task that waits for its next pass is at work, as its pages see it.
    JobStatus.SCHEDULED: "running",
    JobStatus.QUEUED: "running",
    JobStatus.RUNNING: "running",
    JobStatus.PAUSED: "paused",
    JobStatus.COMPLETED: "completed",
    JobStatus.PARTIALLY_COMPLETED: "completed",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLED: "cancelled",
}
_LEGACY: dict[Status, LegacyStatus] = {
    "pending": "pending",
    "running": "running",
    # Older pages know no pause, and go on asking.
    "paused": "running",
    "completed": "completed",
    "failed": "error",
    "cancelled": "terminated",
}


def new_status(status: JobStatus) -> Status:
    """The new API's."""
    return _STATUSES[status]


def old_status(status: JobStatus) -> LegacyStatus:
    """The older paths'."""
    return _LEGACY[_STATUSES[status]]


def task_status(status: JobStatus) -> str:
    """AutoClick's page of tasks knows three words."""
    if status in TERMINAL:
        return "terminated"
    return "pending" if status in AT_REST else "running"


def schedule_status(status: JobStatus) -> str:
    """Its page of schedules knows two."""
    return "DISABLED" if status in AT_REST | TERMINAL else "ENABLED"


def status_at(path: str, status: JobStatus) -> str:
    """As whoever asks for that path calls it."""
    if path.startswith(BATCHGO):
        return new_status(status)
    if path.startswith(AUTOCLICK):
        return task_status(status)
    if any(path.startswith(f"{family}/{SCHEDULES}") for family in FAMILIES):
        return schedule_status(status)
    return old_status(status)
