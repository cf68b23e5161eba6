"""How far a task is, by the names that pages read. Pure."""

from __future__ import annotations

from actors.messages import JobView
from state.model import TERMINAL, JobStatus
from web.dialects.batchgo import texts
from web.dialects.batchgo.schemas import BatchProgress, LegacyStatus, Status
from web.dialects.batchgo.view import (
    Whole,
    error_of,
    mode_of,
    percent_of,
    shown_id,
    stage_of,
    status_of,
    whole_of,
)
from web.dialects.languages import Language
from web.visit import Visit

_MS = 1_000


def progress_of(
    visit: Visit,
    view: JobView,
    now: float,
    language: Language,
    status: LegacyStatus | None = None,
) -> BatchProgress:
    """`status` is what older pages call it, where one of them asks."""
    whole = whole_of(view, visit.desk.published.jobs)
    job, counts = view.job, whole.counts
    percent = percent_of(counts)
    elapsed_ms = _elapsed_ms(whole, now)
    said: LegacyStatus | Status = status_of(job) if status is None else status
    return BatchProgress(
        taskId=shown_id(job),
        task_id=shown_id(job) if status else job.id,
        mode=mode_of(job),
        status=said,
        progress=int(percent),
        percentage=percent,
        total=counts.total,
        processed=counts.done,
        successCount=counts.ok,
        failCount=counts.failed,
        pendingCount=max(0, counts.total - counts.done),
        success_count=counts.ok,
        failed_count=counts.failed,
        pending_count=max(0, counts.total - counts.done),
        message=_message(whole, language),
        error_message=error_of(whole),
        duration=elapsed_ms,
        elapsedTime=elapsed_ms,
        proxyPhase=None,
        phaseStatus=stage_of(whole) or said,
        completedPhases=[],
        phaseProgress=int(percent),
        timestamp=int(now * _MS),
    )


def awaited(named: str, now: float, language: Language) -> BatchProgress:
    """Of a task whose start is still on its way."""
    return BatchProgress(
        taskId=named,
        task_id=named,
        mode=None,
        status="pending",
        progress=0,
        percentage=0.0,
        total=0,
        processed=0,
        successCount=0,
        failCount=0,
        pendingCount=0,
        success_count=0,
        failed_count=0,
        pending_count=0,
        message=texts.AWAITED.told(language),
        error_message="",
        duration=0,
        elapsedTime=0,
        proxyPhase=None,
        phaseStatus="pending",
        completedPhases=[],
        phaseProgress=0,
        timestamp=int(now * _MS),
    )


def _elapsed_ms(whole: Whole, now: float) -> int:
    work = whole.task if whole.work is None else whole.work
    if work.job.started_at is None:
        return 0
    until = work.job.ended_at if work.job.status in TERMINAL else now
    return int(max(0.0, (until or now) - work.job.started_at) * _MS)


def _message(whole: Whole, language: Language) -> str:
    error, counts = error_of(whole), whole.counts
    if error:
        return texts.FAILED.told(language, error=error)
    if whole.task.job.status is JobStatus.SCHEDULED and whole.work is None:
        return texts.WAITS.told(language)
    return texts.PROGRESS.told(language, done=counts.done, total=counts.total)
