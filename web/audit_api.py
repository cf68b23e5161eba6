"""Who did what to a desk, for its owner and for the server's operator. See docs/native-api.md."""

from __future__ import annotations

from quart import Response, request

from actors.ports import DeskKey
from state.audit import AuditLine
from state.desks import is_key
from web import schemas
from web.access import Access
from web.deps import WebDeps
from web.desk_api import DESK
from web.errors import not_found
from web.http import Query, json_answer
from web.routes import Route, integer
from web.visit import Operator, Visit

_MAX_OFFSET = 2**53
READ_AUDIT = "read_audit"


class AuditApi:
    """Handlers that read audit logs. That an operator reads one is itself in it."""

    def __init__(self, deps: WebDeps) -> None:
        self._desks = deps.desks
        self._store = deps.store

    def routes(self) -> list[Route]:
        after = integer("after", "Offset: the `next` of the last answer.", default=0)
        return [
            Route(
                method="GET",
                rule=f"{DESK}/audit",
                name="get_audit",
                handler=self.audit,
                access=Access.DESK,
                summary="Who did what to the desk, from an offset",
                answer=schemas.AuditAnswer,
                parameters=(after,),
                errors=("invalid_request",),
            ),
            Route(
                method="GET",
                rule="/api/operator/desks/<key>/audit",
                name="get_audit_as_operator",
                handler=self.audit_of,
                access=Access.OPERATOR,
                summary="The same of any desk, by its hash; the desk's log says so",
                answer=schemas.AuditAnswer,
                parameters=(after,),
                errors=("invalid_request",),
            ),
        ]

    async def audit(self, visit: Visit) -> Response:
        return await self._page(visit.key, _after())

    async def audit_of(self, operator: Operator, key: str) -> Response:
        after = _after()
        if not is_key(key):
            raise not_found()
        desk = await self._desks.find(DeskKey(key))
        desk.note(READ_AUDIT, operator.caller)
        return await self._page(DeskKey(key), after)

    async def _page(self, key: DeskKey, after: int) -> Response:
        page = await self._store.read_audit(key, after=after)
        lines = [_entry(line) for line in page.lines]
        return json_answer(
            schemas.AuditAnswer(lines, page.next, page.start, page.size, page.bad_lines)
        )


def _after() -> int:
    query = Query(request.args)
    after = query.integer("after", 0, low=0, high=_MAX_OFFSET)
    query.done()
    return after


def _entry(line: AuditLine) -> schemas.AuditEntry:
    return schemas.AuditEntry(
        at=line.at,
        who=line.who,
        means=line.means,
        what=line.what,
        job_id=line.job,
        origin=line.origin,
        outcome=line.outcome,
        revision=line.revision,
        more=line.more,
        lost=line.lost,
    )
