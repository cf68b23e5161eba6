"""The token paths that tell: what a desk has, what moved it, and what its plan allows.

`told_twice` and `token_paths` serve the paths that spend too (`tokens`).
"""

from __future__ import annotations

from typing import Any

import msgspec
from quart import Response, request

from actors.messages import Published
from actors.rules import ledger as rules
from actors.rules.plans import tier_named
from state.ledgers import LedgerEntry
from web.deps import WebDeps
from web.dialects.batchgo import token_texts as texts
from web.dialects.batchgo.paths import SUBSCRIPTION, TOKENS, USER_TOKENS
from web.dialects.batchgo.routing import Row, language
from web.dialects.batchgo.token_schemas import (
    SubscriptionLimits,
    TokenBalance,
    TokenData,
    TokenHold,
    TokenPagination,
    TokenStats,
    TokenStatsData,
    TokenTransaction,
    TokenTransactions,
)
from web.http import Query, json_answer
from web.routes import integer
from web.views import wire_time
from web.visit import Visit

_VERSIONS = ("basic", "silent", "autoclick")


class BalancesApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps) -> None:
        self._settings = deps.settings
        self._now = deps.now

    def rows(self) -> list[Row]:
        page = integer("page", "From 1.", default=1), integer("size", "Of a page.", default=20)
        return [
            Row(
                method="GET",
                paths=token_paths("balance"),
                name="batchgo_balance",
                handler=self.balance,
                summary="The tokens of the desk",
                answer=TokenBalance,
            ),
            Row(
                method="GET",
                paths=token_paths("stats"),
                name="batchgo_token_stats",
                handler=self.stats,
                summary="The same, and what is put aside",
                answer=TokenStats,
            ),
            Row(
                method="GET",
                paths=token_paths("transactions"),
                name="batchgo_transactions",
                handler=self.transactions,
                summary="What moved the desk's tokens, newest first",
                answer=TokenTransactions,
                parameters=(*page, integer("limit", "As size."), integer("offset", "To skip.")),
                errors=("invalid_request",),
            ),
            Row(
                method="GET",
                paths=(f"{SUBSCRIPTION}/limits",),
                name="batchgo_limits",
                handler=self.limits,
                summary="What the desk's plan allows",
                answer=SubscriptionLimits,
            ),
        ]

    async def balance(self, visit: Visit) -> Response:
        data = self._data(visit.desk.published)
        message = texts.BALANCE.told(language(), free=data.balance)
        return json_answer(TokenBalance(message=message, data=data, **told_twice(data)))

    async def stats(self, visit: Visit) -> Response:
        published, now = visit.desk.published, self._now()
        held = published.ledger.holds
        data = TokenStatsData(
            **told_twice(self._data(published)),
            plan=published.plan,
            transactions=len(published.ledger.entries) + published.ledger.forgotten,
            holds=[
                TokenHold(
                    feature=hold.feature,
                    amount=hold.amount,
                    created_at=wire_time(hold.at),
                    expires_at=wire_time(hold.until),
                )
                for hold in held
                if hold.until > now and hold.amount
            ],
        )
        message = texts.BALANCE.told(language(), free=data.balance)
        return json_answer(TokenStats(message=message, data=data, **told_twice(data)))

    async def transactions(self, visit: Visit) -> Response:
        offset, size = self._page()
        ledger = visit.desk.published.ledger
        shown = ledger.entries[::-1][offset : offset + size]
        listed = [_transaction(entry) for entry in shown]
        total = len(ledger.entries)
        answer = TokenTransactions(
            message=texts.HISTORY.told(language(), total=total),
            transactions=listed,
            total=total,
            page=offset // size + 1,
            size=size,
            pagination=TokenPagination(total=total, limit=size, offset=offset),
            forgotten=ledger.forgotten,
            balance=rules.free(ledger, self._now()),
            data=listed,
        )
        return json_answer(answer)

    async def limits(self, visit: Visit) -> Response:
        settings = self._settings
        plan, tier = tier_named(visit.desk.published.plan, settings.plans)
        allowed = {
            "versions": list(_VERSIONS),
            "maxUrls": _least(tier.max_items, settings.max_items),
            "maxConcurrent": _least(tier.max_concurrency, settings.max_concurrency),
            "maxRunning": tier.max_running,
            "maxPriority": tier.max_priority,
        }
        told = {"batchopen": allowed}
        message = texts.LIMITS.told(language())
        data = {"plan": plan, "limits": told}
        return json_answer(SubscriptionLimits(message=message, plan=plan, limits=told, data=data))

    def _data(self, published: Published) -> TokenData:
        ledger, now = published.ledger, self._now()
        return TokenData(
            balance=rules.free(ledger, now),
            held=rules.held(ledger, now),
            total=ledger.balance,
            granted=ledger.granted,
            spent=ledger.spent,
        )

    def _page(self) -> tuple[int, int]:
        """(entries to skip, entries to show), by either way of paging."""
        query, most = Query(request.args), self._settings.max_page_size
        named = "limit" if "limit" in request.args else "size"
        size = query.integer(named, 20, low=1, high=most)
        page = query.integer("page", 1, low=1, high=10**9)
        offset = query.integer("offset", (page - 1) * size, low=0, high=10**12)
        query.done()
        return offset, size


def token_paths(tail: str) -> tuple[str, ...]:
    return (f"{TOKENS}/{tail}", f"{USER_TOKENS}/{tail}")


def told_twice(value: msgspec.Struct) -> dict[str, Any]:
    """What is told at top level too."""
    return {name: getattr(value, name) for name in value.__struct_fields__}


def _least(limit: int | None, most: int) -> int:
    return most if limit is None else min(limit, most)


def _transaction(entry: LedgerEntry) -> TokenTransaction:
    return TokenTransaction(
        id=entry.id,
        type="debit" if entry.amount < 0 else "credit",
        amount=entry.amount,
        balance=entry.balance,
        balance_after=entry.balance,
        description=entry.note or _described(entry),
        reference=entry.job_id or entry.id,
        task_id=entry.job_id,
        created_at=wire_time(entry.at),
    )


def _described(entry: LedgerEntry) -> str:
    if entry.id == rules.OPENING:
        return texts.OPENING.told(language())
    return (texts.STARTED if entry.amount < 0 else texts.GRANTED).told(language())
