"""AutoClick's own paths: its tasks and schedules, which are scheduled tasks in other words.

Pages go blank over a task without `dailyClicks`: every one is told with how many visits a day its
schedule is, which is nothing that could be asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct
from quart import Response

from actors.messages import DeleteJob, JobView, PauseJob, ResumeJob, StartJob
from state.model import TERMINAL, JobStatus
from web.deps import WebDeps
from web.dialects.batchgo import offer_texts as texts
from web.dialects.batchgo.modes import Modes
from web.dialects.batchgo.offer_schemas import OfferBody, OfferData
from web.dialects.batchgo.offer_view import is_offer, offer_of
from web.dialects.batchgo.offered import read_offered
from web.dialects.batchgo.paths import AUTOCLICK, FAMILIES, SCHEDULES
from web.dialects.batchgo.refusals import task_not_found
from web.dialects.batchgo.routing import Row, language
from web.dialects.batchgo.service import Tasks
from web.dialects.batchgo.statuses import AT_REST, schedule_status, task_status
from web.dialects.batchgo.urls import SHORT
from web.dialects.languages import Text
from web.dialects.objects import read_object
from web.http import empty_body, idempotency, json_answer
from web.routes import IDEMPOTENCY, Handler
from web.threads import Threads
from web.visit import Visit

Action = Literal["start", "stop", "terminate"]
# What the audit log calls them where they are refused.
_COMMANDS: dict[Action, str] = {
    "start": "start_job",
    "stop": "pause_job",
    "terminate": "cancel_job",
}


class Words(Struct, frozen=True):
    """The paths of one of the two pages, and what they call the commands."""

    name: str
    path: str
    commands: dict[str, tuple[Action, Text]]
    statuses: Callable[[JobStatus], str]


TASK_WORDS = Words(
    "autoclick",
    f"{AUTOCLICK}/tasks",
    {
        "start": ("start", texts.STARTED),
        "stop": ("stop", texts.STOPPED),
        "terminate": ("terminate", texts.TERMINATED),
    },
    task_status,
)
SCHEDULE_WORDS = Words(
    "schedule",
    f"{FAMILIES[0]}/{SCHEDULES}",
    {"enable": ("start", texts.STARTED), "disable": ("stop", texts.STOPPED)},
    schedule_status,
)


class OffersApi:
    """Handlers of one of the two pages. Holds no state of its own."""

    def __init__(
        self, deps: WebDeps, threads: Threads, tasks: Tasks, modes: Modes, words: Words
    ) -> None:
        self._max_json_depth = deps.settings.max_json_depth
        self._threads = threads
        self._tasks = tasks
        self._modes = modes
        self._words = words

    def rows(self) -> list[Row]:
        commands = [
            self._command_row(name, action, said)
            for name, (action, said) in self._words.commands.items()
        ]
        return [*self._rows(self._words.name, self._words.path), *commands]

    def _rows(self, name: str, base: str) -> list[Row]:
        one = (f"{base}/<task>",)
        paid = ("insufficient_tokens", "plan_exceeded", "limit_reached", "storage_full")
        return [
            Row(
                method="GET",
                paths=(base,),
                name=f"{name}_list",
                handler=self.listed,
                summary="Scheduled tasks, the newest first",
                answer=OfferData,
            ),
            Row(
                method="POST",
                paths=(base,),
                name=f"{name}_create",
                handler=self.create,
                summary="Make a scheduled task",
                answer=OfferData,
                body=OfferBody,
                parameters=(IDEMPOTENCY,),
                errors=paid,
                command="create_job",
            ),
            Row(
                method="GET",
                paths=one,
                name=f"{name}_get",
                handler=self.get,
                summary="A scheduled task",
                answer=OfferData,
            ),
            Row(
                method="PUT",
                paths=one,
                name=f"{name}_replace",
                handler=self.replace,
                summary="Make another in its place, which is on where that was",
                answer=OfferData,
                body=OfferBody,
                errors=paid,
                command="create_job",
            ),
            Row(
                method="DELETE",
                paths=one,
                name=f"{name}_delete",
                handler=self.delete,
                summary="End it, then forget it; what its passes have done stays",
                answer=OfferData,
                command="delete_job",
            ),
        ]

    def _command_row(self, name: str, action: Action, said: Text) -> Row:
        return Row(
            method="POST",
            paths=(f"{self._words.path}/<task>/{name}",),
            name=f"{self._words.name}_{name}",
            handler=self._commander(action, said),
            summary=said.en,
            answer=OfferData,
            errors=("invalid_status", "insufficient_tokens"),
            command=_COMMANDS[action],
        )

    async def listed(self, visit: Visit) -> Response:
        found = [view for view in self._tasks.listed(visit) if is_offer(view)]
        told = await self._told(visit, found)
        message = texts.LISTED.told(language(), count=len(told))
        answer = OfferData(message=message, data=told, tasks=told, schedules=told, total=len(told))
        return json_answer(answer)

    async def get(self, visit: Visit, task: str) -> Response:
        return await self._answer(visit, self._find(visit, task), texts.FOUND)

    async def create(self, visit: Visit) -> Response:
        view = await self._make(visit)
        return await self._answer(visit, view, texts.CREATED)

    async def replace(self, visit: Visit, task: str) -> Response:
        """Jobs never change: another is made first, and only then the old one forgotten. What is
        wrong with the new one leaves the old one as it is. The old one is off before the new one
        is on: wherever this is cut short, no two of them make passes, which are paid for."""
        old = self._find(visit, task)
        view = await self._make(visit)
        if old.job.status not in AT_REST | TERMINAL:
            await self._tasks.command(visit, old.job.id, PauseJob)
            view = await self._tasks.command(visit, view.job.id, StartJob)
        await visit.ask(DeleteJob(old.job.id))
        return await self._answer(visit, view, texts.REPLACED)

    async def delete(self, visit: Visit, task: str) -> Response:
        await empty_body(self._max_json_depth)
        view = self._find(visit, task)
        answer = await self._answer(visit, view, texts.DELETED)
        await visit.ask(DeleteJob(view.job.id))
        return answer

    def _commander(self, action: Action, said: Text) -> Handler:
        async def command(visit: Visit, task: str) -> Response:
            await empty_body(self._max_json_depth)
            view = self._find(visit, task)
            if action == "terminate":
                view, _ = await self._tasks.end(visit, view)
            elif action == "stop":
                view = await self._tasks.command(visit, view.job.id, PauseJob)
            elif view.job.status is JobStatus.PAUSED:
                view = await self._tasks.command(visit, view.job.id, ResumeJob)
            else:
                view = await self._tasks.command(visit, view.job.id, StartJob)
            return await self._answer(visit, view, said)

        return command

    async def _make(self, visit: Visit) -> JobView:
        value, data = await read_object(self._threads, self._tasks.parse)
        key = idempotency(visit.key, data)
        await self._modes.prepare(value)
        read = read_offered(value, self._modes)
        made = await self._tasks.create(visit, read.wanted, read.errors, start=False, key=key)
        return made.view

    def _find(self, visit: Visit, named: str) -> JobView:
        """Raises Refused (`task_not_found`), for tasks of another mode too."""
        view = self._tasks.find(visit, named)
        if not is_offer(view):
            raise task_not_found(named)
        return view

    async def _answer(self, visit: Visit, view: JobView, said: Text) -> Response:
        (told,) = await self._told(visit, [view])
        named, message = told["id"], said.told(language())
        return json_answer(OfferData(message=message, data=told, task=told, id=named, taskId=named))

    async def _told(self, visit: Visit, views: list[JobView]) -> list[dict[str, Any]]:
        tasks = await self._tasks.page(visit, views, with_urls=len(views) <= SHORT)
        return [
            offer_of(view, task, self._words.statuses(view.job.status))
            for view, task in zip(views, tasks, strict=True)
        ]
