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
from web.routes import Parameter, Route, integer
from web.visit import Operator, Visit

_MAX_OFFSET = 2**53
_JOB_CHARS = 64
READ_AUDIT = "read_audit"


class AuditApi:
    """Handlers that read audit logs. That an operator reads one is itself in it."""

    def __init__(self, deps: WebDeps) -> None:
        self._desks = deps.desks
        self._store = deps.store

    def routes(self) -> list[Route]:
        after = integer("after", "Offset: the `next` of the last answer.", default=0)
        of_job = Parameter("job", {"type": "string", "maxLength": _JOB_CHARS}, "Only of that job.")
        return [
            Route(
                method="GET",
                rule=f"{DESK}/audit",
                name="get_audit",
                handler=self.audit,
                access=Access.DESK,
                summary="Who did what to the desk, from an offset",
                answer=schemas.AuditAnswer,
                parameters=(after, of_job),
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
                parameters=(after, of_job),
                errors=("invalid_request",),
            ),
        ]

    async def audit(self, visit: Visit) -> Response:
        return await self._page(visit.key, *_asked())

    async def audit_of(self, operator: Operator, key: str) -> Response:
        asked = _asked()
        if not is_key(key):
            raise not_found()
        desk = await self._desks.find(DeskKey(key))
        desk.note(READ_AUDIT, operator.caller)
        return await self._page(DeskKey(key), *asked)

    async def _page(self, key: DeskKey, after: int, job: str) -> Response:
        bad_lines = 0
        while True:
            page = await self._store.read_audit(key, after=after)
            lines = [_entry(line) for line in page.lines if not job or line.job == job]
            bad_lines += page.bad_lines
            # Where a job is asked for, what is not of it is passed over.
            if lines or not job or page.next in (after, page.size):
                break
            after = page.next
        return json_answer(schemas.AuditAnswer(lines, page.next, page.start, page.size, bad_lines))


def _asked() -> tuple[int, str]:
    """From which offset on, and of which job ("": of all)."""
    query = Query(request.args)
    after = query.integer("after", 0, low=0, high=_MAX_OFFSET)
    job = query.text("job", most_chars=_JOB_CHARS)
    query.done()
    return after, job


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
