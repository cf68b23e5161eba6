"""Tasks that are forgotten with their documents, one or several at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from quart import Response

from actors.messages import DeleteJob, JobView
from web.checked import checked_body
from web.deps import WebDeps
from web.dialects.documents import texts
from web.dialects.documents.answers import Answers
from web.dialects.documents.paths import FAMILIES, Family, generation, tasks_of
from web.dialects.documents.routing import Row, language
from web.dialects.documents.schemas import DeletedTasks, DeletedTasksAnswer, TaskIdsBody
from web.dialects.documents.service import Tasks
from web.dialects.several import each
from web.http import empty_body
from web.threads import Threads
from web.visit import Visit


class DeletingApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads, tasks: Tasks, answers: Answers) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._tasks = tasks
        self._answers = answers

    def rows(self) -> list[Row]:
        return [row for family in FAMILIES for row in self._rows_of(family)]

    def _rows_of(self, family: Family) -> list[Row]:
        row = partial(
            Row,
            method="DELETE",
            answer=DeletedTasksAnswer,
            errors=("mailbox_full", "storage_full"),
            command="delete_job",
        )
        return [
            row(
                paths=_paths(family, "/<task>"),
                name=f"documents_delete_{family.lower()}",
                handler=self.one,
                summary="End a task where needed, then forget it and its documents",
            ),
            row(
                paths=_paths(family, ""),
                name=f"documents_delete_several_{family.lower()}",
                handler=self.several,
                summary="Several at once; none, where one of them is not there",
                body=TaskIdsBody,
            ),
        ]

    async def one(self, visit: Visit, task: str) -> Response:
        await empty_body(self._settings.max_json_depth)
        return await self._delete(visit, [self._tasks.find(visit, task)])

    async def several(self, visit: Visit) -> Response:
        wanted = await checked_body(TaskIdsBody, self._settings, self._threads)
        ids = dict.fromkeys(wanted.taskIds)
        return await self._delete(visit, [self._tasks.find(visit, id) for id in ids])

    async def _delete(self, visit: Visit, views: Sequence[JobView]) -> Response:
        async def delete(view: JobView) -> bool:
            await visit.ask(DeleteJob(view.job.id))
            return True

        count = await each(visit, views, delete)
        message = texts.DELETED.told(language(), count=count)
        ids = [view.job.id for view in views]
        return self._answers.answer(DeletedTasks(deleted=count, taskIds=ids, message=message))


def _paths(family: Family, tail: str) -> tuple[str, ...]:
    """Pages of family C list what there was as its history."""
    return generation(f"history{tail}") if family == "C" else tasks_of(family, tail)
