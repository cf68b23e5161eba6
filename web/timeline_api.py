"""What happened to a job, as it is told by its log, its desk's audit log and its state. Built by
`web.app`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from quart import Response, request

from actors.messages import JobView
from actors.ports import DeskKey
from state.buckets import SeriesAsk
from web import series_schemas as schemas
from web.access import Access, Shared
from web.deps import WebDeps
from web.desk_api import JOB
from web.http import Query, json_answer
from web.routes import Route
from web.timeline import Spell, Timed, for_share, of_audit, of_log, spells_of, told, wire_gap
from web.visit import Visit

# Jobs whose events are remembered, and how many of each: the oldest and the newest.
JOBS_KEPT = 64
OLDEST_KEPT = 100
NEWEST_KEPT = 4_900
# Of how many absences of the server, the newest ones, it is looked up when they began.
ABSENCES_MAX = 20
_FINEST = 1_000


class _Known(Struct, frozen=True):
    """What was read of a job's logs: the events, up to where, and how many were too many."""

    events: tuple[Timed, ...] = ()
    audit_next: int = 0
    log_next: int = 0
    forgotten: int = 0
    # How many of those a share link would have been told.
    forgotten_open: int = 0


class TimelineApi:
    """One route. It remembers how far it has read; what it remembers may be dropped at any time."""

    def __init__(self, deps: WebDeps) -> None:
        self._store = deps.store
        self._now: Callable[[], float] = deps.now
        # Those asked for last at the end; written by whoever asks, whole values at once.
        self._known: OrderedDict[tuple[DeskKey, str], _Known] = OrderedDict()

    def routes(self) -> list[Route]:
        timeline = Route(
            method="GET",
            rule=f"{JOB}/timeline",
            name="get_timeline",
            access=Access.DESK,
            shared=Shared.VIEW,
            handler=self.timeline,
            summary="What happened to a job, by whom, and when it was not at work",
            answer=schemas.TimelineAnswer,
            errors=("invalid_request",),
        )
        return [timeline]

    async def timeline(self, visit: Visit, job: str) -> Response:
        Query(request.args).done()
        with visit.reading(job) as view:
            known = await self._read_on(visit.key, job)
            if visit.share is not None:
                known = _open(known)
            events, left_out = told(known.events, view.job)
            spells = spells_of(events, self._now())
            gaps = [wire_gap(each) for each in await self._dated(visit.key, view, spells)]
        answer = schemas.TimelineAnswer(
            events=[each.event for each in events],
            gaps=gaps,
            left_out=left_out + known.forgotten,
            revision=view.job.revision,
        )
        return json_answer(answer)

    async def _read_on(self, desk: DeskKey, job: str) -> _Known:
        """What was known, and all that was written since."""
        before = self._known.get((desk, job), _Known())
        audited, audit_next = await self._audit(desk, job, before.audit_next)
        said, log_next = await self._log(desk, job, before.log_next)
        events = sorted([*before.events, *audited, *said], key=lambda each: each.at)
        too_many = max(0, len(events) - OLDEST_KEPT - NEWEST_KEPT)
        gone = events[OLDEST_KEPT : OLDEST_KEPT + too_many]
        del events[OLDEST_KEPT : OLDEST_KEPT + too_many]
        known = _Known(
            tuple(events),
            audit_next,
            log_next,
            before.forgotten + too_many,
            before.forgotten_open + len(for_share(gone)),
        )
        self._known[desk, job] = known
        self._known.move_to_end((desk, job))
        if len(self._known) > JOBS_KEPT:
            self._known.popitem(last=False)
        return known

    async def _audit(self, desk: DeskKey, job: str, after: int) -> tuple[list[Timed], int]:
        found: list[Timed] = []
        while True:
            page = await self._store.read_audit(desk, after=after)
            found += [
                of_audit(line, datetime.fromisoformat(line.at).timestamp())
                for line in page.lines
                if line.job == job
            ]
            if page.next in (after, page.size):
                return found, page.next
            after = page.next

    async def _log(self, desk: DeskKey, job: str, after: int) -> tuple[list[Timed], int]:
        found: list[Timed] = []
        while True:
            page = await self._store.read_log(desk, job, after=after)
            found += of_log(page.lines)
            if page.next in (after, page.size):
                return found, page.next
            after = page.next

    async def _dated(self, desk: DeskKey, view: JobView, spells: list[Spell]) -> list[Spell]:
        """The absences of the server begin when the last item ended before them: nobody was left to
        write down more."""
        wanted = [each for each in spells if not each.told][-ABSENCES_MAX:]
        begun = {}
        for spell in wanted:
            begun[spell] = await self._last_ended(desk, view.job.id, spell)
        return [
            replace(each, since=begun[each]) if each in begun else each
            for each in spells
            if each.to is None or begun.get(each, each.since) < each.to
        ]

    async def _last_ended(self, desk: DeskKey, job: str, spell: Spell) -> float:
        until = self._now() if spell.to is None else spell.to
        ask = SeriesAsk(
            points=_FINEST, begun_at=spell.since, until=until, from_at=spell.since, to_at=until
        )
        page = await self._store.read_series(desk, job, ask)
        ended = [bucket.at + page.width_s for bucket in page.buckets]
        return max([spell.since, *(at for at in ended if at < until)])


def _open(known: _Known) -> _Known:
    """Of it what a share link is told."""
    events = tuple(for_share(known.events))
    return replace(known, events=events, forgotten=known.forgotten_open)
