"""A job as this dialect's task: its words, its counts, how far it is. Pure: the same for REST and
sockets.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from msgspec import UNSET

from actors.messages import JobView
from state.model import TERMINAL, Job, JobStatus
from web.dialects.languages import Language
from web.dialects.taskmanager import texts
from web.dialects.taskmanager.audience import Audience
from web.dialects.taskmanager.configs_shown import CONFIG_ID, DIALECT, NAMED, config_text
from web.dialects.taskmanager.task_schemas import TYPES, ManagerTask, Status
from web.views import wire_time, wire_time_or_none

# As many pictures as one call of the contract makes at most: 8 at once, 10 batches, 20 loops. A
# task of many prompts has more, which its files list.
MAX_LISTED = 1_600
PAUSED = "paused"
_ANYBODY = Audience()
_PICTURES_AN_ITEM = ("batch_size", "batch_count", "loop_count")

_STATUSES: dict[JobStatus, Status] = {
    JobStatus.PENDING: "pending",
    JobStatus.SCHEDULED: "pending",
    JobStatus.QUEUED: "pending",
    JobStatus.RUNNING: "running",
    JobStatus.PAUSED: "running",
    JobStatus.COMPLETED: "completed",
    # Pages tell it by fewer pictures than were found.
    JobStatus.PARTIALLY_COMPLETED: "completed",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLED: "cancelled",
}


def is_task(job: Job) -> bool:
    """Jobs of the five types, whoever has made them."""
    return job.kind in TYPES


def status_of(job: Job) -> Status:
    return word_of(job.status)


def word_of(status: JobStatus) -> Status:
    """What this system calls it."""
    return _STATUSES[status]


def folder_of(job: Job) -> str:
    """What the folder of its pictures is called: `2026-11-23_01-30_generate_<id>`, in UTC, so that
    it stays the same wherever the server is moved."""
    made_at = datetime.fromtimestamp(job.created_at, UTC)
    return f"{made_at:%Y-%m-%d_%H-%M}_{job.kind}_{job.id}"


def progress_of(view: JobView) -> int:
    """0 to 100, with the shares of the items in flight. Cut, not rounded: 100 is shown only when
    nothing is left."""
    counts = view.counts
    if status_of(view.job) == "completed":
        return 100
    if counts.total == 0:
        return 0
    working = () if view.live is None else view.live.working
    done = counts.done + sum(min(item.fraction, 1.0) for item in working)
    share = int(done * 100 / counts.total)
    return min(share, 100 if view.job.status in TERMINAL else 99)


def stage_of(view: JobView) -> str:
    """What it is at, as the one who works at it says."""
    if view.job.status is JobStatus.PAUSED:
        return PAUSED
    if view.live is None:
        return ""
    said = [item.stage for item in view.live.working if item.stage]
    return view.live.stage or (said[0] if said else "")


def images_of(view: JobView) -> tuple[int, int]:
    """(how many pictures were found or asked for, how many of them are there)."""
    tally = view.counts.tally
    found, made = tally.get("found", 0), tally.get("made", 0)
    if view.job.kind != "generate":
        return found, made
    options = (view.job.spec.get(name, 1) for name in _PICTURES_AN_ITEM)
    return view.counts.total * math.prod(options), made


def task_of(
    view: JobView,
    *,
    error: str | None = None,
    audience: Audience = _ANYBODY,
    most_listed: int = MAX_LISTED,
) -> ManagerTask:
    """The task as it is told. `error` is why its items failed, where the job itself says nothing;
    at most `most_listed` of its pictures are named."""
    job = view.job
    found, made = images_of(view)
    reason = job.error or error
    return ManagerTask(
        id=job.id,
        task_id=job.id,
        type=job.kind,  # type: ignore[arg-type]  # `is_task` has said so
        status=status_of(job),
        progress=progress_of(view),
        config=config_text(job),
        config_id=job.memo.get(CONFIG_ID, ""),
        message=message_of(view, audience.language),
        stage=stage_of(view),
        error=reason,
        error_message=reason,
        result=_result(view, found, made, most_listed, audience.origin),
        images_found=found,
        images_generated=found,
        images_downloaded=made,
        images_success=made,
        created_at=wire_time(job.created_at),
        started_at=wire_time_or_none(job.started_at),
        updated_at=wire_time(_changed_at(view)),
        completed_at=wire_time_or_none(job.ended_at),
        name=job.name if _is_named(job) else UNSET,
        queue_position=view.place,
    )


def message_of(view: JobView, language: Language) -> str:
    """One sentence about it."""
    job, counts = view.job, view.counts
    told = texts.STATES["paused" if job.status is JobStatus.PAUSED else status_of(job)]
    return told.told(language, done=counts.done, total=counts.total, failed=counts.failed)


def _result(view: JobView, found: int, made: int, most: int, origin: str) -> str | None:
    """Of what has ended: JSON text."""
    job = view.job
    if job.status not in TERMINAL:
        return None
    told: dict[str, Any]
    if job.kind == "generate":
        loops = job.spec.get("loop_count", 1)
        pictures = pictures_of(job.id, min(made, most), origin)
        told = {"images": pictures, "count": made, "loops": loops}
    elif job.kind == "crawl":
        told = {"expected_images": found, "has_limit": _has_limit(job)}
    else:
        told = {"count": made, "total": found}
    return json.dumps(told)


def pictures_of(job_id: str, count: int, origin: str = "") -> list[str]:
    """The addresses of its pictures, from the first on."""
    pictures = f"{origin}/api/tasks/{job_id}/images"
    return [f"{pictures}/{n}" for n in range(1, min(count, MAX_LISTED) + 1)]


def _has_limit(job: Job) -> bool:
    said = job.memo.get("config") or {}
    return bool(said.get("max_images"))


def _is_named(job: Job) -> bool:
    """Whether somebody gave it a name: the dialect writes down that nobody did."""
    return job.memo.get("dialect") != DIALECT or bool(job.memo.get(NAMED))


def _changed_at(view: JobView) -> float:
    """When something of it was last heard of."""
    job = view.job
    working = job.working if view.live is None else view.live.working
    times = (job.created_at, job.started_at, job.ended_at, *(item.at for item in working))
    return max(at for at in times if at is not None)
