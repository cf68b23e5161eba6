"""A desk as whoever has a share link sees it: some of its jobs, to look at and not to touch.

Given out by `actors.directory`, one for each desk and link, so that a socket, a long poll and a
request in the middle of its work all end when the link is ended. That its time is over is seen by
`web.visit`, which knows the time.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from actors.caller import SYSTEM, Caller
from actors.errors import NotFound
from actors.handle import DeskHandle
from actors.messages import Command, JobView, Published, Reply
from actors.ports import DeskKey, Link
from actors.rules.shares import is_shown, opened_by, shown, shown_job
from actors.shares import UseShare
from state.shares import Share

# Those who look count for so many of the desk's own: half of its sockets stay its owner's.
WEIGHT = 2


class SharedDesk:
    """A `DeskHandle` that shows what the link is for. Every use raises NotFound once that is
    ended; so does every command."""

    def __init__(self, handle: DeskHandle, link: Link) -> None:
        self._handle = handle
        self._link = link
        # All three are written by whoever looks first: what was shown last and of what, and the
        # jobs in it, each with what it was made of.
        self._source: Published | None = None
        self._shown: Published | None = None
        self._jobs: dict[str, tuple[JobView, JobView]] = {}
        # Written by `use`: the newest day of which the desk was told.
        self._day = 0.0

    @property
    def key(self) -> DeskKey:
        return self._handle.key

    @property
    def share(self) -> Share:
        """What the link is for. Raises NotFound."""
        return self._opened(self._handle.published)

    @property
    def published(self) -> Published:
        """The newest snapshot, of what may be seen of it."""
        published = self._handle.published
        share = self._opened(published)
        if self._shown is None or self._source is not published:
            self._source, self._shown = published, self._view(share, published)
        return self._shown

    @property
    def subscribers(self) -> int:
        """How many hold `subscribe` open now, as those count who may only look."""
        return self._handle.subscribers * WEIGHT

    async def use(self, day: float, by: Caller) -> None:
        """Have the desk know, once a day, that the link is used. Raises ActorError."""
        if day <= max(self._day, self.share.used_at or 0.0):
            return
        self._day = day
        await self._handle.ask(UseShare(self.share.id, day), by)

    async def ask(self, command: Command, by: Caller = SYSTEM) -> Reply:
        """Raises NotFound: whoever looks changes nothing."""
        raise NotFound("this link is for looking")

    def note(self, what: str, by: Caller, job_id: str | None = None, outcome: str = "ok") -> None:
        """Have the audit log say what was read; see `DeskHandle.note`."""
        self._handle.note(what, by, job_id, outcome)

    async def wait_newer(self, revision: int) -> Published:
        """The snapshot once its revision is another; the end of the link comes with one."""
        self._opened(self._handle.published)
        await self._handle.wait_newer(revision)
        return self.published

    def subscribe(self) -> AbstractContextManager[None]:
        """Be counted, and keep the desk awake, for the length of a `with` block."""
        return self._handle.subscribe()

    def _opened(self, published: Published) -> Share:
        share = opened_by(self._link, published)
        if share is None:
            raise NotFound("the share link was ended")
        return share

    def _view(self, share: Share, published: Published) -> Published:
        jobs = {
            job_id: self._job(view)
            for job_id, view in published.jobs.items()
            if is_shown(share, job_id)
        }
        for job_id in self._jobs.keys() - jobs.keys():
            del self._jobs[job_id]
        return shown(share, published, jobs)

    def _job(self, view: JobView) -> JobView:
        known = self._jobs.get(view.job.id)
        if known is None or known[0] is not view:
            known = self._jobs[view.job.id] = (view, shown_job(view))
        return known[1]
