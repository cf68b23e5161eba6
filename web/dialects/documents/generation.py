"""How far a task of family C is, template by template. The wire is docs/documents-api.md."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from msgspec import UNSET
from quart import Response, request

from actors.messages import JobView
from state.model import TERMINAL, Counts, Job
from web.deps import WebDeps
from web.dialects.documents.answers import Answers
from web.dialects.documents.estimates import Estimates
from web.dialects.documents.paths import generation, prefix_of
from web.dialects.documents.progress import remaining_s
from web.dialects.documents.routing import Row
from web.dialects.documents.schemas import (
    GenerationStatus,
    GenerationStatusAnswer,
    ItemDownloads,
    Status,
    StatusItem,
    StatusSummary,
)
from web.dialects.documents.service import Tasks
from web.dialects.documents.view import percent_of, stage_of, status_of
from web.documents.tally import Tallies, Tally
from web.views import wire_time, wire_time_or_none
from web.visit import Visit


class GenerationApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps, tasks: Tasks, answers: Answers, estimates: Estimates) -> None:
        self._now = deps.now
        self._tasks = tasks
        self._answers = answers
        self._estimates = estimates
        self._tallies = Tallies(deps.store)

    def rows(self) -> list[Row]:
        return [
            Row(
                method="GET",
                paths=generation("status/<task>"),
                name="documents_status",
                handler=self.status,
                summary="How far a task is, template by template",
                answer=GenerationStatusAnswer,
                errors=("files_damaged",),
            )
        ]

    async def status(self, visit: Visit, task: str) -> Response:
        view = self._tasks.find(visit, task)
        with visit.reading(view.job.id):
            tallies = await self._tallies.of(visit.key, view)
        items = [item_of(view.job, tally, prefix_of(request.path)) for tally in tallies]
        return self._answers.answer(status_told(view, items, self._estimates, self._now))


def status_told(
    view: JobView, items: list[StatusItem], estimates: Estimates, now: Callable[[], float]
) -> GenerationStatus:
    """The whole task."""
    job = view.job
    ended = job.status in TERMINAL
    return GenerationStatus(
        taskId=job.id,
        status=status_of(job, "C"),
        progress=percent_of(view.counts),
        currentStep=stage_of(view),
        createdAt=wire_time(job.created_at),
        # It was started when it was made; it may still wait for its turn.
        startedAt=wire_time(job.started_at or job.created_at),
        completedAt=wire_time_or_none(job.ended_at),
        estimatedEndTime=UNSET if ended else wire_time(now() + remaining_s(view, estimates)),
        items=items,
        summary=_summary(view.counts),
        error=job.error,
    )


def item_of(job: Job, tally: Tally, prefix: str) -> StatusItem:
    """One template of a task. `prefix` is that of the addresses which the client uses."""
    id, counts = tally.template_id, tally.counts
    url = f"{prefix}/generation/download/{job.id}/{quote(id, safe='')}/completed"
    return StatusItem(
        templateId=id,
        templateName=tally.name,
        status=_status(job, counts),
        progress=percent_of(counts),
        completedCount=counts.ok,
        totalCount=counts.total,
        failedCount=counts.failed,
        downloads=ItemDownloads(completedUrl=url) if counts.ok else UNSET,
    )


def _status(job: Job, counts: Counts) -> Status:
    """One template may be through, or have failed, where the others are not."""
    if counts.done < counts.total:
        return status_of(job, "C")
    return "completed" if counts.ok else "failed"


def _summary(counts: Counts) -> StatusSummary:
    pending = max(0, counts.total - counts.done)
    return StatusSummary(
        total=counts.total,
        completed=counts.ok,
        failed=counts.failed,
        pending=pending,
        totalDocuments=counts.total,
        completedDocuments=counts.ok,
        failedDocuments=counts.failed,
        pendingDocuments=pending,
    )
