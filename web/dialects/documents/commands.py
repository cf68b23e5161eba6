"""What a task is told: start, pause, resume, cancel, and to do again what failed. The same for the
three families, each by its own paths.
"""

from __future__ import annotations

from functools import partial

from msgspec import Struct
from msgspec.structs import replace
from quart import Response

from actors.messages import CancelJob, JobView, PauseJob, ResumeJob, RetryJob
from web.deps import WebDeps
from web.dialects.documents import texts
from web.dialects.documents.answers import Answers
from web.dialects.documents.paths import FAMILIES, Family, generation, tasks_of
from web.dialects.documents.routing import Row, language
from web.dialects.documents.schemas import CommandedTask, CommandedTaskAnswer
from web.dialects.documents.service import MakeCommand, Tasks
from web.dialects.documents.view import status_of
from web.dialects.languages import Text
from web.filters import PARAMETERS
from web.http import empty_body, idempotency
from web.retry_api import chosen_of, retry_filter, retry_key
from web.routes import IDEMPOTENCY, choice
from web.views import wire_time
from web.visit import Visit


class Action(Struct, frozen=True):
    """A command: what the desk is told, what is said of it, and what its time is called."""

    make: MakeCommand
    said: Text
    at: str
    summary: str


START = "start"
_STARTED = "startedAt"
_ACTIONS = {
    "pause": Action(PauseJob, texts.PAUSED, "pausedAt", "Begin no other document"),
    "resume": Action(ResumeJob, texts.RESUMED, "resumedAt", "Go on"),
    "cancel": Action(CancelJob, texts.CANCELLED, "cancelledAt", "End a task; what is made stays"),
}


class CommandsApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps, tasks: Tasks, answers: Answers) -> None:
        self._store = deps.store
        self._max_json_depth = deps.settings.max_json_depth
        self._tasks = tasks
        self._answers = answers

    def rows(self) -> list[Row]:
        return [row for family in FAMILIES for row in self._rows_of(family)]

    def _rows_of(self, family: Family) -> list[Row]:
        row = partial(
            Row,
            method="POST",
            answer=CommandedTaskAnswer,
            errors=("invalid_status", "mailbox_full", "storage_full"),
            parameters=(IDEMPOTENCY,),
        )
        status = choice("status", ("failed",), "What is done again anyway.")
        commands = [
            row(
                paths=_paths(family, name),
                name=f"documents_{name}_{family.lower()}",
                handler=partial(self.command, family, action),
                summary=action.summary,
                command=f"{name}_job",
            )
            for name, action in _ACTIONS.items()
        ]
        start = row(
            paths=_paths(family, START),
            name=f"documents_start_{family.lower()}",
            handler=partial(self.start, family),
            summary="Start a task, or go on with one that is paused; one at work goes on",
            errors=("invalid_status", "insufficient_tokens", "mailbox_full", "storage_full"),
            command="start_job",
        )
        retry = row(
            paths=_paths(family, "retry"),
            name=f"documents_retry_{family.lower()}",
            handler=partial(self.retry, family),
            summary="Do again what failed of a task, or of it what the filters find",
            errors=("invalid_status", "insufficient_tokens", "mailbox_full", "storage_full"),
            parameters=(status, *PARAMETERS, IDEMPOTENCY),
            command="retry_job",
        )
        return [start, *commands, retry]

    async def start(self, family: Family, visit: Visit, task: str) -> Response:
        await empty_body(self._max_json_depth)
        view = await self._tasks.start(visit, task, idempotency(visit.key))
        return self._answer(family, view, texts.STARTED, _STARTED)

    async def command(self, family: Family, action: Action, visit: Visit, task: str) -> Response:
        await empty_body(self._max_json_depth)
        view = await self._tasks.command(visit, task, action.make, idempotency(visit.key))
        return self._answer(family, view, action.said, action.at)

    async def retry(self, family: Family, visit: Visit, task: str) -> Response:
        await empty_body(self._max_json_depth)
        where, job_id = retry_filter(), self._tasks.find(visit, task).job.id
        chosen = None if where is None else await chosen_of(self._store, visit, job_id, where)
        make = partial(RetryJob, chosen=chosen)
        view = await self._tasks.command(visit, task, make, retry_key(visit))
        return self._answer(family, view, texts.RETRIED, "retriedAt")

    def _answer(self, family: Family, view: JobView, said: Text, at: str) -> Response:
        job, counts = view.job, view.counts
        begun_at = job.started_at if at == _STARTED else None
        told = CommandedTask(
            taskId=job.id,
            status=status_of(job, family),
            message=said.told(language(), done=counts.ok),
            totalDocuments=counts.total,
            completedDocuments=counts.ok,
        )
        time = self._answers.time() if begun_at is None else wire_time(begun_at)
        return self._answers.answer(replace(told, **{at: time}))


def _paths(family: Family, action: str) -> tuple[str, ...]:
    if family == "C":
        return generation(f"{action}/<task>")
    return tasks_of(family, f"/<task>/{action}")
