"""The new API: tasks made, listed, seen and commanded. The wire is docs/batchgo.md."""

from __future__ import annotations

from functools import partial

from msgspec import structs
from quart import Response, request

from actors.messages import (
    CancelJob,
    DeleteJob,
    Idempotency,
    PauseJob,
    ResumeJob,
    RetryJob,
    StartJob,
)
from web.deps import WebDeps
from web.dialects.batchgo import paths, texts
from web.dialects.batchgo.bodies import read_task
from web.dialects.batchgo.modes import Modes
from web.dialects.batchgo.offered import is_offered, read_offered
from web.dialects.batchgo.progress import progress_of
from web.dialects.batchgo.routing import Row, language
from web.dialects.batchgo.schemas import (
    MODES,
    STATUSES,
    BatchDeleted,
    BatchProgressAnswer,
    BatchTask,
    BatchTaskAnswer,
    BatchTaskBody,
    BatchTaskList,
)
from web.dialects.batchgo.service import MakeCommand, Tasks
from web.dialects.batchgo.token_headers import with_tokens
from web.dialects.batchgo.urls import SHORT
from web.dialects.batchgo.view import mode_of, status_of
from web.dialects.languages import Text
from web.dialects.objects import read_object
from web.filters import PARAMETERS
from web.http import Query, empty_body, idempotency, json_answer
from web.retry_api import chosen_of, retry_filter, retry_key
from web.routes import IDEMPOTENCY, Handler, choice, integer
from web.threads import Threads
from web.visit import Visit

DEFAULT_SIZE = 20
_MAX_PAGE = 10**9

# Path under the task -> command, what is said, summary.
_COMMANDS: dict[str, tuple[MakeCommand, Text, str]] = {
    "start": (StartJob, texts.STARTED, "Start a task; its tokens are spent"),
    "pause": (PauseJob, texts.PAUSED, "Let URLs at work end, and begin no others"),
    "resume": (ResumeJob, texts.RESUMED, "Go on"),
    "cancel": (CancelJob, texts.CANCELLED, "End a task for good; what was done stays"),
    "stop": (CancelJob, texts.CANCELLED, "The same"),
    "terminate": (CancelJob, texts.CANCELLED, "The same"),
}


class TasksApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads, tasks: Tasks, modes: Modes) -> None:
        self._settings = deps.settings
        self._store = deps.store
        self._now = deps.now
        self._threads = threads
        self._tasks = tasks
        self._modes = modes

    def rows(self) -> list[Row]:
        commands = [self._command_row(action) for action in _COMMANDS]
        return [*self._rows(), *self._more_rows(), *commands]

    def _rows(self) -> list[Row]:
        page = integer("page", "From 1.", default=1), integer("size", "", default=DEFAULT_SIZE)
        filters = choice("status", STATUSES, ""), choice("mode", MODES, "")
        return [
            Row(
                method="POST",
                paths=(paths.TASKS,),
                name="batchgo_create",
                handler=self.create,
                summary="Make a task; its tokens are checked",
                answer=BatchTaskAnswer,
                status=201,
                body=BatchTaskBody,
                parameters=(IDEMPOTENCY,),
                errors=("insufficient_tokens", "plan_exceeded", "limit_reached", "storage_full"),
                command="create_job",
            ),
            Row(
                method="GET",
                paths=(paths.TASKS,),
                name="batchgo_list",
                handler=self.list_tasks,
                summary="Tasks, the newest first",
                answer=BatchTaskList,
                parameters=(*page, *filters),
            ),
            Row(
                method="GET",
                paths=(paths.TASK,),
                name="batchgo_get",
                handler=self.get,
                summary="A task and its URLs",
                answer=BatchTaskAnswer,
            ),
            Row(
                method="DELETE",
                paths=(paths.TASK,),
                name="batchgo_delete",
                handler=self.delete,
                summary="End a task where needed, then forget it and its results",
                answer=BatchDeleted,
                command="delete_job",
            ),
        ]

    def _more_rows(self) -> list[Row]:
        return [
            Row(
                method="POST",
                paths=(f"{paths.TASK}/retry",),
                name="batchgo_retry",
                handler=self.retry,
                summary="Do again what failed or was left; that is paid again",
                answer=BatchTaskAnswer,
                parameters=(choice("status", ("failed",), ""), *PARAMETERS, IDEMPOTENCY),
                errors=("invalid_status", "insufficient_tokens", "storage_full"),
                command="retry_job",
            ),
            Row(
                method="GET",
                paths=(f"{paths.TASK}/progress",),
                name="batchgo_progress",
                handler=self.progress,
                summary="How far a task is",
                answer=BatchProgressAnswer,
            ),
        ]

    def _command_row(self, action: str) -> Row:
        make, said, summary = _COMMANDS[action]
        paid = ("insufficient_tokens",) if action == "start" else ()
        return Row(
            method="POST",
            paths=(f"{paths.TASK}/{action}",),
            name=f"batchgo_{action}",
            handler=self._commander(make, said),
            summary=summary,
            answer=BatchTaskAnswer,
            parameters=(IDEMPOTENCY,),
            errors=("invalid_status", *paid, "storage_full"),
            command=f"{make.__name__.removesuffix('Job').lower()}_job",
        )

    async def create(self, visit: Visit) -> Response:
        value, data = await read_object(self._threads, self._tasks.parse)
        key = idempotency(visit.key, data)
        await self._modes.prepare(value)
        read = (read_offered if is_offered(value) else read_task)(value, self._modes)
        made = await self._tasks.create(visit, read.wanted, read.errors, start=read.start, key=key)
        told = await self._tasks.whole_task(visit, made.view)
        return self._answer(visit, told, texts.CREATED, 201)

    async def list_tasks(self, visit: Visit) -> Response:
        query = Query(request.args)
        status = query.choice("status", STATUSES)
        mode = query.choice("mode", MODES)
        page = query.integer("page", 1, low=1, high=_MAX_PAGE)
        size = query.integer("size", DEFAULT_SIZE, low=1, high=self._settings.max_page_size)
        query.done()
        found = [
            view
            for view in self._tasks.listed(visit)
            if (status is None or status_of(view.job) == status)
            and (mode is None or mode_of(view.job) == mode)
        ]
        shown = found[(page - 1) * size : page * size]
        tasks = await self._tasks.page(visit, shown, with_urls=len(shown) <= SHORT)
        return json_answer(BatchTaskList(tasks=tasks, total=len(found), page=page, size=size))

    async def get(self, visit: Visit, task: str) -> Response:
        view = self._tasks.find(visit, task)
        with visit.reading(view.job.id):
            told = await self._tasks.whole_task(visit, view)
        return self._answer(visit, told, texts.FOUND)

    async def delete(self, visit: Visit, task: str) -> Response:
        await empty_body(self._settings.max_json_depth)
        job_id = self._tasks.find(visit, task).job.id
        await visit.ask(DeleteJob(job_id))
        message = texts.DELETED.told(language())
        return json_answer(BatchDeleted(id=job_id, task_id=job_id, message=message))

    async def progress(self, visit: Visit, task: str) -> Response:
        told = progress_of(visit, self._tasks.find(visit, task), self._now(), language())
        return json_answer(BatchProgressAnswer(**structs.asdict(told), data=told))

    async def retry(self, visit: Visit, task: str) -> Response:
        """All that failed, or of it what the filters of its results find."""
        await empty_body(self._settings.max_json_depth)
        where, job_id = retry_filter(), self._tasks.find(visit, task).job.id
        chosen = None if where is None else await chosen_of(self._store, visit, job_id, where)
        make = partial(RetryJob, chosen=chosen)
        said = texts.RETRIED if where is None else texts.RETRIED_CHOSEN
        return await self._command(visit, task, make, retry_key(visit), said)

    def _commander(self, make: MakeCommand, said: Text) -> Handler:
        async def command(visit: Visit, task: str) -> Response:
            await empty_body(self._settings.max_json_depth)
            return await self._command(visit, task, make, idempotency(visit.key), said)

        return command

    async def _command(
        self, visit: Visit, task: str, make: MakeCommand, key: Idempotency | None, said: Text
    ) -> Response:
        view = await self._tasks.command(visit, task, make, key)
        (told,) = await self._tasks.page(visit, [view], with_urls=True)
        answer = self._answer(visit, told, said)
        return with_tokens(answer, told.token_consumed, self._tasks.balance(visit))

    def _answer(self, visit: Visit, task: BatchTask, said: Text, status: int = 200) -> Response:
        message = said.told(language(), count=task.url_count)
        balance = self._tasks.balance(visit)
        answer = BatchTaskAnswer(
            **structs.asdict(task), message=message, balance=balance, task=task
        )
        return json_answer(answer, status)
