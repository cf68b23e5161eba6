"""The wire's types of a desk's tokens. Used by `web.ledger_api`; see `web.schemas`."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from actors.rules.ledger import KEY_MAX_CHARS, NOTE_MAX_CHARS
from state.ledgers import TOKENS_MAX
from web.schemas import Count, Time


class LedgerEntry(Struct, frozen=True):
    """One movement of tokens: positive where they were granted, negative where they were spent on
    a start of the job; `balance` is what there was after it."""

    id: str
    amount: int
    balance: Count
    at: Time
    note: str
    job_id: str | None


class PlanLimits(Struct, frozen=True):
    """What a plan lets a desk do; null: no limit besides the server's."""

    max_concurrency: int | None
    max_items: int | None
    max_running: int | None
    max_priority: int | None


class LedgerAnswer(Struct, frozen=True, kw_only=True):
    """Tokens of a desk; `granted` is `balance` + `spent`, `held` of the balance are put aside for
    starts to come. `entries` are a page of the newest movements, newest first; `forgotten` older
    ones are not kept. `prices` are tokens an item, by the kind of a job."""

    granted: Count
    balance: Count
    spent: Count
    held: Count
    free: Count
    plan: str
    limits: PlanLimits
    prices: dict[str, Count]
    entries: list[LedgerEntry]
    total: Count
    forgotten: Count
    page: Count
    size: Count
    revision: Count


class GrantBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Tokens for a desk, once for each `key` (random where it is left out). With the desk's `name`
    (`user:NAME` or `local`) it is made where its user has not come yet."""

    amount: Annotated[int, Meta(ge=1, le=TOKENS_MAX)]
    key: Annotated[str, Meta(min_length=1, max_length=KEY_MAX_CHARS)] | UnsetType = UNSET
    note: Annotated[str, Meta(max_length=NOTE_MAX_CHARS)] = ""
    name: str = ""


class GrantAnswer(Struct, frozen=True):
    """The grant is on disk. `replayed`: it was so before, and was not made again."""

    key: str
    balance: Count
    replayed: bool
    revision: Count
    durable: bool


class PlanBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The plan whose limits are to hold for the desk; empty: the default ones. `name` is as for a
    grant."""

    plan: str
    name: str = ""


class PlanAnswer(Struct, frozen=True):
    """The plan that holds for the desk, which is on disk."""

    plan: str
    limits: PlanLimits
    revision: Count
    durable: bool
