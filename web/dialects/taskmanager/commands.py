"""What tasks are told: to start, to stop, to end for good, to go; one, or all that have ended so.

The wire is docs/task-manager.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from msgspec import Struct
from quart import Response

from actors.messages import Idempotency, JobView
from web.dialects.languages import Text
from web.dialects.taskmanager import texts
from web.dialects.taskmanager.answers import answer
from web.dialects.taskmanager.audience import audience
from web.dialects.taskmanager.reading import Reader
from web.dialects.taskmanager.refusals import task_not_found
from web.dialects.taskmanager.routing import Row, language
from web.dialects.taskmanager.schemas import ManagerAnswer
from web.dialects.taskmanager.service import Tasks
from web.dialects.taskmanager.task_bodies import (
    CleanupType,
    ManagerCleaned,
    ManagerCleanedAnswer,
    ManagerCleanupBody,
    ManagerTaskAnswer,
    ManagerTaskBody,
)
from web.dialects.taskmanager.tasks import TASK_ID, named_task
from web.dialects.taskmanager.view import status_of, task_of
from web.http import idempotency
from web.routes import IDEMPOTENCY
from web.visit import Visit

Tell = Callable[[Visit, str, Idempotency | None], Awaitable[JobView]]

_ERRORS = ("invalid_status", "insufficient_tokens", "idempotency_conflict", "limit_reached",
           "mailbox_full", "storage_full")  # fmt: skip


class Action(Struct, frozen=True):
    """A command: how it is given, and what is said of it."""

    tell: Tell
    said: Text


class CommandsApi:
    """Handlers that hold no state of their own."""

    def __init__(self, tasks: Tasks, reader: Reader) -> None:
        self._tasks = tasks
        self._reader = reader
        self._stop = Action(tasks.stop, texts.STOPPED)
        self._cancel = Action(tasks.cancel, texts.CANCELLED)

    def rows(self) -> list[Row]:
        row = partial(Row, method="POST", errors=_ERRORS)
        told = partial(
            row, answer=ManagerTaskAnswer, body=ManagerTaskBody, parameters=(IDEMPOTENCY,)
        )
        return [
            told(
                paths=("/api/task/start",),
                name="manager_start",
                handler=self.start,
                summary="Begin a task again that has ended; one that is complete is done anew",
                command="start_job",
            ),
            told(
                paths=("/api/task/stop",),
                name="manager_stop",
                handler=partial(self.tell, self._stop),
                summary="End a task so that it can be started again",
                command="cancel_job",
            ),
            told(
                paths=("/api/cancel",),
                name="manager_cancel",
                handler=partial(self.tell, self._cancel),
                summary="End a task for good; what it has made stays",
                command="cancel_job",
            ),
            row(
                paths=("/api/tag/stop",),
                name="manager_tag_stop",
                handler=self.stop_tags,
                summary="The same of a task of tags, by the query",
                answer=ManagerTaskAnswer,
                parameters=(TASK_ID, IDEMPOTENCY),
                command="cancel_job",
            ),
            row(
                paths=("/api/delete",),
                name="manager_delete",
                handler=self.delete,
                summary="End a task where needed, then forget it and its files",
                answer=ManagerAnswer,
                body=ManagerTaskBody,
                command="delete_job",
            ),
            row(
                paths=("/api/task/cleanup",),
                name="manager_cleanup",
                handler=self.clean,
                summary="Forget all tasks that have ended so; `all` are those at work, too",
                answer=ManagerCleanedAnswer,
                body=ManagerCleanupBody,
                command="delete_job",
            ),
        ]

    async def start(self, visit: Visit) -> Response:
        asked, data = await self._reader.body(ManagerTaskBody)
        before = self._tasks.find(visit, asked.task_id)
        view = await self._tasks.start(visit, asked.task_id, idempotency(visit.key, data))
        asker = audience()
        if view.job.id != before.job.id:
            message = texts.REPEATED.told(asker.language, task=view.job.id)
        else:
            begun = view.job.run != before.job.run or view.job.status != before.job.status
            message = (texts.STARTED if begun else texts.ALREADY).told(asker.language)
        return answer(task_of(view, audience=asker), message)

    async def tell(self, action: Action, visit: Visit) -> Response:
        asked, data = await self._reader.body(ManagerTaskBody)
        return await self._told(action, visit, asked.task_id, data)

    async def stop_tags(self, visit: Visit) -> Response:
        named = named_task()
        _, data = await self._reader.object()
        if self._tasks.find(visit, named).job.kind != "tag":
            raise task_not_found(named)
        return await self._told(self._stop, visit, named, named.encode() + data)

    async def _told(self, action: Action, visit: Visit, named: str, data: bytes) -> Response:
        view = await action.tell(visit, named, idempotency(visit.key, data))
        asker = audience()
        return answer(task_of(view, audience=asker), action.said.told(asker.language))

    async def delete(self, visit: Visit) -> Response:
        asked, _ = await self._reader.body(ManagerTaskBody)
        await self._tasks.delete(visit, asked.task_id)
        return answer(message=texts.DELETED.told(language()))

    async def clean(self, visit: Visit) -> Response:
        asked, _ = await self._reader.body(ManagerCleanupBody)
        found = [view for view in self._tasks.listed(visit) if _is_meant(view, asked.cleanup_type)]
        count = await self._tasks.clean(visit, found)
        message = texts.CLEANED.told(language(), count=count)
        return answer(ManagerCleaned(cleaned_count=count), message)


def _is_meant(view: JobView, meant: CleanupType) -> bool:
    return meant == "all" or status_of(view.job) == meant
