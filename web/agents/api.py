"""Jobs of agents over REST: their tasks, how each went, what it made, what all cost, and what may
be asked for here. The wire is docs/agents-page.md.
"""

from __future__ import annotations

from functools import partial

from msgspec import UNSET
from msgspec.structs import replace
from quart import Response, request

from actors.messages import JobView
from executors.agent.items import AgentItem
from state.spending import NO_CAP
from web.access import Access, Shared
from web.agents import schemas
from web.agents.costs import Tariff
from web.agents.kind import KIND, Allows
from web.agents.money import wire_cap, wire_spend
from web.agents.results import Results
from web.agents.tasks import Task, Tasks
from web.agents.transcripts import Transcripts
from web.archive import Archives
from web.deps import WebDeps
from web.desk_api import DESK, JOB
from web.downloads import send
from web.errors import not_found
from web.filenames import disposition, slug
from web.http import Query, json_answer, still_holds
from web.kept_archives import KeptArchives, archive_key
from web.routes import IF_NONE_MATCH, Route, integer
from web.threads import Threads
from web.views import wire_time_or_none
from web.visit import Visit
from web.working_files import made_name

_ITEM = f"{JOB}/items/<item>"
_ZIP = "application/zip"
_JSON = "application/json"
_LINES = "application/jsonl"
_MOST_PIECES = 10**9
# An index of more digits is no item's.
_MAX_DIGITS = 9


class AgentsApi:
    """Handlers of jobs of agents. They hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads, kept: KeptArchives) -> None:
        self._store = deps.store
        spec: object = deps.executors.get(KIND)
        self._spec = spec if isinstance(spec, Allows) else None
        self._max_page_size = deps.settings.max_page_size
        self._now = deps.now
        self._tasks = Tasks(deps.store, threads)
        self._transcripts = Transcripts(deps.store, threads)
        self._archives = Archives(deps.store, threads)
        self._tariff = _tariff(self._spec)
        self._results = Results(deps.store, threads, self._tariff)
        self._kept = kept
        self._threads = threads

    def routes(self) -> list[Route]:
        return [*self._of_jobs(), *self._of_tasks()]

    def _of_jobs(self) -> list[Route]:
        return [
            Route(
                method="GET",
                rule=f"{DESK}/agents",
                name="get_agents",
                access=Access.DESK,
                handler=self.options,
                summary="What jobs of agents may name and do here",
                answer=schemas.AgentsAnswer,
            ),
            Route(
                method="GET",
                rule=f"{JOB}/tasks",
                name="list_tasks",
                access=Access.DESK,
                shared=Shared.VIEW,
                handler=self.tasks,
                summary="The tasks of a job of agents, and how each stands",
                answer=schemas.TaskList,
                parameters=(
                    integer("offset", "Tasks to skip.", default=0),
                    integer("limit", "", default=100),
                    IF_NONE_MATCH,
                ),
                errors=("invalid_request",),
            ),
            Route(
                method="GET",
                rule=f"{JOB}/costs",
                name="get_costs",
                access=Access.DESK,
                handler=self.costs,
                summary="What the calls of a job of agents have cost, and would cost elsewhere",
                answer=schemas.CostsAnswer,
                parameters=(IF_NONE_MATCH,),
            ),
            Route(
                method="GET",
                rule=f"{JOB}/agent-results.json",
                name="get_agent_results",
                access=Access.DESK,
                handler=self.results,
                summary="A job of agents as the result file that viewers of older systems read",
                answer=_JSON,
            ),
        ]

    def _of_tasks(self) -> list[Route]:
        return [
            Route(
                method="GET",
                rule=f"{_ITEM}/transcript",
                name="get_transcript",
                access=Access.DESK,
                handler=self.transcript,
                summary="How a task of an agent goes, from a piece of its transcript on",
                answer=schemas.TranscriptAnswer,
                parameters=(
                    integer("after", "A piece: the `next` of the last answer.", default=0),
                    IF_NONE_MATCH,
                ),
                errors=("invalid_request",),
            ),
            Route(
                method="GET",
                rule=f"{_ITEM}/transcript.jsonl",
                name="download_transcript",
                access=Access.DESK,
                handler=self.whole_transcript,
                summary="The transcript of a task as it is kept, whole",
                answer=_LINES,
            ),
            Route(
                method="GET",
                rule=f"{_ITEM}/files.zip",
                name="get_task_files",
                access=Access.DESK,
                handler=self.files,
                summary="The files that one task has made",
                answer=_ZIP,
                errors=("range_not_satisfiable",),
            ),
        ]

    async def options(self, visit: Visit) -> Response:
        if self._spec is None:
            return json_answer(schemas.AgentsAnswer([], False, wire_cap(NO_CAP)))
        allowed = self._spec.settings
        endpoints = [
            schemas.EndpointEntry(each.name, list(each.models), each.has_key)
            for each in allowed.endpoints
        ]
        cap = wire_cap(allowed.day_cap)
        return json_answer(schemas.AgentsAnswer(endpoints, allowed.commands, cap))

    async def tasks(self, visit: Visit, job: str) -> Response:
        query = Query(request.args)
        offset = query.integer("offset", 0, low=0, high=10**9)
        limit = query.integer("limit", 100, low=1, high=self._max_page_size)
        query.done()
        view = _view(visit, job)
        if (known := _known(etag := _tag(view))) is not None:
            return known
        with visit.reading(job):
            found = await self._tasks.every(visit.key, view)
        entries = [_entry(task) for task in found[offset : offset + limit]]
        if visit.share is not None:
            entries = [replace(entry, spend=UNSET) for entry in entries]
        answer = json_answer(schemas.TaskList(entries, len(found), offset, limit))
        answer.headers["ETag"] = etag
        return answer

    async def costs(self, visit: Visit, job: str) -> Response:
        Query(request.args).done()
        view = _view(visit, job)
        if (known := _known(etag := _tag(view))) is not None:
            return known
        with visit.reading(job):
            found = await self._tasks.every(visit.key, view)
        answer = json_answer(await self._threads.step(partial(self._tariff.costs, view, found)))
        answer.headers["ETag"] = etag
        return answer

    async def results(self, visit: Visit, job: str) -> Response:
        Query(request.args).done()
        view = _view(visit, job)
        with visit.reading(job):
            found = await self._tasks.every(visit.key, view)
        chunks = self._results.chunks(visit.key, view, found, self._now())
        response = Response(chunks, 200, content_type=_JSON)
        name = f"{slug(view.job.name)}-parallel_batch_results.json"
        response.headers["Content-Disposition"] = disposition(name)
        visit.note("read_agent_results", job)
        return response

    async def transcript(self, visit: Visit, job: str, item: str) -> Response:
        query = Query(request.args)
        after = query.integer("after", 0, low=0, high=_MOST_PIECES)
        query.done()
        _view(visit, job)
        with visit.reading(job):
            task = await self._task(visit, job, item)
            found = await self._transcripts.find(visit.key, job, task, after)
            etag = f'"{found.tag}"'
            if (known := _known(etag)) is not None:
                return known
            records = await self._transcripts.read(visit.key, job, found)
        answer = json_answer(
            schemas.TranscriptAnswer(
                index=int(item),
                dir=task.dir,
                prompt=task.first_prompt,
                records=records,
                next=found.next,
                more=found.more,
            )
        )
        answer.headers["ETag"] = etag
        return answer

    async def whole_transcript(self, visit: Visit, job: str, item: str) -> Response:
        view = _view(visit, job)
        with visit.reading(job):
            task = await self._task(visit, job, item)
        chunks = self._transcripts.whole(visit.key, job, task)
        response = Response(chunks, 200, content_type=_LINES)
        name = f"{slug(view.job.name)}-{slug(task.dir)}.jsonl"
        response.headers["Content-Disposition"] = disposition(name)
        visit.note("read_transcript", job)
        return response

    async def files(self, visit: Visit, job: str, item: str) -> Response:
        view = _view(visit, job)
        with visit.reading(job):
            task = await self._task(visit, job, item)
            build = partial(
                self._archives.build,
                visit.key,
                job,
                where=lambda name: name.startswith(task.file("")),
                called=made_name,
            )
            archive = await self._kept.of(archive_key(visit.key, view, item), build)
        answer = send(archive, _ZIP, f"{slug(view.job.name)}-{slug(task.dir)}.zip")
        visit.note("read_task_files", job)
        return answer

    async def _task(self, visit: Visit, job: str, item: str) -> AgentItem:
        """Raises WebError (404), JobFilesMissing."""
        written = item.isascii() and item.isdigit() and len(item) <= _MAX_DIGITS
        if not written or str(int(item)) != item:
            raise not_found()
        found = await self._tasks.one(visit.key, job, int(item))
        if found is None:
            raise not_found()
        return found


def _tariff(spec: Allows | None) -> Tariff:
    return Tariff() if spec is None else Tariff(spec.prices, spec.settings.endpoints)


def _view(visit: Visit, job: str) -> JobView:
    """A job of another kind has no tasks. Raises WebError (404)."""
    view = visit.view(job)
    if view.job.kind != KIND:
        raise not_found()
    return view


def _tag(view: JobView) -> str:
    return f'"{view.job.revision}-{view.place or 0}"'


def _known(etag: str) -> Response | None:
    """Where the client has that answer already."""
    if not still_holds(request.headers.get("If-None-Match"), etag):
        return None
    return Response(b"", 304, {"ETag": etag})


def _entry(task: Task) -> schemas.TaskEntry:
    said = task.said
    return schemas.TaskEntry(
        index=task.index,
        dir=task.item.dir,
        prompt=task.item.first_prompt,
        status=task.status,
        stage=task.stage,
        stop=said.stop,
        iterations=said.iterations,
        best_round=said.best_round,
        score=said.score,
        spend=wire_spend(task.spend),
        duration_ms=round(task.duration_ms, 1),
        error=task.error,
        at=wire_time_or_none(task.at),
    )
