"""The text view: a desk and its jobs for `curl`, by the addresses of the page with `.txt` behind.

Whoever has the page's address or a share link has this one, and nobody else. It asks for nothing
that the page does not show, and reads of a job's files no more than a screen holds.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from msgspec import Struct
from quart import Response, request

from actors.messages import JobView
from state import causes
from state.groups import CauseGroup
from state.model import LogLine
from state.wanted import NO_HOST
from web.access import Access
from web.deps import WebDeps
from web.errors import not_found
from web.http import Query
from web.routes import Parameter, Route
from web.text_view import Cause, Sheet, day_and_time, desk_lines, job_lines
from web.text_words import Words, words_for
from web.visit import Visit

MIN_WIDTH, USUAL_WIDTH, MAX_WIDTH = 40, 80, 200
_TYPE = "text/plain; charset=utf-8"
# The key of the desk is in the address already, and is not written down once more.
_JOB_PATH = ".../jobs/ID.txt"
_CAUSES = 5
_LOG_LINES = 10
_LOG_BYTES = 8 * 1024

_WIDTH = Parameter(
    "width",
    {"type": "integer", "minimum": MIN_WIDTH, "maximum": MAX_WIDTH, "default": USUAL_WIDTH},
    "Columns of a line.",
)
_LANGUAGE = Parameter(
    "Accept-Language", {"type": "string"}, "English (en) or Chinese (zh).", where="header"
)


class _Row(Struct, frozen=True):
    """One of the addresses."""

    rule: str
    name: str
    access: Access
    of_job: bool


_ROWS = (
    _Row("/s/<desk>.txt", "desk_text", Access.LINK, of_job=False),
    _Row("/s/<desk>/jobs/<job>.txt", "job_text", Access.LINK, of_job=True),
    _Row("/v/<desk>.txt", "shared_text", Access.SHARE, of_job=False),
    _Row("/v/<desk>/jobs/<job>.txt", "shared_job_text", Access.SHARE, of_job=True),
)


class TextApi:
    """Handlers of the text view. They hold no state of their own."""

    def __init__(self, deps: WebDeps) -> None:
        self._store = deps.store
        self._now = deps.now
        self._zone = ZoneInfo(deps.settings.timezone)

    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET",
                rule=row.rule,
                name=row.name,
                access=row.access,
                handler=self.job if row.of_job else self.desk,
                summary="One job as text" if row.of_job else "The desk as text, for a terminal",
                answer="text/plain",
                parameters=(_WIDTH, _LANGUAGE),
                errors=("invalid_request",),
            )
            for row in _ROWS
        ]

    async def desk(self, visit: Visit | None) -> Response:
        visit = _found(visit)
        sheet = self._sheet(visit)
        lines = desk_lines(sheet, visit.desk.published, _whose(sheet, visit), _JOB_PATH)
        return _text(lines)

    async def job(self, visit: Visit | None, job: str) -> Response:
        visit = _found(visit)
        sheet = self._sheet(visit)
        with visit.reading(job) as view:
            causes = await self._causes(visit, view)
            log = await self._log(visit, view)
        return _text(job_lines(sheet, visit.desk.published, view, causes, log))

    async def _causes(self, visit: Visit, view: JobView) -> list[Cause]:
        if not view.counts.failed:
            return []
        page = await self._store.read_causes(
            visit.key, view.job.id, run=view.job.run, again=view.job.again
        )
        words = words_for(request.headers.get("Accept-Language"))
        shown, rest = page.groups[:_CAUSES], page.groups[_CAUSES:]
        told = [Cause(_said(words, group), group.n) for group in shown]
        if rest:
            told.append(Cause(words("other_reasons"), sum(group.n for group in rest)))
        return told

    async def _log(self, visit: Visit, view: JobView) -> list[LogLine]:
        """The last lines: as many as a screen has room for."""
        size = (await self._store.read_log(visit.key, view.job.id, limit_bytes=1)).size
        after = max(0, size - _LOG_BYTES)
        page = await self._store.read_log(visit.key, view.job.id, after=after)
        return list(page.lines[-_LOG_LINES:])

    def _sheet(self, visit: Visit) -> Sheet:
        query = Query(request.args)
        width = query.integer("width", USUAL_WIDTH, low=MIN_WIDTH, high=MAX_WIDTH)
        query.done()
        words = words_for(request.headers.get("Accept-Language"))
        return Sheet(words, self._now(), self._zone, width, asks=visit.share is None)


def _found(visit: Visit | None) -> Visit:
    if visit is None:
        raise not_found()
    return visit


def _whose(sheet: Sheet, visit: Visit) -> str:
    if visit.share is not None:
        return sheet.words("shared", time=day_and_time(sheet, visit.share.expires_at))
    return sheet.words("local" if visit.asker.means == "local" else "desk")


def _said(words: Words, group: CauseGroup) -> str:
    match group.cause:
        case None:
            return words("other_reasons")
        case causes.POISONED:
            said = words("poisoned")
        case causes.UNKNOWN:
            said = words("no_reason")
        case cause:
            said = f"HTTP {cause}" if causes.is_named(cause) else words.reason(cause)
    return said if group.host in (None, NO_HOST) else f"{said}  {group.host}"


def _text(lines: list[str]) -> Response:
    body = "".join(f"{line.rstrip()}\n" for line in lines)
    return Response(body, 200, {"Vary": "Accept-Language"}, content_type=_TYPE)
