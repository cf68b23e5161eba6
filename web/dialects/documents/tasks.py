"""The tasks of families A and B: listed, seen, followed. The wire is docs/documents-api.md."""

from __future__ import annotations

from functools import partial

from quart import Response, request

from state.model import Job
from web.deps import WebDeps
from web.dialects.documents.answers import PAGE_PARAMETERS, Answers, page_of, pagination
from web.dialects.documents.estimates import Estimates
from web.dialects.documents.paths import Family, tasks_of
from web.dialects.documents.progress import progress_of
from web.dialects.documents.routing import Row, language
from web.dialects.documents.schemas import (
    STATUSES,
    DocumentsProgressAnswer,
    DocumentsTaskAnswer,
    DocumentsTaskList,
    DocumentsTaskPage,
)
from web.dialects.documents.service import Tasks
from web.dialects.documents.view import status_of, task_of
from web.http import Query
from web.routes import choice
from web.visit import Visit

# Two words for one thing: clients of either family ask by either.
_AT_WORK = {"running", "processing"}


def is_called(job: Job, status: str | None, family: Family) -> bool:
    """Whether that family calls the task's status so; None: whatever it is."""
    said = status_of(job, family)
    return status is None or said == status or {said, status} == _AT_WORK


class TasksApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps, tasks: Tasks, answers: Answers, estimates: Estimates) -> None:
        self._max_page_size = deps.settings.max_page_size
        self._tasks = tasks
        self._answers = answers
        self._estimates = estimates

    def rows(self) -> list[Row]:
        families: tuple[Family, ...] = ("A", "B")
        return [row for family in families for row in self._rows_of(family)]

    def _rows_of(self, family: Family) -> list[Row]:
        row, last = partial(Row, method="GET"), family.lower()
        return [
            row(
                paths=tasks_of(family),
                name=f"documents_list_{last}",
                handler=partial(self.list, family),
                summary="Tasks, the newest first",
                answer=DocumentsTaskList,
                parameters=(*PAGE_PARAMETERS, choice("status", STATUSES, "")),
            ),
            row(
                paths=tasks_of(family, "/<task>"),
                name=f"documents_get_{last}",
                handler=partial(self.get, family),
                summary="A task",
                answer=DocumentsTaskAnswer,
            ),
            row(
                paths=tasks_of(family, "/<task>/progress"),
                name=f"documents_progress_{last}",
                handler=partial(self.progress, family),
                summary="How far a task is",
                answer=DocumentsProgressAnswer,
            ),
        ]

    async def list(self, family: Family, visit: Visit) -> Response:
        query = Query(request.args)
        page, size = page_of(query, self._max_page_size)
        status = query.choice("status", STATUSES)
        query.done()
        found = [view for view in self._tasks.listed(visit) if is_called(view.job, status, family)]
        told = DocumentsTaskPage(
            items=[task_of(view, family) for view in found[(page - 1) * size : page * size]],
            pagination=pagination(page, size, len(found)),
        )
        return self._answers.answer(told)

    async def get(self, family: Family, visit: Visit, task: str) -> Response:
        return self._answers.answer(task_of(self._tasks.find(visit, task), family))

    async def progress(self, family: Family, visit: Visit, task: str) -> Response:
        view = self._tasks.find(visit, task)
        return self._answers.answer(progress_of(view, self._estimates, language(), family))
