"""The tasks of family C that were made so far. The wire is docs/documents-api.md."""

from __future__ import annotations

from datetime import UTC, datetime

from quart import Response, request

from actors.messages import JobView
from state.model import Job
from web.deps import WebDeps
from web.dialects.documents.answers import PAGE_PARAMETERS, Answers, page_of, pagination
from web.dialects.documents.history_schemas import (
    HistoryAnswer,
    HistoryItem,
    HistoryPage,
)
from web.dialects.documents.paths import generation, prefix_of
from web.dialects.documents.routing import Row
from web.dialects.documents.schemas import STATUSES
from web.dialects.documents.service import Tasks
from web.dialects.documents.view import status_of
from web.documents.tally import named_templates
from web.http import Query
from web.routes import Parameter, choice
from web.views import wire_time, wire_time_or_none
from web.visit import Visit

_DATE_CHARS = len("2026-11-22")
_DAY_S = 86_400.0
_MOST_CHARS = 40
_PARAMETERS = (
    *PAGE_PARAMETERS,
    choice("status", STATUSES, "Only the tasks that this family, or A, calls so."),
    Parameter("startDate", {"type": "string"}, "Only those made then or later: a day, or a time."),
    Parameter("endDate", {"type": "string"}, "Only those made until then; a day counts whole."),
)


class HistoryApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps, tasks: Tasks, answers: Answers) -> None:
        self._max_page_size = deps.settings.max_page_size
        self._tasks = tasks
        self._answers = answers

    def rows(self) -> list[Row]:
        return [
            Row(
                method="GET",
                paths=generation("history"),
                name="documents_history",
                handler=self.history,
                summary="Tasks that were made, the newest first",
                answer=HistoryAnswer,
                parameters=_PARAMETERS,
                errors=("invalid_request",),
            )
        ]

    async def history(self, visit: Visit) -> Response:
        query = Query(request.args)
        page, size = page_of(query, self._max_page_size)
        status = query.choice("status", STATUSES)
        since, until = _instant(query, "startDate"), _instant(query, "endDate", whole_day=True)
        query.done()
        found = [
            view
            for view in self._tasks.listed(visit)
            if _is_called(view.job, status)
            and (since is None or view.job.created_at >= since)
            and (until is None or view.job.created_at < until)
        ]
        prefix = prefix_of(request.path)
        told = HistoryPage(
            items=[_item(view, prefix) for view in found[(page - 1) * size : page * size]],
            pagination=pagination(page, size, len(found)),
        )
        return self._answers.answer(told)


def _is_called(job: Job, status: str | None) -> bool:
    """C knows no partial end: who asks for those by A's word is given them."""
    return status is None or status in (status_of(job, "C"), status_of(job, "A"))


def _instant(query: Query, name: str, *, whole_day: bool = False) -> float | None:
    """Seconds since the epoch; UTC where no zone is named."""
    text = query.text(name, most_chars=_MOST_CHARS)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        query.wrong(name, "must be a date or a time, as ISO 8601 writes it")
        return None
    begins_at = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
    return begins_at + _DAY_S if whole_day and len(text) <= _DATE_CHARS else begins_at


def _item(view: JobView, prefix: str) -> HistoryItem:
    job, counts = view.job, view.counts
    url = f"{prefix}/generation/download/{job.id}/zip"
    return HistoryItem(
        taskId=job.id,
        name=job.name,
        status=status_of(job, "C"),
        templateIds=[id for id, _ in named_templates(job)],
        outputFormat=job.spec["format"],
        createdAt=wire_time(job.created_at),
        completedAt=wire_time_or_none(job.ended_at),
        totalDocuments=counts.total,
        completedDocuments=counts.ok,
        failedDocuments=counts.failed,
        downloadUrl=url if counts.ok else None,
    )
