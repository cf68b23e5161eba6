"""A desk's messages, made and encoded once for all sockets that want the same. Used by `talk`.

What is kept is made from what a desk has published, so that it may be dropped at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from msgspec import Struct

from actors.messages import JobView, Published
from state.model import TERMINAL
from web.deps import Desk, WebDeps
from web.dialects.languages import Language
from web.dialects.taskmanager.audience import Audience
from web.dialects.taskmanager.failures import Failures
from web.dialects.taskmanager.frames import Frame, ServerClock, desk_line, encode, state_frames
from web.dialects.taskmanager.log_feed import LogFeed
from web.dialects.taskmanager.scheduling import desk_lines
from web.dialects.taskmanager.view import MAX_LISTED, is_task, task_of
from web.sending import Step
from web.visit import Visit

# Sockets that keep up ask for the same steps, most of them for all tasks.
_KEPT = 16

ALL: frozenset[str] = frozenset()


def jobs_of(published: Published, followed: frozenset[str] = ALL) -> list[JobView]:
    """Those of the desk's jobs that are followed (none named: all), oldest first. Jobs that are no
    tasks have a log too."""
    return [view for view in published.jobs.values() if not followed or view.job.id in followed]


class _News(Struct, frozen=True):
    """What has happened to the tasks that are followed, since that revision."""

    published: Published
    after: int
    followed: frozenset[str]

    def ended(self, views: Sequence[JobView]) -> frozenset[str]:
        """Those of the tasks that have ended since then."""
        over = {view.job.id for view in views if view.job.status in TERMINAL}
        if self.after < self.published.complete_since:
            # How they came to be what they are is not known any more.
            return frozenset(over)
        ended = {
            change.job_id
            for change in self.published.transitions
            if change.revision > self.after and change.new in TERMINAL
        }
        return frozenset(over & ended)


class ManagerFeeds:
    """Built once; what it has of a desk lives as long as somebody holds the desk."""

    def __init__(self, deps: WebDeps) -> None:
        self._now = deps.now
        self._failures = Failures(deps.store)
        self.clock = ServerClock(ZoneInfo(deps.settings.timezone))
        self.logs = LogFeed(deps, self.clock)
        # Written by the socket that asks first.
        self._steps: WeakKeyDictionary[Desk, dict[Any, Step | None]] = WeakKeyDictionary()

    @property
    def time(self) -> str:
        """As of now, as lines of a log have it."""
        return self.clock.text(self._now())

    async def standing(
        self, visit: Visit, published: Published, views: Sequence[JobView], audience: Audience
    ) -> Step | None:
        """How those of the jobs stand that are tasks."""
        ids = tuple(view.job.id for view in views)
        key = ("standing", published.revision, ids, audience)
        return await self._kept(visit, key, views, audience, None)

    async def news(
        self,
        visit: Visit,
        published: Published,
        after: int,
        views: Sequence[JobView],
        followed: frozenset[str],
        audience: Audience,
    ) -> Step | None:
        """What has happened since `after` to the tasks that are followed; `views` are the jobs of
        them that have changed."""
        key = ("news", after, published.revision, followed, audience)
        return await self._kept(visit, key, views, audience, _News(published, after, followed))

    async def _kept(
        self,
        visit: Visit,
        key: Any,
        views: Sequence[JobView],
        audience: Audience,
        news: _News | None,
    ) -> Step | None:
        """The step of that key, made for the first who asks."""
        steps = self._steps.setdefault(visit.desk, {})
        if key not in steps:
            tasks = [view for view in views if is_task(view.job)]
            reasons = await self._failures.of(visit.key, tasks, audience.language)
            ended = frozenset[str]() if news is None else news.ended(tasks)
            lines = [] if news is None else list(self._lines(news, audience.language))
            step = encode([*lines, *self._states(tasks, reasons, audience, ended)])
            while len(steps) >= _KEPT:
                del steps[next(iter(steps))]
            steps[key] = step
        return steps[key]

    def _lines(self, news: _News, language: Language) -> Iterator[Frame]:
        told = desk_lines(news.published, news.after, news.followed, language)
        for level, said, at in told:
            yield desk_line(level, said, self.clock.text(at))

    def _states(
        self,
        views: Sequence[JobView],
        reasons: dict[str, str],
        audience: Audience,
        ended: frozenset[str],
    ) -> Iterator[Frame]:
        for view in views:
            job = view.job
            is_over = job.id in ended
            task = task_of(
                view,
                error=reasons.get(job.id),
                audience=audience,
                most_listed=MAX_LISTED if is_over else 0,
            )
            yield from state_frames(task, self.time, with_result=is_over)
