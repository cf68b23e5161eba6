"""What a job was asked for, as it would be asked for again: `GET .../jobs/{job}/asked`.

A form is filled in with it. Its secrets are left out, and named; items that are many stay here, and
the new job names this one instead (`items_of`).
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from quart import Response, request

from web.access import Access
from web.again import Again
from web.deps import WebDeps
from web.desk_api import JOB
from web.errors import WebError
from web.http import Query, json_answer
from web.routes import Route, integer
from web.threads import Threads
from web.visit import Visit

_Count = Annotated[int, Meta(ge=0)]

# So many items are told where nothing else is asked, and so much of them.
USUAL, MOST = 1_000, 10_000
MAX_BYTES = 1024 * 1024


class AskedAnswer(Struct, frozen=True):
    """`spec` has what differs from the defaults, without the values of `secrets`, which have to be
    given again: each is named by its field. Of `items_n` items these are all, or null where they
    are too many, or the spec says where they come from; `items_of` can name the job in their place
    where `by_name` is true."""

    kind: str
    name: str
    lane: str
    priority: int
    spec: dict[str, Any]
    items: list[Any] | None
    items_n: _Count
    by_name: bool
    secrets: list[str]


class AskedApi:
    """The handler. It holds no state of its own."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._again = Again(deps, threads)

    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET",
                rule=f"{JOB}/asked",
                name="asked_job",
                access=Access.DESK,
                handler=self.asked,
                summary="What the job was asked for, to be asked for again with changes",
                answer=AskedAnswer,
                parameters=(integer("limit", "Items that are told at most.", default=USUAL),),
                errors=("invalid_request", "files_damaged", "invalid_spec"),
            )
        ]

    async def asked(self, visit: Visit, job: str) -> Response:
        query = Query(request.args)
        limit = query.integer("limit", USUAL, low=0, high=MOST)
        query.done()
        view = visit.view(job)
        found = await self._again.asked(visit, view)
        if found is None:
            reason = f"jobs of kind {view.job.kind} cannot be read back: ask for a new one"
            raise WebError("invalid_spec", reason)
        items = found.items
        of_items = any(name.startswith("items[") for name in found.secrets)
        answer = AskedAnswer(
            kind=view.job.kind,
            name=view.job.name,
            lane=view.job.lane,
            priority=view.job.priority,
            spec=found.spec,
            items=_told(items, limit),
            items_n=0 if items is None else len(items),
            by_name=items is not None and not of_items,
            secrets=list(found.secrets),
        )
        return json_answer(answer)


def _told(items: Any, limit: int) -> list[Any] | None:
    """None where they are too many, or not to be handed out: what is in an archive of the job's."""
    if items is None or len(items) > limit or any(isinstance(each, Struct) for each in items):
        return None
    return list(items) if len(msgspec.json.encode(items)) <= MAX_BYTES else None
