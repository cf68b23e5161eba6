"""Doing a job once more, as another job: made of all that the first was made of, of those of its
items that a filter finds, or with some fields of its spec changed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace
from quart import Response

from actors.errors import ActorError, InvalidSpec, NotFound
from actors.messages import Changed, RepeatJob
from actors.ports import ExecutorSpec, Plan
from actors.rules.repeats import given
from state.model import InputItem, Job, OutcomeStatus
from state.wanted import OutcomeFilter
from web import changes, schemas
from web.access import Access
from web.checked import checked_body
from web.deps import WebDeps
from web.desk_api import JOB, REFUSALS, command_answer
from web.drafts import planner_of
from web.errors import WebError
from web.filters import is_filter, read_filter, refuse_filter
from web.http import Query, body, client_network, idempotency, invalid
from web.outcomes import closing
from web.results_api import PENDING, STATUSES
from web.routes import IDEMPOTENCY, Route
from web.threads import Threads
from web.validate import MAX_NAME_SHOWN_CHARS, field_error
from web.visit import Visit

_PAGE = 1_000
_STATUS = "status"
_MAX_FILTERS = 30


class RepeatBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`only` are filters of the items, by their names in the query of `items`, each as text;
    `changes` are fields of the spec with their new values, null for the default. Both are for some
    kinds, and not for all fields."""

    only: Annotated[dict[str, str], Meta(max_length=_MAX_FILTERS)] | None = None
    changes: dict[str, Any] = {}
    name: str = ""
    start: bool = True

    @property
    def is_plain(self) -> bool:
        return self.only is None and not self.changes and not self.name


class RepeatApi:
    """Holds no state of its own."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._settings = deps.settings
        self._store = deps.store
        self._executors: Mapping[str, ExecutorSpec] = deps.executors
        self._planner = planner_of(deps)
        self._threads = threads

    def routes(self) -> list[Route]:
        return [
            Route(
                method="POST",
                rule=f"{JOB}/repeat",
                name="repeat_job",
                access=Access.DESK,
                handler=self.repeat,
                summary="Make and queue another job of what this one was made of, or of some of it,"
                " with changes",
                body=RepeatBody,
                answer=schemas.CommandAnswer,
                status=201,
                parameters=(IDEMPOTENCY,),
                errors=(
                    "invalid_json",
                    "invalid_request",
                    "invalid_spec",
                    "insufficient_tokens",
                    "plan_exceeded",
                    "limit_reached",
                    "lane_busy",
                    "job_deleted",
                    "body_too_large",
                    "unsupported_media_type",
                    *REFUSALS,
                ),
            )
        ]

    async def repeat(self, visit: Visit, job: str) -> Response:
        data = await body()
        asked = RepeatBody()
        if data.strip():
            asked = await checked_body(RepeatBody, self._settings, self._threads, data)
        key = idempotency(visit.key, *((data,) if data.strip() else ()))
        command = RepeatJob(job, str(uuid.uuid4()), key, None, asked.start)
        refused: WebError | ActorError | None = None
        if not asked.is_plain:
            try:
                changed = await self._changed(visit, visit.view(job).job, asked)
                command = replace(command, changed=changed)
            except (WebError, ActorError) as error:
                refused = error
        if refused is None:
            return command_answer(await visit.ask(command), 201)
        if key is not None:
            # It may have been done when it still could be; then that is the answer.
            with suppress(NotFound, InvalidSpec):
                return command_answer(await visit.ask(replace(command, recalls=True)), 201)
        raise refused

    async def _changed(self, visit: Visit, job: Job, asked: RepeatBody) -> Changed:
        """Raises WebError, InvalidSpec."""
        errors = self._planner.name_problems({"name": asked.name})
        errors += self._planner.spec_problems({"spec": asked.changes}, "changes")
        if asked.only is not None and job.finale:
            reason = "goes not with a job whose last item is made of what all others have made"
            errors.append(field_error("only", reason))
        if errors:
            raise invalid(errors)
        chosen = await self._chosen(visit, job, asked.only)
        if not chosen:
            raise invalid([field_error("only", "finds no item of this job")])
        items = [item for _, item in chosen]
        plan = _same(job, items)
        if asked.changes:
            plan = await self._planned(job, plan, asked.changes)
        if indices := job.spec.get("task_indices"):
            # One number for each item, by which the dialect that made the job knows it.
            kept = [indices[index] for index, _ in chosen if index < len(indices)]
            plan = replace(plan, spec={**plan.spec, "task_indices": kept})
        if plan.grows_to and len(items) > plan.grows_to:
            reason = f"is less than the {len(items)} items to begin with"
            raise invalid([field_error("changes.max_items", reason)])
        return Changed(plan, asked.name.strip() or job.name)

    async def _planned(self, job: Job, plan: Plan, wanted: Mapping[str, Any]) -> Plan:
        executor = self._executors.get(job.kind)
        if executor is None:
            raise WebError("invalid_spec", f"no kind {job.kind} of job is known here any more")
        work = partial(changes.changed, job, wanted, plan.items[0], executor, self._planner.limits)
        new = await self._threads.run(work, large=False, whose=client_network())
        return replace(
            plan,
            spec=new.spec,
            secrets=new.secrets,
            concurrency=new.concurrency,
            retries=new.retries,
            grows_to=new.grows_to,
            cap=new.cap,
        )

    async def _chosen(
        self, visit: Visit, job: Job, only: Mapping[str, str] | None
    ) -> list[tuple[int, InputItem]]:
        """The items, each with its index; without `only` all that were handed in."""
        found: list[tuple[int, InputItem]] = []
        with visit.reading(job.id):
            if only is None:
                while len(found) < given(job):
                    limit = min(_PAGE, given(job) - len(found))
                    page = await self._store.read_items(
                        visit.key, job.id, offset=len(found), limit=limit
                    )
                    if not page:
                        raise WebError("files_damaged", "items of the job are gone")
                    found += [(len(found) + place, item) for place, item in enumerate(page)]
                return found
            status, where = _read_only(only)
            if status == PENDING:
                return await self._pending(visit, job)
            endings = self._store.iter_outcomes(
                visit.key,
                job.id,
                status=OutcomeStatus(status) if status else None,
                run=job.run,
                again=job.again,
                where=where,
            )
            async with closing(endings) as batches:
                async for batch in batches:
                    found += [(record.index, item) for record, item in batch]
        return found

    async def _pending(self, visit: Visit, job: Job) -> list[tuple[int, InputItem]]:
        found: list[tuple[int, InputItem]] = []
        while True:
            _, page = await self._store.read_pending(
                visit.key, job.id, run=job.run, again=job.again, offset=len(found), limit=_PAGE
            )
            if not page:
                return found
            found += page


def _read_only(only: Mapping[str, str]) -> tuple[str | None, OutcomeFilter | None]:
    """Raises WebError."""
    query = Query(only, "only.")
    for name in only:
        if name != _STATUS and not is_filter(name):
            query.wrong(name[:MAX_NAME_SHOWN_CHARS], "is no filter of items")
    status = query.choice(_STATUS, STATUSES)
    where = read_filter(query)
    if status == PENDING:
        refuse_filter(query, where, "goes with items that have ended, not with status=pending")
    query.done()
    return status, where


def _same(job: Job, items: list[InputItem]) -> Plan:
    """The plan of a job of these items, which is as this one is."""
    price = -(-job.price_tokens * len(items) // max(1, given(job)))
    return Plan(
        items=items,
        spec=job.spec,
        secrets={},
        concurrency=job.concurrency,
        retries=job.retries,
        price_tokens=price,
        assets=job.assets,
        grows_to=job.grows_to and max(job.grows_to, len(items)),
        finale=job.finale,
        product=job.product,
        cap=job.cap,
    )
