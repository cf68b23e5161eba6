"""How far a task is, as server-sent events: and once, for whoever asks for no events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import structs
from quart import Response, request

from actors.messages import JobView, Published
from web.deps import WebDeps
from web.dialects.batchgo.events import EVENTS_TYPE, Events
from web.dialects.batchgo.naming import find
from web.dialects.batchgo.offer_schemas import ExecutionAnswer, ExecutionUpdate, TaskLive
from web.dialects.batchgo.offer_view import execution_of, is_offer, live_of
from web.dialects.batchgo.offers import TASK_WORDS
from web.dialects.batchgo.paths import AUTOCLICK, AUTOCLICK_V2, TASK, under
from web.dialects.batchgo.refusals import task_not_found
from web.dialects.batchgo.routing import Row
from web.dialects.batchgo.service import Tasks
from web.dialects.refused import Refused
from web.http import json_answer
from web.visit import Visit

_Told = TaskLive | ExecutionUpdate
_Make = Callable[[Published, JobView, float], _Told]


class LiveTasksApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps, tasks: Tasks, events: Events) -> None:
        self._now = deps.now
        self._tasks = tasks
        self._events = events

    def rows(self) -> list[Row]:
        one = (
            f"{TASK}/live",
            *under("tasks/<task>/live"),
            f"{TASK_WORDS.path}/<task>/live",
        )
        current = "schedules/<task>/execution/current"
        return [
            self._row("batchgo_live", one, self.live, "How far a task is, until it has ended"),
            self._row(
                "autoclick_live",
                (f"{AUTOCLICK}/live",),
                self.execution,
                "How far the newest pass of a schedule is, as it goes on",
            ),
            self._row(
                "autoclick_snapshot",
                (f"{AUTOCLICK}/snapshot",),
                self.snapshot,
                "The same once",
            ),
            self._row(
                "autoclick_execution",
                (f"{AUTOCLICK_V2}/{current}",),
                self.current,
                "The newest pass of a schedule",
            ),
        ]

    def _row(self, name: str, paths: tuple[str, ...], handler: Any, summary: str) -> Row:
        return Row(
            method="GET",
            paths=paths,
            name=name,
            handler=handler,
            summary=summary,
            answer=EVENTS_TYPE if handler in (self.live, self.execution) else ExecutionAnswer,
            errors=("too_many_sockets",),
        )

    async def live(self, visit: Visit, task: str) -> Response:
        view = self._tasks.find(visit, task)
        if not self._events.wanted():
            return json_answer(live_of(visit.desk.published, view, self._now()))
        return self._stream(visit, view, live_of)

    async def execution(self, visit: Visit) -> Response:
        view = self._named(visit)
        if not self._events.wanted():
            return self._once(visit, view)
        return self._stream(visit, view, execution_of)

    async def snapshot(self, visit: Visit) -> Response:
        return self._once(visit, self._named(visit))

    async def current(self, visit: Visit, task: str) -> Response:
        return self._once(visit, self._tasks.find(visit, task))

    def _named(self, visit: Visit) -> JobView:
        """The schedule that the query names, or that of the pass; the newest where it names none.
        Raises Refused."""
        named = request.args.get("scheduleId") or request.args.get("executionId")
        if named:
            view = self._tasks.find(visit, named)
            parent = visit.desk.published.jobs.get(view.job.parent or "")
            return view if parent is None else parent
        newest = next((view for view in self._tasks.listed(visit) if is_offer(view)), None)
        if newest is None:
            raise task_not_found("scheduleId")
        return newest

    def _once(self, visit: Visit, view: JobView) -> Response:
        told = execution_of(visit.desk.published, view, self._now())
        return json_answer(ExecutionAnswer(**structs.asdict(told), data=told))

    def _stream(self, visit: Visit, view: JobView, make: _Make) -> Response:
        job_id = view.job.id

        def tell(published: Published) -> tuple[JobView, dict[str, Any]] | None:
            try:
                found = find(visit.key, published, job_id)
            except Refused:
                return None
            told = msgspec.to_builtins(make(published, found, self._now()))
            return found, {**told, "data": told} if make is execution_of else told

        return self._events.serve(visit, tell, view)
