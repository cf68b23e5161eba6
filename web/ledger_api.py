"""The tokens of a desk: for its owner to read, for the server's operator to grant.

What they are spent on is decided where jobs are started (`actors.rules.ledger`).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TypeVar

import msgspec
from msgspec import UNSET, Struct
from quart import Response, request

from actors.ports import DeskKey
from actors.rules import ledger
from actors.rules.plans import tier_named
from actors.tokens import GrantTokens, SetPlan
from state.desks import is_key
from state.ledgers import LedgerEntry
from state.users import is_own_desk
from state.views import desk_key
from web import ledger_schemas as schemas
from web.access import Access
from web.deps import Desk, WebDeps
from web.desk_api import DESK
from web.errors import not_found
from web.http import Query, body, invalid, json_answer, require_json_type
from web.routes import Parameter, Route, integer
from web.strict_json import loads
from web.validate import check_fields, field_error
from web.views import wire_time
from web.visit import Operator, Visit

T = TypeVar("T", bound=Struct)

_OPERATORS = "/api/operator/desks/<key>"
_JOB_CHARS = 64
_ERRORS = (
    "invalid_json",
    "invalid_request",
    "invalid_spec",
    "limit_reached",
    "unsupported_media_type",
    "mailbox_full",
    "storage_unavailable",
    "storage_full",
)


class LedgerApi:
    """Handlers of the ledger. They hold no state of their own."""

    def __init__(self, deps: WebDeps) -> None:
        self._settings = deps.settings
        self._desks = deps.desks
        self._now = deps.now
        kinds = sorted(deps.executors)
        self._prices = {kind: deps.settings.prices.price_of_kind(kind, 1) for kind in kinds}

    def routes(self) -> list[Route]:
        page = (
            integer("page", "From 1.", default=1),
            integer("size", "Entries a page.", default=50),
            Parameter("job", {"type": "string", "maxLength": _JOB_CHARS}, "Only of that job."),
        )
        return [
            Route(
                method="GET",
                rule=f"{DESK}/ledger",
                name="get_ledger",
                access=Access.DESK,
                handler=self.ledger,
                summary="Tokens of the desk, and what moved them, newest first",
                answer=schemas.LedgerAnswer,
                parameters=page,
                errors=("invalid_request",),
            ),
            Route(
                method="POST",
                rule=f"{_OPERATORS}/grant",
                name="grant_tokens",
                access=Access.OPERATOR,
                handler=self.grant,
                summary="Add to the tokens of a desk, by its hash; once for each key",
                body=schemas.GrantBody,
                answer=schemas.GrantAnswer,
                errors=_ERRORS,
            ),
            Route(
                method="POST",
                rule=f"{_OPERATORS}/plan",
                name="set_plan",
                access=Access.OPERATOR,
                handler=self.plan,
                summary="Let the limits of one of the server's plans hold for a desk, by its hash",
                body=schemas.PlanBody,
                answer=schemas.PlanAnswer,
                errors=_ERRORS,
            ),
        ]

    async def ledger(self, visit: Visit) -> Response:
        query = Query(request.args)
        page = query.integer("page", 1, low=1, high=10**9)
        size = query.integer("size", 50, low=1, high=self._settings.max_page_size)
        job = query.text("job", most_chars=_JOB_CHARS)
        query.done()
        published = visit.desk.published
        kept, now = published.ledger, self._now()
        held = ledger.held(kept, now)
        entries = [each for each in kept.entries if not job or each.job_id == job]
        plan, tier = tier_named(published.plan, self._settings.plans)
        answer = schemas.LedgerAnswer(
            granted=kept.granted,
            balance=kept.balance,
            spent=kept.spent,
            held=held,
            free=kept.balance - held,
            plan=plan,
            limits=msgspec.convert(tier, schemas.PlanLimits, from_attributes=True),
            prices=self._prices,
            entries=_page_of(entries, page, size),
            total=len(entries),
            forgotten=kept.forgotten,
            page=page,
            size=size,
            revision=published.revision,
        )
        return json_answer(answer)

    async def grant(self, operator: Operator, key: str) -> Response:
        asked = await self._body(schemas.GrantBody)
        desk = await self._desk(key, asked.name)
        once = secrets.token_hex(16) if asked.key is UNSET else asked.key
        reply = await desk.ask(GrantTokens(asked.amount, once, asked.note), operator.caller)
        balance = desk.published.ledger.balance
        answer = schemas.GrantAnswer(once, balance, reply.replayed, reply.revision, durable=True)
        return json_answer(answer)

    async def plan(self, operator: Operator, key: str) -> Response:
        asked = await self._body(schemas.PlanBody)
        desk = await self._desk(key, asked.name)
        reply = await desk.ask(SetPlan(asked.plan), operator.caller)
        plan, tier = tier_named(asked.plan, self._settings.plans)
        limits = msgspec.convert(tier, schemas.PlanLimits, from_attributes=True)
        return json_answer(schemas.PlanAnswer(plan, limits, reply.revision, durable=True))

    async def _body(self, model: type[T]) -> T:
        """Raises WebError with all that is wrong with it."""
        require_json_type()
        value = loads(await body(), max_depth=self._settings.max_json_depth)
        fields, errors = check_fields(model, value)
        if errors:
            raise invalid(errors)
        return model(**fields)

    async def _desk(self, key: str, name: str) -> Desk:
        """The desk of that key. One that is named is made where its user has not come yet."""
        if not is_key(key):
            raise not_found()
        if not name:
            return await self._desks.find(DeskKey(key))
        if not is_own_desk(name) or desk_key(name) != key:
            raise invalid([field_error("name", "is not the name of the desk of this key")])
        return await self._desks.create(DeskKey(key), guest=False)


def _page_of(entries: Sequence[LedgerEntry], page: int, size: int) -> list[schemas.LedgerEntry]:
    newest_first = entries[::-1]
    return [
        schemas.LedgerEntry(
            entry.id, entry.amount, entry.balance, wire_time(entry.at), entry.note, entry.job_id
        )
        for entry in newest_first[(page - 1) * size : page * size]
    ]
