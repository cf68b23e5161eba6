"""What a task has done: its results a page at a time, with its figures, and as a file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import orjson
from msgspec import Raw, structs
from quart import Response, request

from actors.messages import JobView
from state.model import OutcomeStatus
from web.deps import WebDeps
from web.dialects.batchgo import paths
from web.dialects.batchgo.outcomes import our_status, result_row
from web.dialects.batchgo.routing import Row
from web.dialects.batchgo.schemas import BatchResult, BatchResultAnswer
from web.dialects.batchgo.service import Tasks
from web.dialects.batchgo.statistics import Averages, figures
from web.dialects.batchgo.view import status_of, whole_of
from web.export import MEDIA_TYPES, export
from web.filenames import disposition, slug
from web.http import Query, json_answer
from web.outcomes import closing, iter_rows, outcome_row, pending_row
from web.routes import Parameter, choice, integer
from web.threads import Threads
from web.visit import Visit

DEFAULT_SIZE = 100
_MAX_PAGE = 10**9
_PENDING = "pending"
_STATUSES = ("success", "failed", "skipped", _PENDING, "ok", "error", "poisoned")
_ANY = "application/octet-stream"


class ResultsApi:
    """Handlers that read a task's files. They see what is on disk, also while it runs."""

    def __init__(self, deps: WebDeps, threads: Threads, tasks: Tasks) -> None:
        self._store = deps.store
        self._executors = deps.executors
        self._settings = deps.settings
        self._now = deps.now
        self._scratch = deps.scratch
        self._threads = threads
        self._tasks = tasks
        self._averages = Averages(deps.store)

    def rows(self) -> list[Row]:
        page = integer("page", "From 1.", default=1), integer("size", "", default=DEFAULT_SIZE)
        status = choice("status", _STATUSES, "Only URLs that ended so.")
        kind = Parameter("format", {"type": "string", "enum": list(MEDIA_TYPES)})
        return [
            Row(
                method="GET",
                paths=(f"{paths.TASK}/result",),
                name="batchgo_result",
                handler=self.result,
                summary="How the URLs ended, and the figures of the whole task",
                answer=BatchResultAnswer,
                parameters=(*page, status),
            ),
            Row(
                method="GET",
                paths=(f"{paths.TASK}/export",),
                name="batchgo_export",
                handler=self.export,
                summary="All results as a file",
                answer=_ANY,
                parameters=(kind, status),
            ),
        ]

    async def result(self, visit: Visit, task: str) -> Response:
        view = self._tasks.find(visit, task)
        query = Query(request.args)
        status = query.choice("status", _STATUSES)
        page = query.integer("page", 1, low=1, high=_MAX_PAGE)
        size = query.integer("size", DEFAULT_SIZE, low=1, high=self._settings.max_page_size)
        query.done()
        whole = whole_of(view, visit.desk.published.jobs)
        rows: list[dict[str, Any]] = []
        if whole.work is None:
            # A schedule whose first pass is still to come.
            total, average_ms, counted = 0, 0.0, view
        else:
            counted = whole.work
            with visit.reading(counted.job.id):
                total, rows = await self._page(visit, counted, our_status(status), page, size)
                average_ms = (await self._averages.of(visit, counted)).average_ms
        told = BatchResult(
            task_id=view.job.id,
            status=status_of(view.job),
            results=[Raw(orjson.dumps(result_row(row))) for row in rows],
            statistics=figures(counted, _spent_on(view, counted), average_ms, self._now()),
            total=total,
            page=page,
            size=size,
        )
        return json_answer(BatchResultAnswer(**structs.asdict(told), result=told))

    async def _page(
        self, visit: Visit, view: JobView, status: str | None, page: int, size: int
    ) -> tuple[int, list[dict[str, Any]]]:
        """(how many there are in all, one page of them)."""
        job, offset = view.job, (page - 1) * size
        executor = self._executors.get(job.kind)
        if status == _PENDING:
            total, pending = await self._store.read_pending(
                visit.key, job.id, run=job.run, offset=offset, limit=size
            )
            return total, [pending_row(index, item, executor) for index, item in pending]
        wanted = None if status is None else OutcomeStatus(status)
        found = await self._store.read_outcomes(
            visit.key, job.id, status=wanted, run=job.run, offset=offset, limit=size
        )
        return found.total, [outcome_row(record, item, executor) for record, item in found.records]

    async def export(self, visit: Visit, task: str) -> Response:
        view = self._tasks.find(visit, task)
        query = Query(request.args)
        kind = query.choice("format", tuple(MEDIA_TYPES)) or "json"
        status = query.choice("status", _STATUSES)
        query.done()
        counted = whole_of(view, visit.desk.published.jobs).work or view
        with visit.reading(counted.job.id):
            # What cannot be read at all is refused before the answer begins.
            await self._store.read_outcomes(visit.key, counted.job.id, limit=1)
        visit.note("export", view.job.id)
        rows = partial(self._rows_of, visit, counted, status)
        chunks = export(kind, rows, self._threads, self._scratch)
        response = Response(chunks, 200, content_type=MEDIA_TYPES[kind])
        name = f"{slug(view.job.name)}.{kind}"
        response.headers["Content-Disposition"] = disposition(name)
        return response

    async def _rows_of(
        self, visit: Visit, view: JobView, status: str | None
    ) -> AsyncIterator[list[dict[str, Any]]]:
        executor = self._executors.get(view.job.kind)
        batches = iter_rows(self._store, visit.key, view.job.id, executor)
        async with closing(batches) as found:
            async for batch in found:
                yield [result_row(row) for row in batch if status in (None, row["status"])]


def _spent_on(task: JobView, work: JobView) -> int:
    """What was spent on the URLs that are counted: of a schedule, on its newest pass."""
    return work.job.spent_tokens if task is not work else task.job.spent_tokens
