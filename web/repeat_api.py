"""Doing a whole job once more: as another job, made of all that the first was made of."""

from __future__ import annotations

import uuid

from quart import Response

from actors.messages import RepeatJob
from web import schemas
from web.access import Access
from web.deps import WebDeps
from web.desk_api import JOB, REFUSALS, command_answer
from web.http import empty_body, idempotency
from web.routes import IDEMPOTENCY, Route
from web.visit import Visit


class RepeatApi:
    """Holds no state of its own."""

    def __init__(self, deps: WebDeps) -> None:
        self._max_json_depth = deps.settings.max_json_depth

    def routes(self) -> list[Route]:
        return [
            Route(
                method="POST",
                rule=f"{JOB}/repeat",
                name="repeat_job",
                access=Access.DESK,
                handler=self.repeat,
                summary="Make and queue another job of all that this one was made of",
                answer=schemas.CommandAnswer,
                status=201,
                parameters=(IDEMPOTENCY,),
                errors=(
                    "invalid_spec",
                    "insufficient_tokens",
                    "plan_exceeded",
                    "limit_reached",
                    "lane_busy",
                    "job_deleted",
                    *REFUSALS,
                ),
            )
        ]

    async def repeat(self, visit: Visit, job: str) -> Response:
        await empty_body(self._max_json_depth)
        command = RepeatJob(job, str(uuid.uuid4()), idempotency(visit.key))
        return command_answer(await visit.ask(command), 201)
