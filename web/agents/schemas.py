"""Jobs of agents on the wire of the native API. OpenAPI is generated from these."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from web.schemas import Count, Time


class SpendEntry(Struct, frozen=True):
    """What calls came to. `usd` is exact, in plain decimals; null where nobody knows a price of any
    of them. `unpriced` of the calls have none that is known, and `usd` has nothing of these;
    `counted` of them were counted by this server, as the endpoint told nothing sane."""

    calls: Count
    prompt_tokens: Count
    completion_tokens: Count
    usd: str | None
    unpriced: Count
    counted: Count


class TaskEntry(Struct, frozen=True, kw_only=True):
    """One task. `status` is `waiting`, `working` (then `stage` says at what), `completed`,
    `timeout` (a limit, which `stop` names) or `error`. All of how it ended, `spend` included, is of
    its newest ending, also while it is worked on again; a share link is not told `spend`. `prompt`
    is cut at 300 characters."""

    index: Count
    dir: str
    prompt: str
    status: str
    stage: str
    stop: str
    iterations: Count
    best_round: Count
    score: int | None
    spend: SpendEntry | UnsetType = UNSET
    duration_ms: float
    error: str | None
    at: Time | None


class TaskList(Struct, frozen=True):
    """A page of the tasks of a job, by index."""

    tasks: list[TaskEntry]
    total: Count
    offset: Count
    limit: Count


class TranscriptAnswer(Struct, frozen=True):
    """How a task went, from a piece of its transcript on: the records of docs/agents-engine.md in
    their order, each with the number of its `piece`. Long texts and lists are cut, and of changed
    files stand the differences; what cannot be read is a record of type `unread`. `next` is to be
    asked for as `after`; `more`: there is more already."""

    index: Count
    dir: str
    prompt: str
    records: list[dict[str, Any]]
    next: Count
    more: bool


class ModelCost(Struct, frozen=True):
    """What the calls of one model came to."""

    model: str
    spend: SpendEntry


class Compared(Struct, frozen=True):
    """What all those tokens would cost on another model, by its list price of now; null where that
    is not known. `title` is what people call it."""

    title: str
    model: str
    usd: str | None


class TaskCost(Struct, frozen=True):
    """What one task came to, in few words: there may be thousands."""

    index: Count
    dir: str
    status: str
    usd: str | None
    tokens: Count


class Cap(Struct, frozen=True):
    """How much may be spent; null: any amount."""

    usd: str | None
    tokens: int | None


class CostsAnswer(Struct, frozen=True):
    """What the calls of a job have cost. `total` has those of tasks at work too, `models` and
    `tasks` those of tasks that have ended. `truncated`: there are more tasks than are told."""

    total: SpendEntry
    cap: Cap
    models: list[ModelCost]
    comparison: list[Compared]
    tasks: list[TaskCost]
    truncated: bool


class EndpointEntry(Struct, frozen=True):
    """An endpoint that jobs may name. `models` are those it offers; others may be named too.
    `has_key`: the operator's own key is sent there, and none is wanted of you."""

    name: str
    models: list[str]
    has_key: bool


class AgentsAnswer(Struct, frozen=True):
    """What jobs of agents may do here. `commands`: tasks may ask to run commands. `day_cap`: what
    all calls of a desk may cost in a day of UTC; where that is money, a model needs a price that is
    known."""

    endpoints: list[EndpointEntry]
    commands: bool
    day_cap: Cap
