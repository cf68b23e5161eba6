"""Tasks, listed and seen: what all pages of this system begin with. The wire is
docs/task-manager.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec.structs import asdict
from quart import Response, request

from actors.messages import JobView
from web.deps import WebDeps
from web.dialects.taskmanager.answers import answer
from web.dialects.taskmanager.audience import Audience, audience
from web.dialects.taskmanager.failures import Failures
from web.dialects.taskmanager.reading import Reader, pagination_of
from web.dialects.taskmanager.refusals import task_not_found
from web.dialects.taskmanager.routing import Row
from web.dialects.taskmanager.service import Tasks
from web.dialects.taskmanager.task_bodies import (
    ManagerFlatTask,
    ManagerListAnswer,
    ManagerListBody,
    ManagerPageBody,
    ManagerResults,
    ManagerResultsAnswer,
    ManagerResultsBody,
    ManagerTaskAnswer,
    ManagerTaskBody,
    ManagerTaskList,
)
from web.dialects.taskmanager.task_schemas import STATUSES, TYPES, ManagerTask
from web.dialects.taskmanager.view import MAX_LISTED, folder_of, status_of, task_of
from web.http import Query, json_answer
from web.outcomes import FILE, outcome_row
from web.routes import Parameter, choice, integer
from web.visit import Visit

_MAX_PAGE = 1_000_000_000
_MAX_ID_CHARS = 200
# Addresses of pictures in one answer, a megabyte or two of them.
_MAX_LISTED = 16_000
TASK_ID = Parameter("task_id", {"type": "string"}, "The task.")


class TasksApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps, tasks: Tasks, reader: Reader) -> None:
        self._store = deps.store
        self._executors = deps.executors
        self._max_page_size = deps.settings.max_page_size
        self._tasks = tasks
        self._reader = reader
        self._failures = Failures(deps.store)

    def rows(self) -> list[Row]:
        row = partial(Row, method="POST")
        listed = partial(
            row,
            paths=("/api/tasks",),
            summary="Tasks, the newest first",
            answer=ManagerListAnswer,
        )
        return [
            listed(name="manager_tasks", handler=self.tasks, body=ManagerListBody),
            listed(
                method="GET",
                name="manager_tasks_by_query",
                handler=self.tasks_by_query,
                parameters=(
                    integer("page", "From 1.", default=1),
                    integer("page_size", "", default=20),
                    choice("status", STATUSES, ""),
                    choice("type", TYPES, ""),
                ),
            ),
            row(
                paths=("/api/status",),
                name="manager_status",
                handler=self.status,
                summary="A task",
                answer=ManagerFlatTask,
                body=ManagerTaskBody,
            ),
            row(
                method="GET",
                paths=("/api/tag/status",),
                name="manager_tag_status",
                handler=self.tag_status,
                summary="A task of tags",
                answer=ManagerTaskAnswer,
                parameters=(TASK_ID,),
            ),
            row(
                paths=("/api/crawl/results",),
                name="manager_crawl_results",
                handler=self.crawl_results,
                summary="What a crawl has found so far",
                answer=ManagerResultsAnswer,
                body=ManagerResultsBody,
                errors=("files_damaged",),
            ),
        ]

    async def tasks(self, visit: Visit) -> Response:
        asked, _ = await self._reader.body(ManagerListBody)
        return await self._listed(visit, asked)

    async def tasks_by_query(self, visit: Visit) -> Response:
        query = Query(request.args)
        page = ManagerPageBody(
            page=query.integer("page", 1, low=1, high=_MAX_PAGE),
            page_size=query.integer("page_size", 20, low=1, high=self._max_page_size),
        )
        status = query.choice("status", STATUSES)
        kind = query.choice("type", TYPES)
        query.done()
        fields: dict[str, Any] = {"status": status or "", "type": kind or ""}
        return await self._listed(visit, ManagerListBody(pagination=page, **fields))

    async def _listed(self, visit: Visit, asked: ManagerListBody) -> Response:
        page = self._reader.page(asked.pagination)
        found = [view for view in self._tasks.listed(visit) if _is_asked(view, asked)]
        first = (page.page - 1) * page.page_size
        shown = found[first : first + page.page_size]
        told = ManagerTaskList(
            tasks=await self._told(visit, shown),
            pagination=pagination_of(page, len(found)),
        )
        return answer(told)

    async def status(self, visit: Visit) -> Response:
        asked, _ = await self._reader.body(ManagerTaskBody)
        [task] = await self._told(visit, [self._tasks.find(visit, asked.task_id)])
        return json_answer(ManagerFlatTask(**asdict(task), data=task))

    async def tag_status(self, visit: Visit) -> Response:
        named = named_task()
        view = self._tasks.find(visit, named)
        if view.job.kind != "tag":
            raise task_not_found(named)
        [task] = await self._told(visit, [view])
        return answer(task)

    async def crawl_results(self, visit: Visit) -> Response:
        asked, _ = await self._reader.body(ManagerResultsBody)
        page = self._reader.page(asked.pagination)
        view = self._tasks.find(visit, asked.task_id)
        if view.job.kind != "crawl":
            raise task_not_found(asked.task_id)
        offset = (page.page - 1) * page.page_size
        with visit.reading(view.job.id):
            found = await self._store.read_outcomes(
                visit.key, view.job.id, offset=offset, limit=page.page_size
            )
        executor, folder = self._executors.get(view.job.kind), folder_of(view.job)
        rows = (outcome_row(record, item, executor) for record, item in found.records)
        told = ManagerResults(
            task_id=view.job.id,
            results=[_with_picture(row, folder) for row in rows],
            pagination=pagination_of(page, found.total),
        )
        return answer(told)

    async def _told(self, visit: Visit, views: Sequence[JobView]) -> list[ManagerTask]:
        asker = audience()
        reasons = await self._failures.of(visit.key, views, asker.language)
        return _tasks(views, reasons, asker)


def named_task() -> str:
    """The task that the query names. Raises WebError."""
    query = Query(request.args)
    named = query.text("task_id", most_chars=_MAX_ID_CHARS)
    if not named:
        query.wrong("task_id", "is missing")
    query.done()
    return named


def _is_asked(view: JobView, asked: ManagerListBody) -> bool:
    job = view.job
    of_status = not asked.status or status_of(job) == asked.status
    return of_status and (not asked.type or job.kind == asked.type)


def _tasks(
    views: Iterable[JobView], reasons: Mapping[str, str], asker: Audience
) -> list[ManagerTask]:
    """The newest first, who name their pictures as long as an answer has room for that."""
    left, told = _MAX_LISTED, list[ManagerTask]()
    for view in views:
        most = min(left, MAX_LISTED)
        error = reasons.get(view.job.id)
        told.append(task_of(view, error=error, audience=asker, most_listed=most))
        left -= min(most, view.counts.made)
    return told


def _with_picture(row: dict[str, Any], folder: str) -> dict[str, Any]:
    """A result with the path of its picture, where it has one."""
    return {**row, "image_path": f"{folder}/{row[FILE]}"} if row.get(FILE) else row
