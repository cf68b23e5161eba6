"""What a job would be, before it is made: how many items, what its start would hold, and how long
it may take. `POST /api/desks/{desk}/jobs/outline` takes what making a job takes, and makes nothing.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType
from quart import Response

from actors.rules import ledger
from actors.rules.plans import Asked, check_plan
from state.spending import NO_CAP
from web import schemas
from web.access import Access
from web.create_api import REFUSED
from web.deps import WebDeps
from web.desk_api import JOBS
from web.documents.making import KIND as DOCUMENTS
from web.drafts import Draft
from web.expected import Expected, measured, usual
from web.handing import FORM, Handing
from web.http import json_answer
from web.progress_schemas import SpendCap
from web.routes import Route
from web.views import wire_cap
from web.visit import Visit

_Count = Annotated[int, Meta(ge=0)]

# So many items are told, as their outcomes would name them.
_FIRST = 5


class JobOutline(Struct, frozen=True):
    """What a request would make. `grows_to` is how many items the job may come to have as it finds
    more (0: it never does). Its start would take `price_tokens`, of which `missing_tokens` are not
    there. `expected` is null where nobody can say. `first` are some of its items. `cap` is what
    calls of models may cost together."""

    kind: str
    name: str
    items: _Count
    grows_to: _Count
    concurrency: _Count
    price_tokens: _Count
    free_tokens: _Count
    missing_tokens: _Count
    expected: Expected | None
    first: list[dict[str, Any]]
    cap: SpendCap | UnsetType = UNSET


class JobOutlineApi:
    """The handler. It holds no state of its own."""

    def __init__(self, deps: WebDeps, handing: Handing) -> None:
        self._handing = handing
        self._executors = deps.executors
        self._estimates = deps.estimates
        self._plans = deps.settings.plans
        self._now = deps.now

    def routes(self) -> list[Route]:
        return [
            Route(
                method="POST",
                rule=f"{JOBS}/outline",
                name="outline_job",
                asks=True,
                access=Access.DESK,
                handler=self.outline,
                summary="What a job would be, priced and timed; nothing is made",
                body=schemas.CreateJobBody,
                form=FORM,
                answer=JobOutline,
                errors=(*REFUSED, "plan_exceeded"),
            )
        ]

    async def outline(self, visit: Visit) -> Response:
        handed = await self._handing.read(visit.key)
        draft = (await self._handing.drafted(visit, handed)).draft
        plan, published = draft.plan, visit.desk.published
        count = len(plan.items)
        most = max(count, plan.grows_to)
        asked = Asked(items=most, concurrency=plan.concurrency, priority=draft.priority)
        check_plan(published.plan, asked, self._plans)
        free = max(0, ledger.free(published.ledger, self._now()))
        describe = self._executors[draft.kind].describe
        answer = JobOutline(
            kind=draft.kind,
            name=draft.name,
            items=count,
            grows_to=plan.grows_to,
            concurrency=plan.concurrency,
            price_tokens=plan.price_tokens,
            free_tokens=free,
            missing_tokens=max(0, plan.price_tokens - free),
            expected=self._expected(visit, draft),
            first=[describe(each.item) for each in plan.items[:_FIRST]],
            cap=UNSET if plan.cap == NO_CAP else wire_cap(plan.cap),
        )
        return json_answer(answer)

    def _expected(self, visit: Visit, draft: Draft) -> Expected | None:
        """Nothing of a job that grows: nobody knows how much it will find."""
        if draft.plan.grows_to:
            return None
        count = len(draft.plan.items)
        views = reversed(visit.desk.published.jobs.values())
        if (found := measured(views, draft.kind, count)) is not None:
            return found
        if draft.kind == DOCUMENTS:
            return usual(self._estimates.seconds(draft.plan.spec["format"], count))
        return None
