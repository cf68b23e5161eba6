"""What happens to tasks, in the messages of the contract's socket. Pure; called by `feeds`.

Every message has `type`, `taskId`, `timestamp` and `payload`, and the same object again as `data`;
and the `revision` it speaks of: who comes again with the newest one it has seen misses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
import orjson
from msgspec import Struct
from msgspec.structs import replace

from actors.messages import JobView, Published, Transition
from state.model import TERMINAL, Job, JobStatus
from web.dialects.documents import texts
from web.dialects.documents.estimates import Estimates
from web.dialects.documents.naming import is_task
from web.dialects.documents.progress import progress_of
from web.dialects.documents.selection import ALL, PROGRESS, Selection
from web.dialects.documents.view import percent_of, status_of
from web.dialects.languages import Language
from web.views import wire_time

Frame = dict[str, Any]

_AT_WORK = frozenset({JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.SCHEDULED})
# A page that opens its socket after a short task was started finds it ended, and must be told so
# though it names no task. What ended longer ago it reads of in the history.
RECENT_S = 60.0
_MS = 1_000


class Telling(Struct, frozen=True):
    """To whom it is told, when, and by whose estimates."""

    language: Language
    now: float
    estimates: Estimates


def frame(kind: str, task: str | None, at: float, payload: Mapping[str, Any], **more: Any) -> Frame:
    """One message."""
    told = {"type": kind, "taskId": task, "timestamp": wire_time(at)}
    return {**told, "payload": payload, "data": payload, **more}


def changes(
    published: Published, after: int, selection: Selection, telling: Telling
) -> Iterator[Frame]:
    """What brings a client from revision `after` to `published`: every change of status, in order,
    then how far each task is that has moved. Where the changes since `after` are no longer all
    known, how each task stands that has changed."""
    if after > published.revision:
        yield from standing(published, selection, telling)
        return
    moved = [view for view in _followed(published, selection) if view.job.revision > after]
    if after < published.complete_since:
        for view in moved:
            yield from _whole(published, view, selection, telling)
        return
    for change in published.transitions:
        found = published.jobs.get(change.job_id) if change.revision > after else None
        if found is not None and is_task(found.job) and selection.besides(found.job.id) is not None:
            yield from _change(found, change, telling)
    for view in moved:
        if view.job.status in _AT_WORK:
            yield from _progress(published, view, selection, telling)


def standing(published: Published, selection: Selection, telling: Telling) -> Iterator[Frame]:
    """How the tasks stand that are worth telling of."""
    for view in of_now(published, selection, telling.now):
        yield from _whole(published, view, selection, telling)


def of_now(published: Published, selection: Selection, now: float) -> list[JobView]:
    """The tasks that are followed; of those that nobody named, such as are under way or have ended
    just now."""
    return [
        view
        for view in _followed(published, selection)
        if view.job.id in selection.followed or _is_of_now(view.job, now)
    ]


def _is_of_now(job: Job, now: float) -> bool:
    if job.status in TERMINAL:
        return job.ended_at is not None and job.ended_at >= now - RECENT_S
    return job.status is not JobStatus.PENDING


def _followed(published: Published, selection: Selection) -> Iterable[JobView]:
    """In order of arrival."""
    if ALL in selection.followed:
        return [view for view in published.jobs.values() if is_task(view.job)]
    named = (published.jobs.get(task) for task in selection.followed)
    return [view for view in named if view is not None and is_task(view.job)]


def _whole(
    published: Published, view: JobView, selection: Selection, telling: Telling
) -> Iterator[Frame]:
    """A task as it stands: that it began, how far it is, and that it does not go on."""
    common = {"revision": published.revision}
    if view.job.status is not JobStatus.PENDING:
        began = view.job.started_at or view.job.created_at
        yield frame("task_started", view.job.id, began, _started(view, telling), **common)
    yield from _progress(published, view, selection, telling)
    if view.job.status not in _AT_WORK:
        yield from _still(view, view.job.ended_at or telling.now, telling, common)


def _progress(
    published: Published, view: JobView, selection: Selection, telling: Telling
) -> Iterator[Frame]:
    if PROGRESS not in (selection.besides(view.job.id) or ()):
        return
    told = progress_of(view, telling.estimates, telling.language)
    payload = msgspec.to_builtins(told) | {
        "current": told.completedSteps,
        "total": told.totalSteps,
        "stage": told.currentStep,
    }
    yield frame(PROGRESS, view.job.id, telling.now, payload, revision=published.revision)


def _change(view: JobView, change: Transition, telling: Telling) -> Iterator[Frame]:
    """The task as the change has left it."""
    if change.new is None:
        return
    common = {"revision": change.revision}
    if change.new in _AT_WORK:
        # Its turn in the lane, and what a restart of the server interrupts, is no news of a start.
        if change.old not in _AT_WORK:
            payload = _started(view, telling)
            yield frame("task_started", change.job_id, change.at, payload, **common)
        return
    if change.new is not view.job.status:
        told = replace(view.job, status=change.new, reason=change.reason, error=None)
        view = JobView(told, view.live)
    yield from _still(view, change.at, telling, common)


def _started(view: JobView, telling: Telling) -> Frame:
    job, total = view.job, view.counts.total
    return {
        "taskId": job.id,
        "mode": job.spec["mode"],
        "totalDocuments": total,
        "estimatedDuration": round(telling.estimates.seconds(job.spec["format"], total) * _MS),
    }


def _still(view: JobView, at: float, telling: Telling, common: Frame) -> Iterator[Frame]:
    """A task that does not go on: paused, or at its end."""
    job, counts = view.job, view.counts
    told = {"taskId": job.id, "status": status_of(job), "progress": percent_of(counts)}
    match job.status:
        case JobStatus.COMPLETED | JobStatus.PARTIALLY_COMPLETED:
            yield frame("task_completed", job.id, at, told | {"result": _result(view)}, **common)
        case JobStatus.FAILED:
            message = job.error or texts.FAILED.told(telling.language)
            error = {"code": "GENERATION_FAILED", "message": message, "details": _result(view)}
            yield frame("task_failed", job.id, at, told | {"error": error}, **common)
            # By which pages learn that nothing more will come.
            fatal = {"taskId": job.id, "fatal": True, "error": message}
            yield frame("error", job.id, at, fatal, **common)
        case JobStatus.PAUSED:
            message = texts.PAUSED.told(telling.language)
            payload = told | {"message": message, "reason": job.reason}
            yield frame("task_paused", job.id, at, payload, **common)
        case JobStatus.CANCELLED:
            message = texts.CANCELLED.told(telling.language, done=counts.ok)
            yield frame("task_cancelled", job.id, at, told | {"message": message}, **common)


def _result(view: JobView) -> Frame:
    job, counts = view.job, view.counts
    began, ended = job.started_at, job.ended_at
    took_s = 0.0 if began is None or ended is None else max(0.0, ended - began)
    return {
        "total": counts.total,
        "successful": counts.ok,
        "failed": counts.failed,
        "skipped": counts.skipped,
        "duration": round(took_s * _MS),
    }


def encode(frames: Iterable[Frame]) -> tuple[str, ...]:
    return tuple(orjson.dumps(each).decode() for each in frames)
