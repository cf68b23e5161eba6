"""Jobs of agents, for the client: what is told of them, and the requests, which both clients
share. See docs/agents-page.md.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from nightdesk.client.calls import Call, JobAnswer
from nightdesk.client.models import SpendCap
from nightdesk.client.workshop import WorkshopAddress

PAGE_SIZE = 500


class Bill(Struct, frozen=True):
    """What calls came to. `usd` is exact, None where nobody knows a price, and has nothing of the
    `unpriced` calls. The tokens of `counted` calls were counted by the server."""

    calls: int
    prompt_tokens: int
    completion_tokens: int
    usd: Decimal | None
    unpriced: int
    counted: int


class AgentEndpoint(Struct, frozen=True):
    """One that jobs may name. `has_key`: the operator's key is sent there, and none is wanted."""

    name: str
    models: tuple[str, ...]
    has_key: bool


class Agents(Struct, frozen=True):
    """What jobs of agents may do. `day_cap` is for all calls of the desk in a day of UTC."""

    endpoints: tuple[AgentEndpoint, ...]
    commands: bool
    day_cap: SpendCap


class AgentTask(Struct, frozen=True):
    """One task. `status` is `waiting`, `working` (then `stage` says at what), `completed`,
    `timeout` (a limit, which `stop` names) or `error`; the rest is of its newest ending."""

    index: int
    dir: str
    prompt: str
    status: str
    stage: str
    stop: str
    iterations: int
    best_round: int
    score: int | None
    spend: Bill
    duration_ms: float
    error: str | None
    at: datetime | None


class TasksAnswer(Struct, frozen=True):
    tasks: tuple[AgentTask, ...]
    total: int


class TranscriptPage(Struct, frozen=True):
    """Records of a transcript, as docs/agents-engine.md has them, each with the number of its
    `piece`. `next` is to be asked for as `after`; `more`: there is more already."""

    index: int
    dir: str
    prompt: str
    records: tuple[dict[str, Any], ...]
    next: int
    more: bool


class ModelCost(Struct, frozen=True):
    """What the calls of one model came to."""

    model: str
    spend: Bill


class ComparedCost(Struct, frozen=True):
    """What all tokens would cost on another model; None where nobody knows."""

    title: str
    model: str
    usd: Decimal | None


class TaskCost(Struct, frozen=True):
    """What one task came to."""

    index: int
    dir: str
    status: str
    usd: Decimal | None
    tokens: int


class Costs(Struct, frozen=True):
    """What the calls of a job have cost: `total` with those of tasks at work, `models` and `tasks`
    of those that have ended. `truncated`: there are more tasks."""

    total: Bill
    cap: SpendCap
    models: tuple[ModelCost, ...]
    comparison: tuple[ComparedCost, ...]
    tasks: tuple[TaskCost, ...]
    truncated: bool


class AgentsAddress(WorkshopAddress):
    """The requests about jobs of agents."""

    def agents(self) -> Call[Agents]:
        return Call(method="GET", path=self._path("agents"), answer=Agents, again=True)

    def tasks(self, job_id: str, offset: int) -> Call[TasksAnswer]:
        path, page = self._path("jobs", job_id, "tasks"), {"offset": offset, "limit": PAGE_SIZE}
        return Call(method="GET", path=path, answer=TasksAnswer, params=page, again=True)

    def costs(self, job_id: str) -> Call[Costs]:
        path = self._path("jobs", job_id, "costs")
        return Call(method="GET", path=path, answer=Costs, again=True)

    def set_cap(self, job_id: str, usd: Decimal | None, tokens: int | None) -> Call[JobAnswer]:
        said = {"usd": None if usd is None else f"{usd:f}", "tokens": tokens}
        path, body = self._path("jobs", job_id, "cap"), msgspec.json.encode(said)
        return Call(method="PUT", path=path, answer=JobAnswer, body=body, again=True)

    def transcript(self, job_id: str, item: int, after: int) -> Call[TranscriptPage]:
        path, params = self._item(job_id, item, "transcript"), {"after": after}
        return Call(method="GET", path=path, answer=TranscriptPage, params=params, again=True)

    def transcript_file(self, job_id: str, item: int) -> Call[bytes]:
        return Call(method="GET", path=self._item(job_id, item, "transcript.jsonl"), answer=bytes)

    def task_files(self, job_id: str, item: int) -> Call[bytes]:
        return Call(method="GET", path=self._item(job_id, item, "files.zip"), answer=bytes)

    def agent_results(self, job_id: str) -> Call[bytes]:
        path = self._path("jobs", job_id, "agent-results.json")
        return Call(method="GET", path=path, answer=bytes)

    def _item(self, job_id: str, item: int, tail: str) -> str:
        return self._path("jobs", job_id, "items", str(item), tail)
