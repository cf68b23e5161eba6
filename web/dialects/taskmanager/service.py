"""The tasks of a desk: made, found, told to start, stop or go. Used by all of the dialect.

One for a server; it holds nothing but what it was given.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from actors.errors import InvalidStatus
from actors.messages import (
    CancelJob,
    CreateJob,
    DeleteJob,
    Idempotency,
    JobView,
    RepeatJob,
    Reply,
    ResumeJob,
    RetryJob,
    StartJob,
)
from state.model import Job, JobStatus
from web.deps import WebDeps
from web.dialects.several import each
from web.dialects.taskmanager.configs_shown import CONFIG, CONFIG_ID, DIALECT, NAMED
from web.dialects.taskmanager.planning import as_written, planned
from web.dialects.taskmanager.refusals import not_restartable, task_not_found
from web.dialects.taskmanager.task_schemas import Type
from web.dialects.taskmanager.view import is_task
from web.dialects.taskmanager.wanted import Wanted
from web.drafts import Draft, Given, planner_of
from web.http import client_network
from web.threads import LARGE_ITEM_COUNT, Threads
from web.visit import Visit

# The `reason` of a job that its user may start again.
STOPPED = "stopped"
Beginning = StartJob | ResumeJob | RetryJob | RepeatJob

_AT_WORK = frozenset({JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.SCHEDULED})


class Supplier(Protocol):
    """Where a job's items come from that its request does not have itself."""

    async def of(self, visit: Visit, spec: Any, *, has_items: bool) -> Given:
        """Raises WebError."""


class Tasks:
    """What the dialect's handlers do with jobs of its types."""

    def __init__(self, deps: WebDeps, threads: Threads, suppliers: Mapping[Type, Supplier]) -> None:
        self._threads = threads
        self._suppliers = suppliers
        self._planner = planner_of(deps)

    @property
    def max_items(self) -> int:
        return self._planner.limits.max_items

    def parse(self, data: bytes) -> Any:
        """A body, unchecked. Raises InvalidJson."""
        return self._planner.from_json(data)

    async def create(self, visit: Visit, wanted: Wanted, key: Idempotency | None = None) -> JobView:
        """Make the task; it starts by itself. Raises WebError with all that is wrong with it."""
        draft = await self._draft(visit, wanted)
        return _job(await visit.ask(_create_job(wanted, draft, key)), "")

    async def _draft(self, visit: Visit, wanted: Wanted) -> Draft:
        supplier = self._suppliers.get(wanted.type)
        supplies = None
        if supplier is not None:
            has_items = wanted.items is not None
            with as_written(wanted):
                supplies = await supplier.of(visit, wanted.spec, has_items=has_items)
        rows = supplies.rows if supplies is not None else wanted.items
        plan = partial(planned, wanted, self._planner, supplies)
        large = len(rows or ()) > LARGE_ITEM_COUNT
        return await self._threads.run(plan, large=large, whose=client_network())

    def find(self, visit: Visit, named: str) -> JobView:
        """The task of that id. Raises Refused."""
        view = visit.desk.published.jobs.get(named)
        if view is None or not is_task(view.job):
            raise task_not_found(named)
        return view

    def listed(self, visit: Visit) -> Iterator[JobView]:
        """Every task of the desk, the newest first."""
        views = reversed(visit.desk.published.jobs.values())
        return (view for view in views if is_task(view.job))

    async def start(self, visit: Visit, named: str, key: Idempotency | None = None) -> JobView:
        """Begin a task again that has ended: of one that failed in part, what failed; of one that
        was stopped, what is left; one that is complete is done anew, as another task. One that
        waits or is at work stays as it is. Raises Refused or ActorError."""
        view = self.find(visit, named)
        if view.job.status in _AT_WORK and key is None:
            return view
        command = _beginning(view.job, key)
        try:
            return _job(await visit.ask(command), named)
        except InvalidStatus:
            # Two who say so at once have both been told yes.
            view = self.find(visit, named)
            if view.job.status not in _AT_WORK:
                raise
            return view

    async def stop(self, visit: Visit, named: str, key: Idempotency | None = None) -> JobView:
        """End a task so that it can be started again. Raises Refused or ActorError."""
        return await self._end(visit, named, CancelJob(named, key, reason=STOPPED))

    async def cancel(self, visit: Visit, named: str, key: Idempotency | None = None) -> JobView:
        """End a task for good. Raises Refused or ActorError."""
        return await self._end(visit, named, CancelJob(named, key))

    async def _end(self, visit: Visit, named: str, command: CancelJob) -> JobView:
        view = self.find(visit, named)
        if _has_ended_so(view.job, command) and command.idempotency is None:
            return view
        try:
            return _job(await visit.ask(command), named)
        except InvalidStatus:
            view = self.find(visit, named)
            if not _has_ended_so(view.job, command):
                raise
            return view

    async def delete(self, visit: Visit, named: str) -> None:
        """Cancel a task where needed, then forget it with its files. Raises Refused."""
        await visit.ask(DeleteJob(self.find(visit, named).job.id))

    async def clean(self, visit: Visit, views: Sequence[JobView]) -> int:
        """Forget these; tells how many there were."""

        async def delete(view: JobView) -> bool:
            await visit.ask(DeleteJob(view.job.id))
            return True

        return await each(visit, views, delete)


def _beginning(job: Job, key: Idempotency | None) -> Beginning:
    """What lets a task begin, or begin again. Raises Refused."""
    match job.status:
        case JobStatus.PENDING:
            return StartJob(job.id, key)
        case JobStatus.PAUSED:
            return ResumeJob(job.id, key)
        case JobStatus.CANCELLED if job.reason != STOPPED:
            raise not_restartable(job)
        case JobStatus.COMPLETED:
            return RepeatJob(job.id, str(uuid.uuid4()), key)
        case _:
            return RetryJob(job.id, key)


def _has_ended_so(job: Job, command: CancelJob) -> bool:
    return job.status is JobStatus.CANCELLED and job.reason == (command.reason or None)


def _create_job(wanted: Wanted, draft: Draft, key: Idempotency | None) -> CreateJob:
    memo: dict[str, Any] = {"dialect": DIALECT, CONFIG: dict(wanted.shown)}
    if wanted.config_id:
        memo[CONFIG_ID] = wanted.config_id
    if wanted.name:
        memo[NAMED] = True
    return CreateJob(
        job_id=str(uuid.uuid4()),
        kind=draft.kind,
        name=draft.name,
        lane=wanted.lane or draft.lane,
        priority=draft.priority,
        start=draft.start,
        plan=draft.plan,
        idempotency=key,
        memo=memo,
        assets=draft.plan.assets,
    )


def _job(reply: Reply, named: str) -> JobView:
    if reply.job is None:
        raise task_not_found(named)
    return reply.job
