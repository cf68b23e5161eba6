"""The tasks of a desk: made, found, told to start or stop. Used by all of the dialect.

One for a server; it holds nothing but what it was given.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from msgspec import Struct

from actors.errors import InvalidStatus
from actors.messages import (
    CancelJob,
    CreateJob,
    Idempotency,
    JobView,
    PauseJob,
    Reply,
    ResumeJob,
    RetryJob,
    StartJob,
)
from state.model import TERMINAL, JobStatus
from web.deps import WebDeps
from web.dialects.documents import naming
from web.dialects.documents.paths import Family
from web.dialects.documents.planning import as_written, planned
from web.dialects.documents.refusals import (
    data_source_not_found,
    task_not_found,
    template_not_found,
)
from web.dialects.documents.wanted import Wanted
from web.documents.making import DocumentSupplies, Supplies
from web.drafts import Draft, planner_of
from web.http import client_network
from web.threads import LARGE_ITEM_COUNT, Threads
from web.visit import Visit

Command = StartJob | PauseJob | ResumeJob | CancelJob | RetryJob
MakeCommand = Callable[[str, Idempotency | None], Command]

_AT_WORK = frozenset({JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.SCHEDULED})


class Made(Struct, frozen=True):
    """A task that was made now, or (`replayed`) at an earlier try of the same request."""

    view: JobView
    replayed: bool = False


class Tasks:
    """What the dialect's handlers do with jobs of documents."""

    def __init__(self, deps: WebDeps, threads: Threads, supplies: DocumentSupplies) -> None:
        self._threads = threads
        self._supplies = supplies
        self._planner = planner_of(deps)

    def parse(self, data: bytes) -> Any:
        """A body, unchecked. Raises InvalidJson."""
        return self._planner.from_json(data)

    async def create(
        self, visit: Visit, family: Family, wanted: Wanted, key: Idempotency | None = None
    ) -> Made:
        """Make the task. Raises Refused for what it names and is not there, WebError with all that
        is wrong with it."""
        draft, supplies = await self.draft(visit, wanted)
        reply = await visit.ask(_create_job(family, wanted, draft, supplies, key))
        return Made(_job(reply, ""), reply.replayed)

    async def draft(self, visit: Visit, wanted: Wanted) -> tuple[Draft, Supplies]:
        """What would be made. Raises as `create` does."""
        self._check_there(visit, wanted)
        has_rows = wanted.rows is not None
        with as_written(wanted.written):
            supplies = await self._supplies.of(visit, wanted.spec, has_items=has_rows)
        rows = wanted.rows if supplies.rows is None else supplies.rows
        plan = partial(planned, wanted, self._planner, supplies)
        large = len(rows or ()) > LARGE_ITEM_COUNT
        return await self._threads.run(plan, large=large, whose=client_network()), supplies

    def _check_there(self, visit: Visit, wanted: Wanted) -> None:
        published = visit.desk.published
        for id in wanted.templates:
            if id not in published.templates:
                raise template_not_found(id)
        source = wanted.data_source
        if source is not None and source not in published.data_sources:
            raise data_source_not_found(source)

    def find(self, visit: Visit, named: str) -> JobView:
        """The task of that id. Raises Refused (`TASK_NOT_FOUND`)."""
        return naming.find(visit.desk.published, named)

    def listed(self, visit: Visit) -> Iterator[JobView]:
        """Every task of the desk, the newest first."""
        views = reversed(visit.desk.published.jobs.values())
        return (view for view in views if naming.is_task(view.job))

    async def start(self, visit: Visit, named: str, key: Idempotency | None = None) -> JobView:
        """Start a task, or go on with one that is paused; one that is at work stays as it is.
        Raises Refused, InvalidStatus or InsufficientTokens."""
        view = self.find(visit, named)
        if view.job.status in _AT_WORK and key is None:
            return view
        make = ResumeJob if view.job.status is JobStatus.PAUSED else StartJob
        try:
            return await self.command(visit, named, make, key)
        except InvalidStatus:
            # Two who say so at once have both been told yes.
            view = self.find(visit, named)
            if view.job.status not in _AT_WORK:
                raise
            return view

    async def command(
        self, visit: Visit, named: str, make: MakeCommand, key: Idempotency | None = None
    ) -> JobView:
        """Say it to the task. Raises Refused, InvalidStatus or InsufficientTokens."""
        job_id = self.find(visit, named).job.id
        return _job(await visit.ask(make(job_id, key)), named)

    async def end(self, visit: Visit, view: JobView) -> JobView:
        """Cancel a task; one that has ended stays as it is."""
        if view.job.status in TERMINAL:
            return view
        try:
            return _job(await visit.ask(CancelJob(view.job.id)), view.job.id)
        except InvalidStatus:
            # It has ended by itself meanwhile.
            return self.find(visit, view.job.id)


def _create_job(
    family: Family, wanted: Wanted, draft: Draft, supplies: Supplies, key: Idempotency | None
) -> CreateJob:
    memo: dict[str, Any] = {"dialect": naming.DIALECT, "family": family}
    if wanted.zip_name:
        memo["zip_name"] = wanted.zip_name
    return CreateJob(
        job_id=str(uuid.uuid4()),
        kind=draft.kind,
        name=draft.name,
        lane=draft.lane,
        priority=draft.priority,
        start=draft.start,
        plan=draft.plan,
        idempotency=key,
        memo=memo,
        assets=draft.plan.assets,
        templates=supplies.ids,
        notify=wanted.notify,
    )


def _job(reply: Reply, named: str) -> JobView:
    if reply.job is None:
        raise task_not_found(named)
    return reply.job
