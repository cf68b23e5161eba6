"""The journeys of a desk over REST: kept, replaced, run. The wire is docs/native-api.md."""

from __future__ import annotations

from msgspec import UNSET
from quart import Response, request

from state.journeys import Journey
from web import schemas
from web.access import Access
from web.checked import checked_body
from web.deps import WebDeps
from web.desk_api import DESK, command_answer
from web.http import (
    body,
    idempotency,
    json_answer,
    still_holds,
)
from web.journeys import Choice, Journeys, Kept
from web.kept_values import shown
from web.routes import IDEMPOTENCY, IF_NONE_MATCH, Route
from web.threads import Threads
from web.views import wire_time_or_none
from web.visit import Visit

JOURNEYS = f"{DESK}/journeys"


class JourneysApi:
    """Handlers of the journeys. They hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads, journeys: Journeys) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._journeys = journeys

    def routes(self) -> list[Route]:
        wrong = ("invalid_json", "invalid_spec", "body_too_large", "mailbox_full", "storage_full")
        return [
            Route(
                method="GET",
                rule=JOURNEYS,
                name="get_journeys",
                access=Access.DESK,
                handler=self.read,
                summary="What the desk's browser is to do on request",
                answer=schemas.JourneysAnswer,
                parameters=(IF_NONE_MATCH,),
                errors=("files_damaged",),
            ),
            Route(
                method="PUT",
                rule=JOURNEYS,
                name="set_journeys",
                access=Access.DESK,
                handler=self.replace,
                summary="Replace the whole list",
                body=schemas.JourneysBody,
                answer=schemas.JourneysAnswer,
                errors=(*wrong, "journeys_changed", "limit_reached", "files_damaged"),
            ),
            Route(
                method="POST",
                rule=f"{JOURNEYS}/start",
                name="start_journeys",
                access=Access.DESK,
                handler=self.start,
                summary="Run some of them, or all, one after the other as one job",
                body=schemas.StartJourneysBody,
                answer=schemas.CommandAnswer,
                status=201,
                parameters=(IDEMPOTENCY,),
                errors=(
                    *wrong,
                    "insufficient_tokens",
                    "plan_exceeded",
                    "lane_busy",
                    "limit_reached",
                    "idempotency_conflict",
                    "job_deleted",
                    "files_damaged",
                ),
            ),
        ]

    async def read(self, visit: Visit) -> Response:
        kept = await self._journeys.read(visit)
        etag = kept.etag
        if still_holds(request.headers.get("If-None-Match"), etag):
            return Response(b"", 304, {"ETag": etag})
        return _answer(kept)

    async def replace(self, visit: Visit) -> Response:
        wanted = await checked_body(schemas.JourneysBody, self._settings, self._threads)
        return _answer(await self._journeys.replace(visit, wanted.journeys, wanted.replaces))

    async def start(self, visit: Visit) -> Response:
        data = await body()
        wanted = await checked_body(
            schemas.StartJourneysBody, self._settings, self._threads, data or b"{}"
        )
        choice = Choice(
            indices=None if wanted.indices is UNSET else tuple(wanted.indices),
            auto_generate=wanted.auto_generate,
            ignore_completed=wanted.ignore_completed,
            options=wanted.options,
        )
        kept = await self._journeys.read(visit)
        key = idempotency(visit.key, data)
        return command_answer(await self._journeys.start(visit, kept, choice, key), 201)


def _answer(kept: Kept) -> Response:
    entries = [entry_of(journey) for journey in kept.journeys]
    answer = schemas.JourneysAnswer(entries, kept.digest, kept.revision, durable=True)
    response = json_answer(answer)
    response.headers["ETag"] = kept.etag
    return response


def entry_of(journey: Journey) -> schemas.JourneyEntry:
    """The journey on the wire."""
    return schemas.JourneyEntry(
        id=journey.id,
        name=journey.name,
        url=journey.url,
        path=shown(journey.path),
        generated=journey.generated,
        not_before=wire_time_or_none(journey.not_before),
        expires_at=wire_time_or_none(journey.expires_at),
        completed=journey.completed,
    )
