"""Making jobs: `POST /api/desks/{desk}/jobs`, as JSON or as a form with a file of items."""

from __future__ import annotations

import uuid

from quart import Response

from actors.messages import CreateJob
from web import schemas
from web.access import Access
from web.desk_api import JOBS, command_answer
from web.handing import FORM, Handing
from web.http import idempotency
from web.routes import IDEMPOTENCY, Route
from web.visit import Visit

# What asking for a job may be refused with, whether it is made or only outlined.
REFUSED = (
    "invalid_json",
    "invalid_spec",
    "preset_not_found",
    "body_too_large",
    "unsupported_media_type",
    "too_many_requests",
    "overloaded",
    "files_damaged",
)


class CreateApi:
    """The handler that makes jobs."""

    def __init__(self, handing: Handing) -> None:
        self._handing = handing

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
                form=FORM,
                answer=schemas.CommandAnswer,
                status=201,
                parameters=(IDEMPOTENCY,),
                errors=(
                    *REFUSED,
                    "insufficient_tokens",
                    "plan_exceeded",
                    "limit_reached",
                    "idempotency_conflict",
                    "job_deleted",
                    "mailbox_full",
                    "storage_full",
                ),
            )
        ]

    async def create_job(self, visit: Visit) -> Response:
        handed = await self._handing.read(visit.key)
        key = idempotency(visit.key, *handed.parts)
        made = await self._handing.drafted(visit, handed)
        draft = made.draft
        command = CreateJob(
            job_id=str(uuid.uuid4()),
            kind=draft.kind,
            name=draft.name,
            lane=draft.lane,
            priority=draft.priority,
            start=draft.start,
            plan=draft.plan,
            idempotency=key,
            schedule=draft.schedule,
            assets=draft.plan.assets,
            files=made.files,
            templates=made.templates,
            origin=made.origin,
        )
        return command_answer(await visit.ask(command), 201)
