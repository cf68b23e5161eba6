"""A job as the contract's task: its words, its counts, how far it is. Pure: the same for REST,
sockets and downloads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors.messages import JobView
from state.model import TERMINAL, Counts, Job, JobStatus
from web.dialects.documents.naming import family_of
from web.dialects.documents.paths import Family
from web.dialects.documents.schemas import DocumentsTask, Stage, Status
from web.documents.tally import named_templates
from web.views import wire_time, wire_time_or_none

_STATUSES: dict[JobStatus, Status] = {
    JobStatus.PENDING: "pending",
    # One with a schedule does nothing but wait, until somebody ends it.
    JobStatus.SCHEDULED: "running",
    JobStatus.QUEUED: "running",
    JobStatus.RUNNING: "running",
    JobStatus.PAUSED: "paused",
    JobStatus.COMPLETED: "completed",
    JobStatus.PARTIALLY_COMPLETED: "partially_completed",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLED: "cancelled",
}
# What families B and C call what A has another word for.
_OLDER: dict[Status, Status] = {"running": "processing", "partially_completed": "completed"}


def status_of(job: Job, family: Family | None = None) -> Status:
    """In the words of that family; None: of the one that made the task."""
    said = _STATUSES[job.status]
    family = family_of(job) if family is None else family
    return said if family == "A" else _OLDER.get(said, said)


def percent_of(counts: Counts) -> int:
    """Cut, not rounded: 100 is shown only when nothing is left."""
    return counts.done * 100 // counts.total if counts.total else 0


def stage_of(view: JobView) -> Stage:
    """Which of the contract's steps the task is at. Rows and templates are read when it is made,
    and archives are put together while they are sent: those steps are never waited for."""
    job, counts = view.job, view.counts
    if job.status in (JobStatus.PENDING, JobStatus.QUEUED, JobStatus.SCHEDULED):
        return "initializing"
    if job.status in TERMINAL or counts.done >= counts.total:
        return "finalizing"
    begun = counts.done > 0 or (view.live is not None and view.live.in_flight > 0)
    return "generating_documents" if begun else "preparing_mapping"


def task_of(view: JobView, family: Family | None = None) -> DocumentsTask:
    """The task as it is told, in the words of that family."""
    job, counts = view.job, view.counts
    return DocumentsTask(
        id=job.id,
        taskId=job.id,
        name=job.name,
        status=status_of(job, family),
        mode=job.spec["mode"],
        outputFormat=job.spec["format"],
        templateIds=[id for id, _ in named_templates(job)],
        dataSourceId=job.spec["data_source"],
        progress=percent_of(counts),
        currentStep=stage_of(view),
        totalDocuments=counts.total,
        completedDocuments=counts.ok,
        failedDocuments=counts.failed,
        pendingDocuments=max(0, counts.total - counts.done),
        createdAt=wire_time(job.created_at),
        startedAt=wire_time_or_none(job.started_at),
        completedAt=wire_time_or_none(job.ended_at),
        error=job.error,
        options=options_of(job),
        websocketUrl=socket_of(job),
    )


def options_of(job: Job) -> Mapping[str, Any]:
    """The task's options, each by the first of its names."""
    spec = job.spec
    timeout_s = spec["timeout_s"]
    told = {
        "concurrency": spec["concurrency"],
        "continueOnError": not spec["stop_on_failure"],
        "retries": spec["retries"],
        "timeoutMs": None if timeout_s is None else round(timeout_s * 1_000),
        "fileName": spec["file_name"],
        "zipFileName": job.memo.get("zip_name") or None,
        "missing": spec["missing"],
        "locale": spec["locale"],
        "condition": spec["filter"],
        "limit": spec["limit"],
    }
    return {name: value for name, value in told.items() if value is not None}


def socket_of(job: Job) -> str:
    """Where its progress is told."""
    return f"/v2/stream/{job.id}"
