"""The working half of the agent executor: one item is one task. Runs in a worker for the network.

The engine does the task; here it is given what a desk has for it: the operator's endpoints, a
folder of its own, and a book that is the job's own files.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial
from secrets import token_hex
from typing import Any, Literal

import msgspec
from msgspec import Struct

from actors.ports import ItemContext, ItemResult, LeasedItem, Tools, ToolUnavailable
from actors.ports.http import HttpService
from executors.agent.book import DeskBook
from executors.agent.enclosing import unpacked
from executors.agent.engine.redaction import Redactor
from executors.agent.engine.results import TaskResult
from executors.agent.engine.settings import Limits, Task
from executors.agent.engine.task import Kit, run_task
from executors.agent.files.folder import AgentFolder
from executors.agent.items import SHOWN_CHARS, AgentItem, stored_item
from executors.agent.model.client import Endpoint, Model, Terms
from executors.agent.model.gate import Pace
from executors.agent.model.prices import Price
from executors.agent.options import cap_of
from executors.agent.places import Places
from executors.agent.ports import EndpointAway, KeyRefused, ModelUnknown
from executors.agent.services import service_name
from executors.agent.telling import Teller, facts_of
from executors.scrubbing import Scrubber
from state.disk import FULL
from state.model import OutcomeStatus

WAITS = "waits for the model's endpoint"
NO_ROOM = "waits for room on the server's disk"
# How soon an endpoint that is away is asked again, unless it says so itself.
ASK_AGAIN_S = 15.0
# Between two tasks that begin: about what the work on a call takes. So those that begin together
# come back, call after call, as fast as they can be worked on, and not faster.
BEGIN_APART_S = 0.000_6
# But for so many: where tasks follow others, a few end together by chance, far from the next.
BEGIN_AT_ONCE = 4
# How soon it is seen whether a full disk has room again.
LOOK_AGAIN_S = 5.0

Role = Literal["coder", "judge"]


class AgentOptions(Struct, frozen=True, kw_only=True):
    """The stored fields of a job that its worker needs. See docs/agents.md."""

    endpoint: str
    model: str
    judge_endpoint: str
    judge_model: str
    prices: dict[Role, Price | None]
    max_iterations: int
    max_tokens: int
    time_limit_s: float | None
    task_budget_usd: str | int | float | None
    task_budget_tokens: int | None
    commands: bool
    api_key: str = ""
    judge_api_key: str = ""

    def limits(self) -> Limits:
        return Limits(
            max_iterations=self.max_iterations,
            max_tokens_a_call=self.max_tokens,
            time_limit_s=self.time_limit_s,
            cap=cap_of(msgspec.structs.asdict(self), "task_"),
        )


class AgentExecutor:
    """See Executor."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[AgentRunner]:
        options = msgspec.convert(spec, AgentOptions)
        if options.commands and tools.commands is None:
            raise ToolUnavailable(
                "the tasks of this job want to run commands, and the operator of this server does"
                " not allow them any more (--agent-commands on)"
            )
        places = Places(tools.scratch)
        await places.sweep()
        yield AgentRunner(options, tools, places)


class AgentRunner:
    """Has the tasks of one job done."""

    def __init__(self, options: AgentOptions, tools: Tools, places: Places) -> None:
        """Raises ToolUnavailable for an endpoint that is not there any more."""
        self._options = options
        self._limits = options.limits()
        self._tools = tools
        self._places = places
        # Whose call it is: what the model tells of it goes to that item's log.
        self._context: ContextVar[ItemContext] = ContextVar("context")
        who = token_hex(8)
        self._coder = self._model("coder", options.endpoint, options.model, options.api_key, who)
        self._judge = self._model(
            "judge", options.judge_endpoint, options.judge_model, options.judge_api_key, who
        )
        keys = (options.api_key, options.judge_api_key)
        services = (options.endpoint, options.judge_endpoint)
        theirs = (word for name in services for word in self._service(name).secrets)
        secrets = tuple(dict.fromkeys(word for word in (*keys, *theirs) if word))
        self._redactor = Redactor(secrets)
        self._scrub = Scrubber(secrets).text
        self._way_in = Pace(BEGIN_APART_S, BEGIN_AT_ONCE)

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        """See ItemRunner. A task whose endpoint is away, or which finds the disk full, costs no
        attempt: it waits, and goes on from its transcript."""
        await self._way_in.go_through()
        self._context.set(context)
        task = stored_item(item.payload)
        book = DeskBook(task, context, unpacked(await context.enclosed()))
        try:
            commands = self._tools.commands if self._options.commands else None
            told = partial(context.log, "warning")
            async with self._places.folder(commands, told) as folder:
                result = await self._work(task, folder, book, context)
                files = await _hand_over(task, folder, context, self._redactor)
        except (KeyRefused, ModelUnknown) as hopeless:
            raise ToolUnavailable(str(hopeless)) from hopeless
        except EndpointAway as away:
            wait_s = max(ASK_AGAIN_S, away.retry_after_s or 0.0)
            context.log("warning", f"the endpoint is away, the task waits for it: {away}")
            return self._put_off(task, wait_s, WAITS)
        except OSError as failure:
            if failure.errno not in FULL:
                raise
            context.log("warning", "the server's disk is full, the task waits for room")
            return self._put_off(task, LOOK_AGAIN_S, NO_ROOM)
        return _outcome(self._named(task), result, files)

    async def _work(
        self, task: AgentItem, folder: AgentFolder, book: DeskBook, context: ItemContext
    ) -> TaskResult:
        """Raises what `run_task` raises."""
        limits = self._limits
        kit = Kit(
            coder=self._coder,
            judge=self._judge,
            folder=folder,
            book=book,
            tell=Teller(context, limits.max_iterations).tell,
            redactor=self._redactor,
        )
        wanted = Task(task.dir, task.first_prompt, run=max(1, self._tools.run))
        return await run_task(wanted, kit, limits)

    def _put_off(self, task: AgentItem, wait_s: float, stage: str) -> ItemResult:
        failed = OutcomeStatus.FAILED
        return ItemResult(status=failed, result=self._named(task), wait_s=wait_s, stage=stage)

    def _named(self, task: AgentItem) -> dict[str, Any]:
        """What its outcome calls it."""
        prompt = self._scrub(task.first_prompt)
        return {"dir": task.dir, "first_prompt": prompt[:SHOWN_CHARS]}

    def _model(self, role: Role, endpoint: str, model: str, key: str, who: str) -> Model:
        terms = Terms(price=self._options.prices[role], key=key, who=who, told=self._told)
        return Model(model, self._service(endpoint).shared(_endpoint), terms)

    def _service(self, endpoint: str) -> HttpService:
        try:
            return self._tools.http.service(service_name(endpoint))
        except LookupError:
            raise ToolUnavailable(
                f"the operator has no endpoint {endpoint} any more (--agent-endpoint)"
            ) from None

    def _told(self, text: str) -> None:
        self._context.get().log("info", text)


def _endpoint(service: HttpService) -> Endpoint:
    """What all jobs of a worker share of it."""
    return Endpoint(service, at_once=service.calls)


async def _hand_over(
    task: AgentItem, folder: AgentFolder, context: ItemContext, redactor: Redactor
) -> int:
    """The files of the best round become those of the job; how many there are. A secret may have
    been put together in them, bit by bit or by a command. Raises OSError."""
    files = (await folder.snapshot()).files
    count = 0
    for path in files:
        data = redactor.contents(await folder.read(path))
        if data is None:
            context.log("warning", f"{redactor.text(path)} is not kept: a key stands in it")
            continue
        await context.artifact(task.file(redactor.text(path)), data)
        count += 1
    return count


def _outcome(named: dict[str, Any], result: TaskResult, files: int) -> ItemResult:
    is_done = result.status == "completed"
    return ItemResult(
        status=OutcomeStatus.OK if is_done else OutcomeStatus.FAILED,
        result={**named, **facts_of(result), "files": files},
        error=None if is_done else result.error or f"it has ended undone: {result.stop}",
        spend=result.spend,
    )
