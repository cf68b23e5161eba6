"""The wire's types of how far a job is, and of what its items' calls cost; see `web.schemas`."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

_Count = Annotated[int, Meta(ge=0)]
_Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
_Usd = Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)?$")]


class ItemProgress(Struct, frozen=True):
    """How far an item at work is, as it said at `at`: `done` of `total` steps where it has steps,
    and what it does."""

    index: _Count
    percent: float
    stage: str
    done: _Count
    total: _Count
    at: _Time


class Progress(Struct, frozen=True):
    """How far a job is. `eta_s` is null where it cannot be known; `items` are the first 16 of those
    at work that say how far they are."""

    percent: float
    stage: str
    rate_per_s: float
    eta_s: float | None
    in_flight: _Count
    waiting: _Count
    items: list[ItemProgress]


class Spend(Struct, frozen=True):
    """What the calls of models have cost that a job's items made, those at work included: `usd` is
    exact, and has nothing of the `unpriced` calls, whose price nobody knows. The tokens of
    `counted` calls were counted here, as the endpoint told nothing sane."""

    calls: _Count
    prompt_tokens: _Count
    completion_tokens: _Count
    usd: _Usd
    unpriced: _Count
    counted: _Count


class SpendCap(Struct, frozen=True):
    """How much those calls may cost together; what is absent has no limit."""

    usd: _Usd | UnsetType = UNSET
    tokens: _Count | UnsetType = UNSET
