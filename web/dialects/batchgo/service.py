"""The tasks of a desk: made, found, told to start or stop, and shown. Used by all of the dialect.

One for a server; it holds nothing but what it was given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from msgspec import Struct, structs

from actors.errors import InvalidStatus, PlanExceeded
from actors.messages import (
    CancelJob,
    CreateJob,
    DeleteJob,
    Idempotency,
    JobView,
    PauseJob,
    Reply,
    ResumeJob,
    RetryJob,
    StartJob,
)
from actors.rules import schedule as rules
from actors.rules.ledger import free
from state.model import TERMINAL
from state.schedules import Schedule
from web.deps import WebDeps
from web.dialects.batchgo import naming
from web.dialects.batchgo.planning import Planned, called, planned
from web.dialects.batchgo.refusals import plan_exceeded, task_not_found
from web.dialects.batchgo.schemas import BatchTask
from web.dialects.batchgo.status_texts import NOT_ENDED
from web.dialects.batchgo.urls import Urls
from web.dialects.batchgo.view import task_of, user_of, whole_of
from web.dialects.batchgo.wanted import Wanted
from web.dialects.several import each
from web.drafts import planner_of
from web.http import client_network
from web.schedules import PREVIEWED
from web.threads import LARGE_ITEM_COUNT, Threads
from web.validate import Errors
from web.views import wire_time
from web.visit import Visit

Command = StartJob | PauseJob | ResumeJob | CancelJob | RetryJob
MakeCommand = Callable[[str, Idempotency | None], Command]

_FINGERPRINT_CHARS = 32


class Made(Struct, frozen=True):
    """A task that was made now, or (`replayed`) at an earlier try of the same request."""

    view: JobView
    replayed: bool = False


class Tasks:
    """What the dialect's handlers do with jobs."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._threads = threads
        self._now = deps.now
        self._calendar = deps.calendar
        self._prices = deps.settings.prices
        self._planner = planner_of(deps)
        self._urls = Urls(deps.store, deps.executors)

    @property
    def max_items(self) -> int:
        return self._planner.limits.max_items

    def parse(self, data: bytes) -> Any:
        """A body, unchecked. Raises InvalidJson."""
        return self._planner.from_json(data)

    def price_of(self, feature: str, items: int) -> int:
        return self._prices.price_of(feature, items)

    def balance(self, visit: Visit, feature: str = "") -> int:
        """The tokens that a start of that feature may spend."""
        return free(visit.desk.published.ledger, self._now(), feature)

    async def create(
        self,
        visit: Visit,
        wanted: Wanted,
        errors: Errors,
        *,
        start: bool,
        key: Idempotency | None = None,
        asked: bytes = b"",
    ) -> Made:
        """Make the task, whose reading has found these `errors`; with `start` start it in the same
        save. `asked` is the request: said again under the same alias it makes no second task.
        Raises WebError with all that is wrong, or for what the desk's plan has no room;
        InvalidStatus where the alias is another's."""
        job_id = naming.job_id_of(visit.key, wanted.alias)
        plan = partial(planned, wanted, errors, self._planner, self._prices, naming.lane_of(job_id))
        many = isinstance(wanted.urls, list) and len(wanted.urls) > LARGE_ITEM_COUNT
        large = many or wanted.cycles > LARGE_ITEM_COUNT
        made = await self._threads.run(plan, large=large, whose=client_network())
        fingerprint = hashlib.sha256(asked).hexdigest()[:_FINGERPRINT_CHARS]
        command = _create_job(job_id, wanted, made, start, key, fingerprint)
        try:
            reply = await visit.ask(command)
        except PlanExceeded as error:
            raise plan_exceeded(error, called(wanted, error.details["field"])) from None
        except InvalidStatus:
            known = visit.desk.published.jobs.get(job_id)
            if known is None or known.job.memo.get("asked") != fingerprint:
                raise
            return Made(known, replayed=True)
        return Made(_job(reply, job_id), reply.replayed)

    def find(self, visit: Visit, named: str) -> JobView:
        """The task of that id, or alias. Raises Refused (`task_not_found`)."""
        return naming.find(visit.key, visit.desk.published, named)

    def listed(self, visit: Visit) -> Iterator[JobView]:
        """Every task of the desk, the newest first; passes of scheduled ones are not among them."""
        views = reversed(visit.desk.published.jobs.values())
        return (view for view in views if naming.is_task(view.job))

    async def command(
        self, visit: Visit, named: str, make: MakeCommand, key: Idempotency | None = None
    ) -> JobView:
        """Say it to the task. Raises Refused, InvalidStatus or InsufficientTokens."""
        job_id = self.find(visit, named).job.id
        return _job(await visit.ask(make(job_id, key)), named)

    async def end(self, visit: Visit, view: JobView) -> tuple[JobView, bool]:
        """Cancel a task; one that has ended stays as it is. Tells whether it was ended now."""
        if view.job.status in TERMINAL:
            return view, False
        try:
            return _job(await visit.ask(CancelJob(view.job.id)), view.job.id), True
        except InvalidStatus:
            # It has ended by itself meanwhile.
            return self.find(visit, view.job.id), False

    async def end_all(self, visit: Visit, views: list[JobView]) -> int:
        """End them, several in one save; tells how many were ended now."""

        async def end(view: JobView) -> bool:
            return (await self.end(visit, view))[1]

        return await each(visit, views, end)

    async def forget(self, visit: Visit, view: JobView, *, force: bool) -> None:
        """Delete a task, one that has not ended only by force. Raises InvalidStatus."""
        job = view.job
        if job.status not in TERMINAL and not force:
            raise InvalidStatus("only by force", status=job.status, cause=NOT_ENDED, field="force")
        await visit.ask(DeleteJob(job.id))

    async def forget_all(self, visit: Visit, views: list[JobView]) -> int:
        """Delete tasks that have ended, several in one save; tells how many."""

        async def forget(view: JobView) -> bool:
            await self.forget(visit, view, force=False)
            return True

        return await each(visit, views, forget)

    def task_of(self, visit: Visit, view: JobView, urls: list[str] | None = None) -> BatchTask:
        """The task as it is shown. Its counts are those that were published last, its job may be
        newer than that: of an answer to a command."""
        whole = whole_of(view, visit.desk.published.jobs)
        return task_of(whole, user_of(visit.asker), urls)

    async def whole_task(self, visit: Visit, view: JobView) -> BatchTask:
        """The same with its URLs, and when its next passes are due. Raises JobFilesMissing."""
        told = self.task_of(visit, view, await self._urls.of(visit.key, view.job))
        schedule = view.job.schedule
        if schedule is None or view.job.status in TERMINAL:
            return told
        return structs.replace(told, next_passes=await self.next_passes(schedule, view.job.id))

    async def next_passes(self, schedule: Schedule, seed: str) -> list[str]:
        """When the five passes after now are due; `seed` is the id of the job."""
        if schedule.holidays:
            await self._calendar.load()
        found = rules.next_passes(schedule, seed, self._now(), PREVIEWED, self._calendar)
        return [wire_time(due.due_at) for due in found]

    async def page(self, visit: Visit, views: list[JobView], *, with_urls: bool) -> list[BatchTask]:
        """Those tasks, with the URLs of such as have few where they are wanted."""
        if not with_urls:
            return [self.task_of(visit, view) for view in views]
        return [
            self.task_of(visit, view, await self._urls.of_short(visit.key, view.job))
            for view in views
        ]


def _create_job(
    job_id: str,
    wanted: Wanted,
    made: Planned,
    start: bool,
    key: Idempotency | None,
    fingerprint: str,
) -> CreateJob:
    draft, settings = made.draft, wanted.settings
    memo: dict[str, Any] = {
        "dialect": naming.DIALECT,
        "mode": settings.mode,
        "config": dict(settings.shown),
        "urls_n": made.urls_n,
        "cycles": wanted.cycles,
        **wanted.extra,
    }
    if wanted.alias is not None:
        memo |= {"alias": wanted.alias, "asked": fingerprint}
    return CreateJob(
        job_id=job_id,
        kind=draft.kind,
        name=draft.name,
        lane=draft.lane,
        priority=draft.priority,
        start=start,
        plan=draft.plan,
        idempotency=key,
        feature=settings.feature,
        schedule=settings.schedule,
        memo=memo,
    )


def _job(reply: Reply, named: str) -> JobView:
    if reply.job is None:
        raise task_not_found(named)
    return reply.job
