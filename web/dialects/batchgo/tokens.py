"""The token paths that spend: whether there is enough, and tokens put aside.

Pages of BatchGo consume first and start then. Here a start pays by itself, so what they consume is
held for it: the start draws on that, and without one it comes back.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from quart import Response, request

from actors.messages import Published
from actors.rules import ledger as rules
from actors.tokens import HoldTokens
from web.deps import WebDeps
from web.dialects.batchgo import token_texts as texts
from web.dialects.batchgo.balances import token_paths, told_twice
from web.dialects.batchgo.features import Wanted, read_wanted
from web.dialects.batchgo.routing import Row, language
from web.dialects.batchgo.service import Tasks
from web.dialects.batchgo.token_headers import with_tokens
from web.dialects.batchgo.token_schemas import (
    TokenCheck,
    TokenCheckData,
    TokenConsumeBody,
    TokenConsumed,
    TokenConsumedData,
)
from web.dialects.objects import read_object
from web.errors import WebError
from web.http import idempotency, json_answer
from web.routes import IDEMPOTENCY
from web.threads import Threads
from web.views import wire_time
from web.visit import Visit

HOLD_S = 300.0


class TokensApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads, tasks: Tasks) -> None:
        self._now = deps.now
        self._threads = threads
        self._tasks = tasks

    def rows(self) -> list[Row]:
        return [
            Row(
                method="GET",
                paths=token_paths("check"),
                name="batchgo_check",
                handler=self.check_query,
                summary="Whether there are tokens enough",
                answer=TokenCheck,
                errors=("invalid_request",),
            ),
            Row(
                method="POST",
                paths=token_paths("check"),
                name="batchgo_check_body",
                handler=self.check_body,
                summary="Whether there are tokens enough",
                answer=TokenCheck,
                body=TokenConsumeBody,
                errors=("invalid_json", "invalid_request"),
            ),
            Row(
                method="POST",
                paths=token_paths("consume"),
                name="batchgo_consume",
                handler=self.consume,
                summary="Put tokens aside for the next start of a feature, for 5 minutes",
                answer=TokenConsumed,
                body=TokenConsumeBody,
                parameters=(IDEMPOTENCY,),
                errors=("invalid_json", "insufficient_tokens", "idempotency_conflict"),
                command="hold_tokens",
            ),
        ]

    async def check_query(self, visit: Visit) -> Response:
        named = dict(request.args)
        numbers = {name: int(text) for name, text in named.items() if _is_number(text)}
        return self._check(visit, {**named, **numbers})

    async def check_body(self, visit: Visit) -> Response:
        value, _ = await read_object(self._threads, self._tasks.parse)
        return self._check(visit, value)

    def _check(self, visit: Visit, value: Mapping[str, Any]) -> Response:
        wanted = read_wanted(value, self._tasks.price_of)
        free = rules.free(visit.desk.published.ledger, self._now(), wanted.feature)
        sufficient = free >= wanted.tokens
        text = texts.ENOUGH if sufficient else texts.TOO_FEW
        data = TokenCheckData(
            sufficient=sufficient,
            required=wanted.tokens,
            balance=free,
            quantity=wanted.quantity,
            feature=wanted.feature,
        )
        message = text.told(language(), required=wanted.tokens, free=free)
        return json_answer(TokenCheck(message=message, data=data, **told_twice(data)))

    async def consume(self, visit: Visit) -> Response:
        value, sent = await read_object(self._threads, self._tasks.parse)
        wanted = read_wanted(value, self._tasks.price_of)
        key = _key(visit, sent)
        if wanted.tokens:
            await visit.ask(HoldTokens(wanted.tokens, wanted.feature, key, HOLD_S))
        return self._consumed(visit.desk.published, wanted, key)

    def _consumed(self, published: Published, wanted: Wanted, key: str) -> Response:
        now = self._now()
        until = next((hold.until for hold in published.ledger.holds if hold.id == key), now)
        free = rules.free(published.ledger, now)
        data = TokenConsumedData(
            consumed=wanted.tokens,
            consumed_tokens=wanted.tokens,
            remainingBalance=free,
            new_balance=free,
            balance=free,
            feature=wanted.feature,
            expires_at=wire_time(until),
        )
        minutes = int(HOLD_S // 60)
        message = texts.HELD.told(language(), amount=wanted.tokens, minutes=minutes)
        response = json_answer(TokenConsumed(message=message, data=data, **told_twice(data)))
        return with_tokens(response, wanted.tokens, free)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _key(visit: Visit, sent: bytes) -> str:
    """What the hold is called: by the request's own key where it has one, so that its repetition is
    seen. Raises WebError where that key was another request's."""
    given = idempotency(visit.key, sent)
    if given is None:
        return f"consume:{uuid.uuid4()}"
    prefix = f"consume:{given.key[:32]}:"
    key = prefix + given.fingerprint[:32]
    if any(
        hold.id.startswith(prefix) and hold.id != key for hold in visit.desk.published.ledger.holds
    ):
        raise WebError("idempotency_conflict", "the key was used before with another request")
    return key
