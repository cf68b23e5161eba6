"""What the token paths of the dialect answer, in all the spellings that clients read. OpenAPI is
generated from them."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from web.schemas import Count


class TokenData(Struct, frozen=True, kw_only=True):
    """What a desk has. `balance` is free to be spent, `held` is put aside for starts to come;
    `total` is both."""

    balance: int
    held: Count
    total: Count
    granted: Count
    spent: Count


class TokenBalance(TokenData, frozen=True, kw_only=True):
    """The same again under `data`."""

    success: Literal[True] = True
    code: Literal[0] = 0
    message: str
    data: TokenData


class TokenHold(Struct, frozen=True, kw_only=True):
    """Tokens put aside for a start of that feature; they come back at `expires_at`."""

    feature: str
    amount: Count
    created_at: str
    expires_at: str


class TokenStatsData(TokenData, frozen=True, kw_only=True):
    plan: str
    transactions: Count
    holds: list[TokenHold]


class TokenStats(TokenStatsData, frozen=True, kw_only=True):
    """The same again under `data`."""

    success: Literal[True] = True
    code: Literal[0] = 0
    message: str
    data: TokenStatsData


class TokenCheckData(Struct, frozen=True, kw_only=True):
    """Whether a start of that price could be paid now."""

    sufficient: bool
    required: Count
    balance: int
    quantity: Count
    feature: str


class TokenCheck(TokenCheckData, frozen=True, kw_only=True):
    """The same again under `data`."""

    success: Literal[True] = True
    code: Literal[0] = 0
    message: str
    data: TokenCheckData


class TokenConsumeBody(Struct, frozen=True, kw_only=True):
    """What a start to come will cost: `tokens`, or the price of `quantity` URLs. Both spellings of
    the clients are taken: `feature`, `operation`, `itemCount`, `description` and `service`,
    `action`, `quantity`, `reference`."""

    feature: str = ""
    operation: str = ""
    tokens: int | None = None
    itemCount: int | None = None
    description: str = ""
    service: str = ""
    action: str = ""
    quantity: int | None = None
    reference: str = ""


class TokenConsumedData(Struct, frozen=True, kw_only=True):
    """The tokens were put aside, until `expires_at`, for the next start of the feature."""

    consumed: Count
    consumed_tokens: Count
    remainingBalance: int
    new_balance: int
    balance: int
    feature: str
    expires_at: str


class TokenConsumed(TokenConsumedData, frozen=True, kw_only=True):
    """The same again under `data`."""

    success: Literal[True] = True
    code: Literal[0] = 0
    message: str
    data: TokenConsumedData


class TokenTransaction(Struct, frozen=True, kw_only=True):
    """One movement: positive for what was granted, negative for what was spent. `task_id` is the
    task that it paid for."""

    id: str
    type: Literal["credit", "debit"]
    amount: int
    balance: int
    balance_after: int
    description: str
    reference: str
    task_id: str | None
    created_at: str


class TokenPagination(Struct, frozen=True, kw_only=True):
    total: Count
    limit: Count
    offset: Count


class TokenTransactions(Struct, frozen=True, kw_only=True):
    """One page, the newest first; the same again under `data`. `forgotten` older ones are in the
    audit log only."""

    success: Literal[True] = True
    code: Literal[0] = 0
    message: str
    transactions: list[TokenTransaction]
    total: Count
    page: Count
    size: Count
    pagination: TokenPagination
    forgotten: Count
    balance: int
    data: list[TokenTransaction]


class SubscriptionLimits(Struct, frozen=True, kw_only=True):
    """What the desk's plan allows; the same again under `data`."""

    success: Literal[True] = True
    code: Literal[0] = 0
    message: str
    plan: str
    limits: dict[str, Any]
    data: dict[str, Any]
