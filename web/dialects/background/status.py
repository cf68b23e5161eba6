"""A job of journeys in the words of `task_status`. Pure; called by `tasks`."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from actors.messages import JobView
from state.model import TERMINAL, AtWork, JobStatus
from web.dialects.background.endings import Ended, Known, Label
from web.dialects.background.schemas import BackgroundTask, Status, TaskState, TaskStatus
from web.dialects.background.texts import NONE_WELL, NOTHING_WENT_WELL
from web.dialects.languages import Language

_STATUSES: dict[JobStatus, Status] = {
    JobStatus.PENDING: "running",
    JobStatus.SCHEDULED: "running",
    JobStatus.QUEUED: "running",
    JobStatus.RUNNING: "running",
    JobStatus.PAUSED: "running",
    JobStatus.COMPLETED: "completed",
    JobStatus.PARTIALLY_COMPLETED: "completed",
    JobStatus.FAILED: "error",
    JobStatus.CANCELLED: "stopped",
}
_UNKNOWN = Label()


def task_status(
    view: JobView, known: Known, *, now: float, base: str, language: Language
) -> TaskStatus:
    """`base` is the address under which this desk's jobs are, for the screenshots'."""
    job, counts = view.job, view.counts
    total = max(1, counts.total)
    done = min(counts.done, total)
    working = _working(view, known)
    position = _position(working, known, total)
    current = working[0] if working and done < total else None
    processed, points = _points(current, known.ended.get(position))
    started = job.created_at if job.started_at is None else job.started_at
    until = now if job.ended_at is None else job.ended_at
    return TaskStatus(
        status=_STATUSES[job.status],
        total_tasks=counts.total,
        completed_tasks=done,
        failed_tasks=counts.failed,
        skipped_tasks=counts.skipped,
        progress_percent=done * 100 // total,
        current_task_progress=100 if done == total else _percent(current),
        error=_error(view, known, language),
        start_time=round(started, 3),
        elapsed_time_s=round(max(0.0, until - started), 1),
        last_update=round(_last_update(view, known, started), 3),
        task_indices=indices_of(view),
        current_task_index=position,
        current_task=known.labels.get(position, _UNKNOWN).shown,
        singleProcessedPoints=processed,
        singleTotalPoints=points,
        auto_generate=job.spec.get("without_path") == "generate",
        paused=job.status is JobStatus.PAUSED,
        job_id=job.id,
        tasks=_tasks(view, known, working, base),
    )


def indices_of(view: JobView) -> list[int]:
    """The places of the job's tasks in the desk's list, as they were when it was started."""
    told: list[int] = view.job.spec.get("task_indices") or []
    return told or list(range(view.counts.total))


def _working(view: JobView, known: Known) -> list[AtWork]:
    """The tasks at hand, in order. What was said of one before it ended is over, and so is all
    that was said once the job has ended."""
    if view.job.status in TERMINAL:
        return []
    told = view.live.working if view.live is not None else ()
    return [
        at_work
        for at_work in sorted(told or view.job.working, key=lambda each: each.index)
        if at_work.index not in known.ended and 0 <= at_work.index < view.counts.total
    ]


def _position(working: Sequence[AtWork], known: Known, total: int) -> int:
    """The task at hand, else the next one; the last where none is left."""
    if working:
        return working[0].index
    return min(known.prefix, total - 1)


def _points(current: AtWork | None, ended: Ended | None) -> tuple[int, int]:
    if current is not None:
        total = max(0, current.total)
        return min(max(0, current.done), total), total
    return (ended.steps, ended.steps) if ended is not None else (0, 0)


def _percent(current: AtWork | None) -> int:
    return 0 if current is None else min(100, max(0, int(current.fraction * 100)))


def _last_update(view: JobView, known: Known, started: float) -> float:
    told = [started, view.job.ended_at or 0.0]
    told += [at_work.at for at_work in view.job.working]
    told += [at_work.at for at_work in (view.live.working if view.live is not None else ())]
    return max(told + [ended.at for ended in known.ended.values()])


def _error(view: JobView, known: Known, language: Language) -> str:
    job, counts = view.job, view.counts
    if job.status is not JobStatus.FAILED:
        return ""
    if job.error is not None:
        return job.error
    failed = sorted(index for index, ended in known.ended.items() if ended.state == "failed")
    if not failed:
        return NOTHING_WENT_WELL.told(language, count=counts.failed)
    name = known.labels.get(failed[0], _UNKNOWN).shown
    reason = known.ended[failed[0]].error
    return NONE_WELL.told(language, count=counts.failed, name=name, reason=reason)


def _tasks(
    view: JobView, known: Known, working: Sequence[AtWork], base: str
) -> list[BackgroundTask]:
    at_work = {each.index for each in working}
    waiting: TaskState = "stopped" if view.job.status in TERMINAL else "pending"
    artifacts = f"{base}/{view.job.id}/artifacts/"
    return [
        _task(
            place,
            known.labels.get(position, _UNKNOWN),
            known.ended.get(position),
            "running" if position in at_work else waiting,
            artifacts,
        )
        for position, place in enumerate(indices_of(view))
    ]


def _task(
    place: int, label: Label, ended: Ended | None, otherwise: TaskState, artifacts: str
) -> BackgroundTask:
    return BackgroundTask(
        index=place,
        name=label.shown,
        url=label.url,
        status=otherwise if ended is None else ended.state,
        error="" if ended is None else ended.error,
        screenshots=[] if ended is None else [artifacts + quote(x) for x in ended.screenshots],
    )
