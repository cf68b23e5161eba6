"""Desks and jobs over REST: create, see, wait for, command. The wire is docs/native-api.md."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Raw, Struct
from quart import Response, request

from actors.messages import (
    CancelJob,
    DeleteJob,
    Idempotency,
    PauseJob,
    Published,
    Reply,
    ResumeJob,
    StartJob,
)
from actors.settings import AcknowledgeRestore
from state.model import JobStatus
from web import schemas
from web.access import Access, Shared
from web.codings import taken
from web.deps import WebDeps
from web.errors import WebError
from web.feed import Feeds, encode_job
from web.http import Query, desk_url, empty_body, idempotency, json_answer, still_holds
from web.making import DeskMaker
from web.pass_schemas import PassRecord
from web.routes import IDEMPOTENCY, IF_NONE_MATCH, Parameter, Route, choice, integer
from web.schedules import wire_passes
from web.visit import Visit
from web.waiting import WAIT, Waiting

DESK = "/api/desks/<desk>"
JOBS = f"{DESK}/jobs"
JOB = f"{JOBS}/<job>"

_JobCommand = StartJob | PauseJob | ResumeJob | CancelJob

_COMMANDS: dict[str, Callable[[str, Idempotency | None], _JobCommand]] = {
    "start": StartJob,
    "pause": PauseJob,
    "resume": ResumeJob,
    "cancel": CancelJob,
}
_SUMMARIES = {
    "start": "Queue a pending job",
    "pause": "Pause a job: items in flight end, no others begin",
    "resume": "Let a paused job go on",
    "cancel": "Stop a job for good; what was done stays",
}
_PAID = ("insufficient_tokens",)
REFUSALS = ("invalid_status", "idempotency_conflict", "mailbox_full", "storage_full")
_STATUSES = tuple(status.value for status in JobStatus)


# What is smaller is sent as soon as it would be compressed.
_PACKED_FROM_BYTES = 4096


class _JobAnswer(Struct, frozen=True):
    job: Raw
    revision: int
    spec: dict[str, Any]
    passes: list[PassRecord]


class _CommandAnswer(Struct, frozen=True):
    job: Raw
    revision: int
    durable: bool = True


class _JobList(Struct, frozen=True):
    jobs: list[Raw]
    total: int
    page: int
    size: int
    revision: int


class DeskApi:
    """Handlers of the desk and of one job. Holds no state of its own."""

    def __init__(self, deps: WebDeps, feeds: Feeds, maker: DeskMaker) -> None:
        self._settings = deps.settings
        self._maker = maker
        self._waiting = Waiting(deps)
        self._feeds = feeds

    def routes(self) -> list[Route]:
        commands = [self._command_route(action) for action in _COMMANDS]
        return self._desk_routes() + self._job_routes() + commands

    def _desk_routes(self) -> list[Route]:
        return [
            Route(
                method="POST",
                rule="/api/desks",
                name="create_desk",
                access=Access.CREATE_DESK,
                handler=self.create_desk,
                summary="Make a new desk",
                answer=schemas.DeskCreated,
                status=201,
                errors=("too_many_requests",),
            ),
            Route(
                method="GET",
                rule=DESK,
                name="get_desk",
                access=Access.DESK,
                shared=Shared.VIEW,
                handler=self.snapshot,
                summary="The whole desk, now or at its next change",
                answer=schemas.DeskSnapshot,
                parameters=(integer("after", "A revision: wait for another."), WAIT, IF_NONE_MATCH),
                errors=("invalid_request", "too_many_sockets"),
            ),
            Route(
                method="POST",
                rule=f"{DESK}/acknowledge",
                name="acknowledge_restore",
                access=Access.DESK,
                handler=self.acknowledge,
                summary="Go on with the older generation that was restored; its flag goes away",
                answer=schemas.DeskAnswer,
                errors=("mailbox_full", "storage_full"),
            ),
        ]

    def _job_routes(self) -> list[Route]:
        page = integer("page", "From 1.", default=1), integer("size", "Jobs a page.", default=50)
        status = choice("status", _STATUSES, "Only jobs of this status.")
        kind = Parameter("kind", {"type": "string"}, "Only jobs of this kind.")
        return [
            Route(
                method="GET",
                rule=JOBS,
                name="list_jobs",
                access=Access.DESK,
                shared=Shared.VIEW,
                handler=self.list_jobs,
                summary="Jobs of a desk, newest first",
                answer=schemas.JobList,
                parameters=(status, kind, *page),
                errors=("invalid_request",),
            ),
            Route(
                method="GET",
                rule=JOB,
                name="get_job",
                access=Access.DESK,
                shared=Shared.VIEW,
                handler=self.get_job,
                summary="One job, and what was asked for",
                answer=schemas.JobAnswer,
            ),
            Route(
                method="DELETE",
                rule=JOB,
                name="delete_job",
                access=Access.DESK,
                handler=self.delete_job,
                summary="Cancel a job where needed, then forget it and its files",
                answer=schemas.DeleteAnswer,
                errors=("storage_unavailable",),
            ),
        ]

    def _command_route(self, action: str) -> Route:
        return Route(
            method="POST",
            rule=f"{JOB}/{action}",
            name=f"{action}_job",
            access=Access.DESK,
            handler=self._command_handler(action),
            summary=_SUMMARIES[action],
            answer=schemas.CommandAnswer,
            parameters=(IDEMPOTENCY,),
            errors=(*_PAID, *REFUSALS) if action == "start" else REFUSALS,
        )

    async def create_desk(self) -> Response:
        await empty_body(self._settings.max_json_depth)
        desk_id = await self._maker.make()
        return json_answer(schemas.DeskCreated(desk_id, desk_url(desk_id)), 201)

    async def snapshot(self, visit: Visit) -> Response:
        query = Query(request.args)
        after = query.optional_integer("after", high=2**63)
        wait_s = query.seconds("wait", high=self._settings.long_poll_max_s)
        query.done()
        published = visit.desk.published
        if after is not None and wait_s > 0 and published.revision == after:
            published = await self._waiting.until(
                visit.desk, lambda newer: newer.revision != after, wait_s
            )
            visit.check()
        etag = f'"{published.revision}"'
        if published.revision == after or still_holds(request.headers.get("If-None-Match"), etag):
            return Response(b"", 304, {"ETag": etag})
        response = self._snapshot(visit, published)
        response.headers["ETag"] = etag
        return response

    def _snapshot(self, visit: Visit, published: Published) -> Response:
        """A large one compressed, where the client takes that."""
        feed = self._feeds.of(visit.desk)
        body = feed.snapshot(published)
        is_packed = len(body) >= _PACKED_FROM_BYTES and "gzip" in taken(
            request.headers.get("Accept-Encoding", "")
        )
        response = json_answer(feed.packed(published) if is_packed else body)
        response.headers["Vary"] = "Accept-Encoding"
        if is_packed:
            response.headers["Content-Encoding"] = "gzip"
        return response

    async def acknowledge(self, visit: Visit) -> Response:
        await empty_body(self._settings.max_json_depth)
        reply = await visit.ask(AcknowledgeRestore())
        return json_answer(schemas.DeskAnswer(reply.revision, durable=True))

    async def list_jobs(self, visit: Visit) -> Response:
        query = Query(request.args)
        status = query.choice("status", _STATUSES)
        page = query.integer("page", 1, low=1, high=10**9)
        size = query.integer("size", 50, low=1, high=self._settings.max_page_size)
        query.done()
        kind = request.args.get("kind")
        published, feed = visit.desk.published, self._feeds.of(visit.desk)
        found = [
            view
            for view in reversed(published.jobs.values())
            if (not status or view.job.status == status) and (not kind or view.job.kind == kind)
        ]
        shown = [feed.job(view) for view in found[(page - 1) * size : page * size]]
        return json_answer(_JobList(shown, len(found), page, size, published.revision))

    async def get_job(self, visit: Visit, job: str) -> Response:
        view = visit.view(job)
        raw = self._feeds.of(visit.desk).job(view)
        passes = wire_passes(view.job.passes)
        return json_answer(_JobAnswer(raw, visit.desk.published.revision, view.job.spec, passes))

    async def delete_job(self, visit: Visit, job: str) -> Response:
        await empty_body(self._settings.max_json_depth)
        reply = await visit.ask(DeleteJob(job))
        return json_answer(schemas.DeleteAnswer(job, reply.revision, durable=True))

    def _command_handler(self, action: str) -> Callable[[Visit, str], Awaitable[Response]]:
        make = _COMMANDS[action]

        async def command(visit: Visit, job: str) -> Response:
            await empty_body(self._settings.max_json_depth)
            reply = await visit.ask(make(job, idempotency(visit.key)))
            return command_answer(reply)

        return command


def command_answer(reply: Reply, status: int = 200) -> Response:
    """What a command that speaks of a job is answered. A replayed answer is as it was given."""
    if reply.job is None:
        raise WebError("job_deleted", "the job was deleted meanwhile")
    return json_answer(_CommandAnswer(encode_job(reply.job), reply.revision), status)
