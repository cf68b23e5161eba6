"""What a task has done: its results a page at a time, with its figures, and as a file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import orjson
from msgspec import Raw, Struct, structs
from quart import Response, request

from actors.messages import JobView
from actors.ports import DeskKey
from state.model import OutcomeStatus
from state.wanted import OutcomeFilter
from web.deps import WebDeps
from web.dialects.batchgo import paths
from web.dialects.batchgo.outcomes import our_status, result_row
from web.dialects.batchgo.routing import Row
from web.dialects.batchgo.schemas import BatchResult, BatchResultAnswer, BatchStatistics
from web.dialects.batchgo.service import Tasks
from web.dialects.batchgo.statistics import Averages, figures
from web.dialects.batchgo.view import status_of, whole_of
from web.export import MEDIA_TYPES, export
from web.filenames import disposition, slug
from web.filters import PARAMETERS, read_filter, refuse_filter
from web.http import Query, json_answer
from web.outcomes import Row as OutcomeRow
from web.outcomes import Wanted, closing, iter_rows, of_job, outcome_row, pending_row
from web.routes import Parameter, choice, integer
from web.threads import Threads
from web.visit import Visit

DEFAULT_SIZE = 100
_MAX_PAGE = 10**9
_PENDING = "pending"
# In the words of clients, and in ours.
_ENDINGS = ("success", "failed", "skipped", "ok", "error", "poisoned")
_STATUSES = (*_ENDINGS, _PENDING)
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
        ended = choice("status", _ENDINGS, "Only URLs that ended so.")
        kind = Parameter("format", {"type": "string", "enum": list(MEDIA_TYPES)})
        return [
            Row(
                method="GET",
                paths=(f"{paths.TASK}/result",),
                name="batchgo_result",
                handler=self.result,
                summary="How the URLs ended, and the figures of the whole task",
                answer=BatchResultAnswer,
                parameters=(*page, status, *PARAMETERS),
            ),
            Row(
                method="GET",
                paths=(f"{paths.TASK}/export",),
                name="batchgo_export",
                handler=self.export,
                summary="All results as a file",
                answer=_ANY,
                parameters=(kind, ended, *PARAMETERS),
            ),
        ]

    async def result(self, visit: Visit, task: str) -> Response:
        view = self._tasks.find(visit, task)
        query = Query(request.args)
        status = query.choice("status", _STATUSES)
        where = read_filter(query)
        if status == _PENDING:
            refuse_filter(query, where, "goes with URLs that have ended, not with status=pending")
        page = query.integer("page", 1, low=1, high=_MAX_PAGE)
        size = query.integer("size", DEFAULT_SIZE, low=1, high=self._settings.max_page_size)
        query.done()
        slots = Slots((page - 1) * size, size)
        found = await self._found(visit, view, status, where, slots)
        told = BatchResult(
            task_id=view.job.id,
            status=status_of(view.job),
            results=[Raw(orjson.dumps(result_row(row))) for row in found.rows],
            statistics=found.figures,
            total=found.total,
            page=page,
            size=size,
        )
        return json_answer(BatchResultAnswer(**structs.asdict(told), result=told))

    async def _found(
        self,
        visit: Visit,
        view: JobView,
        status: str | None,
        where: OutcomeFilter | None,
        slots: Slots,
    ) -> _Found:
        """What a page of results tells. A schedule whose first pass is still to come has none."""
        work = whole_of(view, visit.desk.published.jobs).work
        if work is None:
            return _Found(0, [], figures(view, 0, 0.0, self._now()))
        with visit.reading(work.job.id):
            if status == _PENDING:
                total, rows = await self._pending(visit, work, slots)
            else:
                wanted = _wanted(work, status, where)
                total, rows = await self._ended(visit, work, wanted, slots)
            known = await self._averages.of(visit, work)
        spent = work.job.spent_tokens
        return _Found(total, rows, figures(work, spent, known.average_ms, self._now()))

    async def _pending(
        self, visit: Visit, view: JobView, slots: Slots
    ) -> tuple[int, list[OutcomeRow]]:
        job, executor = view.job, self._executors.get(view.job.kind)
        total, found = await self._store.read_pending(
            visit.key,
            job.id,
            run=job.run,
            again=job.again,
            offset=slots.offset,
            limit=slots.limit,
        )
        return total, [pending_row(index, item, executor) for index, item in found]

    async def _ended(
        self, visit: Visit, view: JobView, wanted: Wanted, slots: Slots
    ) -> tuple[int, list[OutcomeRow]]:
        executor = self._executors.get(view.job.kind)
        found = await self._store.read_outcomes(
            visit.key,
            view.job.id,
            status=wanted.status,
            run=wanted.run,
            again=wanted.again,
            where=wanted.where,
            offset=slots.offset,
            limit=slots.limit,
        )
        return found.total, [outcome_row(record, item, executor) for record, item in found.records]

    async def export(self, visit: Visit, task: str) -> Response:
        view = self._tasks.find(visit, task)
        query = Query(request.args)
        kind = query.choice("format", tuple(MEDIA_TYPES)) or "json"
        status = query.choice("status", _ENDINGS)
        where = read_filter(query)
        query.done()
        work = whole_of(view, visit.desk.published.jobs).work or view
        wanted = _wanted(work, status, where)
        with visit.reading(work.job.id):
            # What cannot be read at all is refused before the answer begins.
            await self._store.read_outcomes(visit.key, work.job.id, run=work.job.run, limit=1)
        visit.note("export", work.job.id)
        rows = partial(self._batches, visit.key, work, wanted)
        chunks = export(kind, rows, self._threads, self._scratch)
        response = Response(chunks, 200, content_type=MEDIA_TYPES[kind])
        name = f"{slug(view.job.name)}.{kind}"
        response.headers["Content-Disposition"] = disposition(name)
        return response

    async def _batches(
        self, desk: DeskKey, view: JobView, wanted: Wanted
    ) -> AsyncIterator[list[OutcomeRow]]:
        executor = self._executors.get(view.job.kind)
        found = iter_rows(self._store, desk, view.job.id, executor, wanted)
        async with closing(found) as batches:
            async for batch in batches:
                yield [result_row(row) for row in batch]


class Slots(Struct, frozen=True):
    """Which of all results a page shows."""

    offset: int
    limit: int


class _Found(Struct, frozen=True):
    """`total` counts all results that match, `rows` are those of the page."""

    total: int
    rows: list[OutcomeRow]
    figures: BatchStatistics


def _wanted(view: JobView, status: str | None, where: OutcomeFilter | None) -> Wanted:
    ours = our_status(status)
    return of_job(view.job, None if ours is None else OutcomeStatus(ours), where)
