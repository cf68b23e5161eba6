"""A job's log, by offset: all of it or what is grave, as it is or as soon as there is more."""

from __future__ import annotations

from collections.abc import Callable

import trio
from msgspec import Struct
from quart import Response, request

from actors.messages import JobView, Published
from state.model import TERMINAL, LogLine
from web import schemas
from web.access import Access, Shared
from web.deps import WebDeps
from web.desk_api import JOB
from web.http import Query, json_answer
from web.routes import Route, choice, integer
from web.views import wire_time
from web.visit import Visit
from web.waiting import WAIT, Waiting

# The gravest last. Who asks for one gets those behind it, too.
LEVELS = ("info", "warning", "error")
# How many pages of lines that are not asked for are passed over for one answer.
_PAGES_MAX = 4
_MAX_OFFSET = 2**53


class _Page(Struct, frozen=True):
    """The lines that are wanted of those up to `next`, in a log of that size."""

    lines: list[LogLine]
    next: int
    size: int


class LogApi:
    """One route. What is passed over is not lost: `next` is behind it."""

    def __init__(self, deps: WebDeps) -> None:
        self._store = deps.store
        self._wait_max_s = deps.settings.long_poll_max_s
        self._waiting = Waiting(deps)

    def routes(self) -> list[Route]:
        log = Route(
            method="GET",
            rule=f"{JOB}/log",
            name="get_log",
            access=Access.DESK,
            shared=Shared.VIEW,
            handler=self.log,
            summary="The live log from an offset, now or as soon as there is more",
            answer=schemas.LogAnswer,
            parameters=(
                integer("after", "Byte offset: the `next` of the last answer.", default=0),
                choice("level", LEVELS, "Only lines of that level, or graver."),
                WAIT,
            ),
            errors=("invalid_request", "too_many_sockets"),
        )
        return [log]

    async def log(self, visit: Visit, job: str) -> Response:
        query = Query(request.args)
        after = query.integer("after", 0, low=0, high=_MAX_OFFSET)
        level = query.choice("level", LEVELS) or LEVELS[0]
        wait_s = query.seconds("wait", high=self._wait_max_s)
        query.done()
        over_at = trio.current_time() + wait_s
        while True:
            view = visit.view(job)
            page = await self._page(visit, job, after, level)
            left_s = over_at - trio.current_time()
            if page.lines or page.next < page.size or left_s <= 0 or not _may_grow(view):
                break
            await self._waiting.until(visit.desk, _grown(view, page.next), left_s)
            visit.check()
            if self._waiting.is_over:
                break
            after = page.next
        lines = [
            schemas.LogEntry(wire_time(line.at), line.level, line.message, line.index)
            for line in page.lines
        ]
        return json_answer(schemas.LogAnswer(lines, page.next, page.size))

    async def _page(self, visit: Visit, job: str, after: int, level: str) -> _Page:
        """The next lines of that level or graver; none where a few pages have none."""
        passed = frozenset(LEVELS[: LEVELS.index(level)])
        with visit.reading(job):
            for _ in range(_PAGES_MAX):
                page = await self._store.read_log(visit.key, job, after=after)
                lines = [line for line in page.lines if line.level not in passed]
                if lines or page.next in (after, page.size):
                    break
                after = page.next
        return _Page(lines, page.next, page.size)


def _may_grow(view: JobView) -> bool:
    return view.live is not None or view.job.status not in TERMINAL


def _grown(before: JobView, after: int) -> Callable[[Published], bool]:
    """Whether there may be more than up to `after` by now: it was written on, its runner has begun
    or ended, or its job has, or the job is gone."""

    def grown(published: Published) -> bool:
        view = published.jobs.get(before.job.id)
        if view is None or (view.live is None) != (before.live is None):
            return True
        # A runner has ended a moment before its job has: who heard of the one hears of the other.
        if not _may_grow(view):
            return True
        return view.live is not None and view.live.log_bytes > after

    return grown
