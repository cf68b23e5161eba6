"""The older paths that run a task: start, progress, terminate, in each mode's name."""

from __future__ import annotations

import re
from typing import Any, cast

from msgspec import UNSET, structs
from quart import Response, request

from actors.messages import JobView
from executors.problems import integer_reason
from web.deps import WebDeps
from web.dialects.batchgo import paths, texts
from web.dialects.batchgo.legacy_bodies import read_start, task_id_of
from web.dialects.batchgo.modes import Modes, mode_reason
from web.dialects.batchgo.progress import awaited, progress_of
from web.dialects.batchgo.refusals import invalid_request
from web.dialects.batchgo.routing import Row, language
from web.dialects.batchgo.schemas import (
    MODES,
    BatchData,
    BatchIdBody,
    BatchProgressAnswer,
    BatchStartBody,
    BatchStarted,
    BatchTerminated,
    Mode,
)
from web.dialects.batchgo.service import Made, Tasks
from web.dialects.batchgo.token_headers import with_tokens
from web.dialects.batchgo.view import legacy_status, shown_id
from web.dialects.batchgo.waiting import Waiting
from web.dialects.fields import Fields
from web.dialects.objects import read_object
from web.dialects.refused import Refused
from web.http import idempotency, json_answer
from web.routes import IDEMPOTENCY, Handler, Parameter, choice
from web.threads import Threads
from web.validate import Errors, field_error
from web.visit import Visit

# An id of ours: whoever asks for one that is not there waits for no start of its own.
_OURS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ID = Parameter("taskId", {"type": "string"}, "Or `task_id`.")


class LegacyRunsApi:
    """Handlers; what they share is which starts are still waited for."""

    def __init__(self, deps: WebDeps, threads: Threads, tasks: Tasks, modes: Modes) -> None:
        self._now = deps.now
        self._threads = threads
        self._tasks = tasks
        self._modes = modes
        self._waiting = Waiting(deps.clock)

    def rows(self) -> list[Row]:
        by_mode = [row for mode in MODES for row in self._mode_rows(mode)]
        return [
            *by_mode,
            self._start_row("start", "start", self.start_any, (choice("type", MODES, ""),)),
            self._start_row("silent_execute", "silent:execute", self._starter("silent")),
            self._progress_row("progress", "progress"),
            self._terminate_row("terminate", "terminate"),
            Row(
                method="POST",
                paths=paths.under("silent:check"),
                name="batchopen_silent_check",
                handler=self.check,
                summary="Whether there are tokens enough",
                answer=BatchData,
                body=BatchStartBody,
            ),
        ]

    def _mode_rows(self, mode: Mode) -> list[Row]:
        return [
            self._start_row(f"{mode}_start", f"{mode}-start", self._starter(mode)),
            self._progress_row(f"{mode}_progress", f"{mode}-progress"),
            self._terminate_row(f"{mode}_terminate", f"{mode}-terminate"),
        ]

    def _start_row(
        self, name: str, tail: str, handler: Handler, parameters: tuple[Parameter, ...] = ()
    ) -> Row:
        return Row(
            method="POST",
            paths=paths.under(tail),
            name=f"batchopen_{name}",
            handler=handler,
            summary="Make a task and start it",
            answer=BatchStarted,
            body=BatchStartBody,
            parameters=(IDEMPOTENCY, *parameters),
            errors=("insufficient_tokens", "plan_exceeded", "limit_reached", "storage_full"),
            command="create_job",
        )

    def _progress_row(self, name: str, tail: str) -> Row:
        return Row(
            method="GET",
            paths=paths.under(tail),
            name=f"batchopen_{name}",
            handler=self.progress,
            summary="How far a task is; one that is still to be started is pending",
            answer=BatchProgressAnswer,
            parameters=(_ID,),
        )

    def _terminate_row(self, name: str, tail: str) -> Row:
        return Row(
            method="POST",
            paths=paths.under(tail),
            name=f"batchopen_{name}",
            handler=self.terminate,
            summary="End a task; one that has ended stays as it is",
            answer=BatchTerminated,
            body=BatchIdBody,
            command="cancel_job",
        )

    def _starter(self, mode: Mode) -> Handler:
        async def start(visit: Visit) -> Response:
            value, data = await read_object(self._threads, self._tasks.parse)
            return await self._start(visit, value, data, mode)

        return start

    async def start_any(self, visit: Visit) -> Response:
        """The mode is named in the query or in the body."""
        value, data = await read_object(self._threads, self._tasks.parse)
        mode = request.args.get("type") or value.get("type") or value.get("mode")
        reason = "is missing" if mode is None else mode_reason(mode)
        if reason is not None:
            raise invalid_request([field_error("type", reason)])
        return await self._start(visit, value, data, cast(Mode, mode))

    async def _start(
        self, visit: Visit, value: dict[str, Any], data: bytes, mode: Mode
    ) -> Response:
        key = idempotency(visit.key, data)
        await self._modes.prepare(value)
        read = read_start(value, mode, self._modes)
        made = await self._tasks.create(
            visit, read.wanted, read.errors, start=True, key=key, asked=mode.encode() + data
        )
        told = self._started(visit, made)
        return with_tokens(json_answer(told), told.consumed, told.balance)

    def _started(self, visit: Visit, made: Made) -> BatchStarted:
        job = made.view.job
        task = self._tasks.task_of(visit, made.view)
        return BatchStarted(
            taskId=shown_id(job),
            task_id=shown_id(job),
            status=legacy_status(job),
            token_consumed=task.token_consumed,
            consumed=task.token_consumed,
            balance=self._tasks.balance(visit),
            message=texts.STARTED.told(language(), count=task.url_count),
            data={"taskId": shown_id(job), **structs.asdict(task), "task_id": shown_id(job)},
        )

    async def progress(self, visit: Visit) -> Response:
        named = task_id_of(request.args)
        try:
            view = self._tasks.find(visit, named)
        except Refused:
            if _OURS.fullmatch(named) or not self._waiting.is_awaited(visit.key, named):
                raise
            told = awaited(named, self._now(), language())
        else:
            self._waiting.came(visit.key, named)
            told = progress_of(visit, view, self._now(), language(), legacy_status(view.job))
        return json_answer(BatchProgressAnswer(**structs.asdict(told), data=told))

    async def terminate(self, visit: Visit) -> Response:
        value, _ = await read_object(self._threads, self._tasks.parse)
        view = self._tasks.find(visit, task_id_of(value, request.args))
        ended, now = await self._tasks.end(visit, view)
        return json_answer(_terminated(ended, now))

    async def check(self, visit: Visit) -> Response:
        """Of a number of visits, or of a body that would start them."""
        value, _ = await read_object(self._threads, self._tasks.parse)
        quantity, price = self._quantity(value)
        required = self._tasks.price_of(price, quantity)
        balance = self._tasks.balance(visit, "silent")
        enough = required <= balance
        said = texts.SUFFICIENT if enough else texts.INSUFFICIENT
        told = {
            "sufficient": enough,
            "balance": balance,
            "required": required,
            "quantity": quantity,
        }
        message = said.told(language(), required=required, balance=balance)
        return json_answer({**structs.asdict(BatchData(message=message, data=told)), **told})

    def _quantity(self, value: dict[str, Any]) -> tuple[int, str]:
        if value.get("urls") is not None:
            read = read_start(value, "silent", self._modes)
            if read.errors:
                raise invalid_request(read.errors)
            urls = read.wanted.urls
            if not isinstance(urls, list):
                raise invalid_request([field_error("urls", "must be a list of URLs")])
            return len(urls) * read.wanted.cycles, read.wanted.settings.price
        errors: Errors = []
        most = self._tasks.max_items
        quantity = Fields(value, errors).checked(
            "quantity", rule=lambda number: integer_reason(number, 1, most)
        )
        if quantity is UNSET:
            raise invalid_request(errors or [field_error("quantity", "is missing")])
        return int(quantity), "silent"


def _terminated(view: JobView, now: bool) -> BatchTerminated:
    job = view.job
    named = shown_id(job)
    said = texts.CANCELLED if now else texts.ENDED_BEFORE
    status = legacy_status(job)
    return BatchTerminated(
        taskId=named,
        task_id=named,
        status=status,
        message=said.told(language()),
        data={"taskId": named, "task_id": named, "id": job.id, "status": status},
    )
