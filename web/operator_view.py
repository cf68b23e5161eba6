"""The house as its operator sees it: `/api/operator/overview`, `/desks` and `/settings`.

Nothing here opens a desk or changes anything. What it answers from is `web.house_view`.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from quart import Response, request

from web import operator_schemas as schemas
from web.access import Access
from web.deps import WebDeps
from web.house_view import DESK_ORDERS, DesksAsked
from web.http import Query, json_answer, still_holds
from web.operator_schemas import DeskState
from web.routes import IF_NONE_MATCH, Parameter, Route, choice, integer
from web.visit import Operator

STATES: tuple[DeskState, ...] = ("awake", "opening", "parked", "asleep")
MAX_DESKS = 500
_MAX_OFFSET = 10**7
_BEGINNING = re.compile(r"[0-9a-f]{0,64}")


class OperatorViewApi:
    """Handlers that read. They hold no state but a word that tells this server from the next."""

    def __init__(self, deps: WebDeps) -> None:
        self._house = deps.house
        self._boot = secrets.token_hex(4)

    def routes(self) -> list[Route]:
        desks = (
            choice("order", DESK_ORDERS, "By what, the most first; by `key` the first one first."),
            choice("state", STATES, "Only those."),
            Parameter(
                "beginning",
                {"type": "string", "pattern": "^[0-9a-f]{0,64}$"},
                "How their keys begin.",
            ),
            integer("offset", "How many to leave out.", default=0),
            integer("limit", f"How many, {MAX_DESKS} at most.", default=50),
        )
        table: list[tuple[str, str, Any, str, type, tuple[Parameter, ...]]] = [
            (
                "overview",
                "get_overview",
                self.overview,
                "The house at this moment: process, pools, hosts, storage, log",
                schemas.Overview,
                (IF_NONE_MATCH,),
            ),
            (
                "desks",
                "list_desks",
                self.desks,
                "The desks, by their hashes",
                schemas.DesksPage,
                desks,
            ),
            (
                "settings",
                "get_settings",
                self.settings,
                "The settings in effect, and where they came from",
                schemas.SettingsAnswer,
                (),
            ),
        ]
        return [
            Route(
                method="GET",
                rule=f"/api/operator/{rule}",
                name=name,
                access=Access.OPERATOR,
                handler=handler,
                summary=summary,
                answer=answer,
                parameters=parameters,
                errors=("invalid_request",),
            )
            for rule, name, handler, summary, answer, parameters in table
        ]

    async def overview(self, operator: Operator) -> Response:
        Query(request.args).done()
        seen = await self._house.overview()
        etag = f'"{self._boot}-{seen.revision}"'
        if still_holds(request.headers.get("If-None-Match"), etag):
            return Response(b"", 304, {"ETag": etag})
        answer = json_answer(seen)
        answer.headers["ETag"] = etag
        return answer

    async def desks(self, operator: Operator) -> Response:
        query = Query(request.args)
        order = query.choice("order", DESK_ORDERS)
        state = query.choice("state", STATES)
        beginning = query.text("beginning", most_chars=64)
        if not _BEGINNING.fullmatch(beginning):
            query.wrong("beginning", "is the beginning of a key: hex digits in lower case")
        offset = query.integer("offset", 0, low=0, high=_MAX_OFFSET)
        limit = query.integer("limit", 50, low=1, high=MAX_DESKS)
        query.done()
        asked = DesksAsked(
            order=order or "in_flight",
            state=state,
            beginning=beginning,
            offset=offset,
            limit=limit,
        )
        return json_answer(await self._house.desks(asked))

    async def settings(self, operator: Operator) -> Response:
        Query(request.args).done()
        return json_answer(schemas.SettingsAnswer(list(self._house.settings())))
