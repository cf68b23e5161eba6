"""What a job has done: its items, artifacts and exports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
import orjson
from msgspec import Raw, Struct
from quart import Response, request

from actors.messages import JobView
from actors.ports import Artifact, ExecutorSpec
from state.errors import ArtifactMissing
from state.model import NO_ENDINGS, OutcomeStatus
from state.wanted import ORDERS, Order
from web import schemas
from web.access import Access, Shared
from web.archive import Archives
from web.deps import WebDeps
from web.desk_api import JOB
from web.downloads import one_artifact, send
from web.errors import not_found
from web.export import MEDIA_TYPES, export
from web.filenames import disposition, slug
from web.filters import PARAMETERS, read_filter, refuse_filter
from web.http import Query, json_answer
from web.kept_archives import KeptArchives, archive_key
from web.manifest import Manifests
from web.outcomes import free_row, free_rows, iter_rows, of_job, outcome_row, pending_row
from web.routes import Parameter, Route, choice, integer
from web.threads import Threads
from web.views import missing_from, wire_damage, wire_time
from web.visit import Visit
from web.working_files import called_of, results_of

PENDING = "pending"
_DOWN = "desc"
_DIRECTIONS = ("asc", _DOWN)
_ENDINGS = tuple(status.value for status in OutcomeStatus if status not in NO_ENDINGS)
STATUSES = (*_ENDINGS, PENDING)
_MAX_OFFSET = 2**53

# What each route tells whoever has a share link.
_SHARED = {
    "items": Shared.VIEW,
    "export": Shared.VIEW,
    "artifacts": Shared.FILES,
    "artifacts/<path:name>": Shared.FILES,
    "artifacts.zip": Shared.FILES,
}

# Path under the job, handler, summary, answer, parameters.
_Handler = Callable[..., Coroutine[Any, Any, Response]]
_Row = tuple[str, _Handler, str, type[Struct] | str, tuple[Parameter, ...]]


class ResultsApi:
    """Handlers that read a job's files. They see what is on disk, also while the job runs."""

    def __init__(self, deps: WebDeps, threads: Threads, kept: KeptArchives) -> None:
        self._store = deps.store
        self._executors: Mapping[str, ExecutorSpec] = deps.executors
        self._max_page_size = deps.settings.max_page_size
        self._threads = threads
        self._archives = Archives(deps.store, threads)
        self._kept = kept
        self._manifests = Manifests(deps.store, threads)
        self._scratch = deps.scratch

    def routes(self) -> list[Route]:
        status = choice("status", STATUSES, "Only the items that `counts` counts so.")
        ended = choice("status", _ENDINGS, "Only the items that ended so, as `counts` has it.")
        page = integer("offset", "Items to skip.", default=0), integer("limit", "", default=100)
        sort = choice("sort", ORDERS, "By what they come; those that are alike by index.")
        items = (status, *PARAMETERS, sort, choice("order", _DIRECTIONS, ""), *page)
        table: list[_Row] = [
            ("items", self.items, "Outcomes of a job, by index", schemas.ItemList, items),
            ("export", self.export, "Outcomes as a file", _ANY, (_FORMAT, ended, *PARAMETERS)),
            ("artifacts", self.artifacts, "Files the job made", schemas.ArtifactList, ()),
            ("artifacts/<path:name>", self.artifact, "One file that the job made", _ANY, ()),
            ("artifacts.zip", self.archive, "All files that the job made", _ZIP, ()),
        ]
        return [
            Route(
                method="GET",
                rule=f"{JOB}/{tail}",
                name=f"get_{handler.__name__}",
                access=Access.DESK,
                shared=_SHARED[tail],
                handler=handler,
                summary=summary,
                answer=answer,
                parameters=parameters,
                errors=_errors(answer, parameters),
            )
            for tail, handler, summary, answer, parameters in table
        ]

    async def items(self, visit: Visit, job: str) -> Response:
        query = Query(request.args)
        status = query.choice("status", STATUSES)
        offset = query.integer("offset", 0, low=0, high=_MAX_OFFSET)
        limit = query.integer("limit", 100, low=1, high=self._max_page_size)
        where = read_filter(query)
        order = _order(query)
        if status == PENDING:
            refuse_filter(query, where, "goes with items that have ended, not with status=pending")
            if order is not None:
                query.wrong("sort", "goes with items that have ended, not with status=pending")
        query.done()
        with visit.reading(job) as view:
            executor = self._executor(view)
            # What the filters show is what the job's counts count.
            run, again = view.job.run, view.job.again
            if status == PENDING:
                total, pending = await self._store.read_pending(
                    visit.key, job, run=run, again=again, offset=offset, limit=limit
                )
                rows = [pending_row(index, item, executor) for index, item in pending]
                page = await self._store.read_outcomes(visit.key, job, run=run, limit=1)
            else:
                wanted = OutcomeStatus(status) if status else None
                page = await self._store.read_outcomes(
                    visit.key,
                    job,
                    status=wanted,
                    run=run,
                    again=again,
                    where=where,
                    order=order,
                    offset=offset,
                    limit=limit,
                )
                total = page.total
                rows = [outcome_row(record, item, executor) for record, item in page.records]
                if visit.share is not None:
                    rows = [free_row(row, view.job.kind) for row in rows]
        raw = [Raw(orjson.dumps(row)) for row in rows]
        damage = missing_from(view, page)
        shown = None if damage is None else wire_damage(damage)
        return json_answer(schemas.ItemList(raw, total, offset, limit, shown))

    async def export(self, visit: Visit, job: str) -> Response:
        query = Query(request.args)
        kind = query.choice("format", tuple(MEDIA_TYPES)) or "jsonl"
        status = query.choice("status", _ENDINGS)
        where = read_filter(query)
        query.done()
        with visit.reading(job) as view:
            # What cannot be read at all is refused before the answer begins.
            page = await self._store.read_outcomes(visit.key, job, run=view.job.run, limit=1)
        visit.note("export", job)
        wanted = of_job(view.job, OutcomeStatus(status) if status else None, where)
        open_rows = partial(iter_rows, self._store, visit.key, job, self._executor(view), wanted)
        if visit.share is not None:
            open_rows = partial(free_rows, open_rows, view.job.kind)
        # A file keeps its name for longer than an answer keeps its headers.
        damaged = missing_from(view, page) is not None
        name = f"{slug(view.job.name)}{'-damaged' if damaged else ''}.{kind}"
        return _download(
            export(kind, open_rows, self._threads, self._scratch), MEDIA_TYPES[kind], name
        )

    async def artifacts(self, visit: Visit, job: str) -> Response:
        with visit.reading(job) as view:
            made = await self._store.list_artifacts(visit.key, job)
        # A job may have made thousands.
        listed = partial(_listed, made, results_of(view.job.kind))
        return json_answer(await self._threads.step(listed))

    async def artifact(self, visit: Visit, job: str, name: str) -> Response:
        try:
            with visit.reading(job):
                found = await one_artifact(self._store, visit.key, job, name)
        except ArtifactMissing as error:
            raise not_found() from error
        answer = send(found, _ANY, name.rpartition("/")[2])
        visit.note("read_artifact", job)
        return answer

    async def archive(self, visit: Visit, job: str) -> Response:
        with visit.reading(job) as view:
            executor, run = self._executor(view), view.job.run
            manifest = self._manifests.of(visit.key, job, executor, run)
            kind = view.job.kind
            build = partial(
                self._archives.build,
                visit.key,
                job,
                where=results_of(kind),
                called=called_of(kind),
                manifest=manifest,
            )
            archive = await self._kept.of(archive_key(visit.key, view), build)
        answer = send(archive, _ZIP, f"{slug(view.job.name)}.zip")
        visit.note("read_artifacts_zip", job)
        return answer

    def _executor(self, view: JobView) -> ExecutorSpec | None:
        return self._executors.get(view.job.kind)


_ANY = "application/octet-stream"
_ZIP = "application/zip"
_FORMAT = Parameter("format", {"type": "string", "enum": list(MEDIA_TYPES), "default": "jsonl"})


def _order(query: Query) -> Order | None:
    """None: by index."""
    by, direction = query.choice("sort", ORDERS), query.choice("order", _DIRECTIONS)
    if (by or "index") == "index" and direction != _DOWN:
        return None
    return Order(by or "index", direction == _DOWN)


def _listed(made: Sequence[Artifact], is_result: Callable[[str], bool]) -> bytes:
    entries = [
        schemas.ArtifactEntry(found.name, found.size_bytes, wire_time(found.modified_at))
        for found in made
        if is_result(found.name)
    ]
    return msgspec.json.encode(schemas.ArtifactList(entries))


def _errors(answer: type[Struct] | str, parameters: tuple[Parameter, ...]) -> tuple[str, ...]:
    if parameters:
        return ("invalid_request",)
    return ("range_not_satisfiable",) if answer in (_ANY, _ZIP) else ()


def _download(chunks: AsyncIterator[bytes], media_type: str, name: str) -> Response:
    """A file to be saved, never shown: what a job made is not ours to render."""
    response = Response(chunks, 200, content_type=media_type)
    response.headers["Content-Disposition"] = disposition(name)
    return response
