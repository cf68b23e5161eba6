"""Making jobs: `POST /api/desks/{desk}/jobs`, as JSON or as a form with a file of items."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from msgspec import Struct
from quart import Response, request
from werkzeug.datastructures import FileStorage

from actors.messages import CreateJob
from actors.ports import PlanLimits
from web import schemas
from web.access import Access
from web.deps import WebDeps
from web.desk_api import JOBS, command_answer
from web.drafts import Planner
from web.errors import JSON_TYPE, WebError
from web.http import body, idempotency, invalid
from web.routes import IDEMPOTENCY, Route
from web.threads import LARGE_BODY_BYTES, LARGE_ITEM_COUNT, Threads
from web.validate import field_error
from web.visit import Visit

FORM_TYPE = "multipart/form-data"


class _Handed(Struct, frozen=True):
    """A request as it came in: parsed, not checked; `parts` is what its fingerprint is made of."""

    value: Any
    parts: tuple[bytes, ...]
    large: bool


class CreateApi:
    """The handler that makes jobs. Large requests are parsed and planned beside the loop."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        settings = deps.settings
        self._threads = threads
        self._planner = Planner(
            executors=deps.executors,
            limits=PlanLimits(
                max_items=settings.max_items,
                max_url_bytes=settings.max_url_bytes,
                max_concurrency=settings.max_concurrency,
                max_body_read_bytes=settings.max_response_bytes,
            ),
            max_name_chars=settings.max_name_chars,
            max_spec_bytes=settings.max_spec_bytes,
            max_json_depth=settings.max_json_depth,
            max_json_members=settings.max_json_members,
        )

    def routes(self) -> list[Route]:
        return [
            Route(
                method="POST",
                rule=JOBS,
                name="create_job",
                access=Access.DESK,
                handler=self.create_job,
                summary="Make a job; with `start` it is queued at once",
                body=schemas.CreateJobBody,
                upload=True,
                answer=schemas.CommandAnswer,
                status=201,
                parameters=(IDEMPOTENCY,),
                errors=(
                    "invalid_json",
                    "invalid_spec",
                    "limit_reached",
                    "idempotency_conflict",
                    "job_deleted",
                    "body_too_large",
                    "unsupported_media_type",
                    "mailbox_full",
                    "storage_full",
                ),
            )
        ]

    async def create_job(self, visit: Visit) -> Response:
        handed = await self._read()
        key = idempotency(visit.key, *handed.parts)
        draft = await self._threads.run(
            partial(self._planner.plan, handed.value), large=handed.large
        )
        command = CreateJob(
            job_id=str(uuid.uuid4()),
            kind=draft.kind,
            name=draft.name,
            lane=draft.lane,
            priority=draft.priority,
            start=draft.start,
            plan=draft.plan,
            idempotency=key,
        )
        return command_answer(await visit.ask(command), 201)

    async def _read(self) -> _Handed:
        if request.mimetype == JSON_TYPE:
            data = await body()
            parse = partial(self._planner.from_json, data)
            return await self._parsed(parse, (data,), len(data))
        if request.mimetype == FORM_TYPE:
            return await self._read_form()
        raise WebError("unsupported_media_type", f"the body must be {JSON_TYPE} or {FORM_TYPE}")

    async def _read_form(self) -> _Handed:
        form, files = await request.form, await request.files
        job, file = form.get("job"), files.get("items")
        job_part = files.get("job")
        job_data = job_part.read() if job_part is not None else (job or "").encode()
        if not job_data or file is None:
            reason = "the form needs a part job (JSON) and a file part items"
            raise invalid([field_error("job" if not job_data else "items", reason)])
        items_data, name = file.read(), _file_name(file)
        parse = partial(self._planner.from_upload, job_data, items_data, name)
        parts = (job_data, items_data, name.rpartition(".")[2].encode())
        return await self._parsed(parse, parts, len(items_data))

    async def _parsed(self, parse: Any, parts: tuple[bytes, ...], size_bytes: int) -> _Handed:
        large = size_bytes > LARGE_BODY_BYTES
        value = await self._threads.run(parse, large=large)
        items = value.get("items") if isinstance(value, dict) else None
        many = isinstance(items, list) and len(items) > LARGE_ITEM_COUNT
        return _Handed(value, parts, large or many)


def _file_name(file: FileStorage) -> str:
    return file.filename or ""
