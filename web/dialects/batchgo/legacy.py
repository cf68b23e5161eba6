"""The older paths beside a run: lists of tasks, tidying up, and what the service can do."""

from __future__ import annotations

from typing import Any

from msgspec import structs
from quart import Response, request

from actors.messages import JobView
from actors.rules.plans import tier_named
from executors.problems import boolean_reason
from state.model import TERMINAL, JobStatus
from web.deps import WebDeps
from web.dialects.batchgo import paths, texts
from web.dialects.batchgo.legacy_bodies import ID_NAMES, task_id_of
from web.dialects.batchgo.legacy_info import validation_config, versions
from web.dialects.batchgo.refusals import invalid_request
from web.dialects.batchgo.routing import Row, language
from web.dialects.batchgo.schemas import (
    STATUSES,
    BatchData,
    BatchDeleted,
    BatchIdBody,
    BatchTaskAnswer,
)
from web.dialects.batchgo.service import Tasks
from web.dialects.batchgo.urls import SHORT
from web.dialects.batchgo.view import shown_id, status_of
from web.dialects.fields import Fields
from web.dialects.languages import Text
from web.dialects.objects import read_object
from web.http import Query, empty_body, json_answer
from web.routes import choice, integer
from web.threads import Threads
from web.validate import Errors
from web.visit import Visit

DEFAULT_LIMIT = 20
_MAX_OFFSET = 10**9
# Those that run or wait to.
_RUNNING = frozenset(JobStatus) - TERMINAL - {JobStatus.PENDING}


class LegacyApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads, tasks: Tasks) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._tasks = tasks

    def rows(self) -> list[Row]:
        return [*self._reading_rows(), *self._tidying_rows()]

    def _reading_rows(self) -> list[Row]:
        page = integer("limit", "", default=DEFAULT_LIMIT), integer("offset", "", default=0)
        return [
            Row(
                method="GET",
                paths=paths.under("tasks"),
                name="batchopen_tasks",
                handler=self.tasks,
                summary="Tasks, the newest first",
                answer=BatchData,
                parameters=(*page, choice("status", STATUSES, "")),
            ),
            Row(
                method="GET",
                paths=(*paths.under("task/<task>"), *paths.under("tasks/<task>")),
                name="batchopen_task",
                handler=self.task,
                summary="A task and its URLs",
                answer=BatchTaskAnswer,
            ),
            Row(
                method="GET",
                paths=paths.under("running-tasks"),
                name="batchopen_running",
                handler=self.running,
                summary="Tasks that run or wait",
                answer=BatchData,
            ),
            Row(
                method="GET",
                paths=paths.under("version"),
                name="batchopen_version",
                handler=self.version,
                summary="The modes, and what the desk's plan allows",
                answer=BatchData,
            ),
            Row(
                method="GET",
                paths=paths.under("validation-config"),
                name="batchopen_validation_config",
                handler=self.validation_config,
                summary="How a proxy is checked before a start",
                answer=BatchData,
            ),
        ]

    def _tidying_rows(self) -> list[Row]:
        return [
            Row(
                method="POST",
                paths=paths.under("force-cleanup"),
                name="batchopen_force_cleanup",
                handler=self.force_cleanup,
                summary="Forget a task; with `force` one that runs, too",
                answer=BatchDeleted,
                body=BatchIdBody,
                errors=("invalid_status",),
                command="delete_job",
            ),
            Row(
                method="POST",
                paths=paths.under("stop-all"),
                name="batchopen_stop_all",
                handler=self.stop_all,
                summary="End all tasks that have not ended",
                answer=BatchData,
                command="cancel_job",
            ),
            Row(
                method="POST",
                paths=paths.under("clear-completed"),
                name="batchopen_clear_completed",
                handler=self.clear_completed,
                summary="Forget all tasks that have ended",
                answer=BatchData,
                command="delete_job",
            ),
        ]

    async def tasks(self, visit: Visit) -> Response:
        query = Query(request.args)
        status = query.choice("status", STATUSES)
        most = self._settings.max_page_size
        limit = query.integer("limit", DEFAULT_LIMIT, low=1, high=most)
        offset = query.integer("offset", 0, low=0, high=_MAX_OFFSET)
        query.done()
        found = [
            view
            for view in self._tasks.listed(visit)
            if status is None or status_of(view.job) == status
        ]
        pagination = {"total": len(found), "limit": limit, "offset": offset}
        return await self._list(visit, found[offset : offset + limit], pagination)

    async def running(self, visit: Visit) -> Response:
        found = [view for view in self._tasks.listed(visit) if view.job.status in _RUNNING]
        count = len(found)
        pagination = {"total": count, "limit": max(1, count), "offset": 0}
        return await self._list(visit, found, pagination)

    async def _list(
        self, visit: Visit, views: list[JobView], pagination: dict[str, int]
    ) -> Response:
        tasks = await self._tasks.page(visit, views, with_urls=len(views) <= SHORT)
        shown = [
            {**structs.asdict(task), "taskId": shown_id(view.job), "task_id": shown_id(view.job)}
            for task, view in zip(tasks, views, strict=True)
        ]
        beside = {"tasks": shown, "total": pagination["total"], "pagination": pagination}
        return _told(texts.LISTED, shown, beside, count=pagination["total"])

    async def task(self, visit: Visit, task: str) -> Response:
        view = self._tasks.find(visit, task)
        with visit.reading(view.job.id):
            told = structs.asdict(await self._tasks.whole_task(visit, view))
        named = {"taskId": shown_id(view.job), "task_id": shown_id(view.job)}
        balance = self._tasks.balance(visit)
        beside = {**told, **named, "task": told, "balance": balance}
        return _told(texts.FOUND, {**told, **named}, beside)

    async def version(self, visit: Visit) -> Response:
        settings = self._settings
        _, tier = tier_named(visit.desk.published.plan, settings.plans)
        told = versions(
            tier,
            settings.prices,
            max_items=settings.max_items,
            max_concurrency=settings.max_concurrency,
            language=language(),
        )
        return _told(texts.VERSIONS, {"versions": told}, {"versions": told})

    async def validation_config(self, visit: Visit) -> Response:
        told = validation_config(self._settings.request_timeout_s)
        return _told(texts.VALIDATION, {"config": told}, {"config": told})

    async def force_cleanup(self, visit: Visit) -> Response:
        value, _ = await read_object(self._threads, self._tasks.parse)
        errors: Errors = []
        fields = Fields(value, errors)
        force = fields.checked("force", rule=boolean_reason, default=False)
        fields.drop(*ID_NAMES)
        fields.done(lambda _: "unknown field")
        named = task_id_of(value, request.args)
        if errors:
            raise invalid_request(errors)
        view = self._tasks.find(visit, named)
        await self._tasks.forget(visit, view, force=force)
        message = texts.DELETED.told(language())
        return json_answer(BatchDeleted(id=view.job.id, task_id=named, message=message))

    async def stop_all(self, visit: Visit) -> Response:
        await empty_body(self._settings.max_json_depth)
        live = [view for view in self._tasks.listed(visit) if view.job.status not in TERMINAL]
        count = await self._tasks.end_all(visit, live)
        return _told(texts.STOPPED_ALL, {"stopped": count}, {"stopped": count}, count=count)

    async def clear_completed(self, visit: Visit) -> Response:
        await empty_body(self._settings.max_json_depth)
        over = [view for view in self._tasks.listed(visit) if view.job.status in TERMINAL]
        count = await self._tasks.forget_all(visit, over)
        return _told(texts.CLEARED, {"cleared": count}, {"cleared": count}, count=count)


def _told(said: Text, data: Any, beside: dict[str, Any], **values: object) -> Response:
    answer = BatchData(message=said.told(language(), **values), data=data)
    return json_answer({**structs.asdict(answer), **beside})
