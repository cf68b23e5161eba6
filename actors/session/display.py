"""What a desk shows: the saved state with the live progress of its running jobs laid over it.

Owned by the session, which says what has changed; published values are immutable and share all
that did not change.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from msgspec.structs import replace

from actors.feed import Feed
from actors.house import TRANSITIONS_KEPT
from actors.messages import JobProgressed, JobView, Published, Transition
from actors.rules import ledger
from actors.rules.change import Limits
from actors.rules.lanes import waiting_order
from actors.session.receipt import OnDisk
from state.model import Counts, DeskState, Job
from state.views import Usage

# Followers are told when the turn of one of the first so many of a lane comes nearer. Behind those,
# of which there may be thousands, it is seen by whoever asks.
TOLD_PLACES = 50


class Display:
    """Every attribute is written by the owning session's task."""

    def __init__(self, feed: Feed, revision: int, limits: Limits) -> None:
        self._feed = feed
        self._limits = limits
        self._live: dict[str, JobProgressed] = {}
        # The views last shown, and the state's job that each was made from.
        self._views: dict[str, JobView] = {}
        self._sources: dict[str, Job] = {}
        self._recent: deque[Transition] = deque(maxlen=TRANSITIONS_KEPT)
        self._complete_since = revision

    def seen(self, state: DeskState) -> dict[str, Counts]:
        """The counts of running jobs as they are known, synced or not."""
        return {
            job_id: news.live.counts
            for job_id, news in self._live.items()
            if job_id in state.jobs and state.jobs[job_id].run == news.run
        }

    def set_live(self, news: JobProgressed) -> None:
        self._live[news.job_id] = news

    def drop_live(self, job_id: str) -> None:
        self._live.pop(job_id, None)

    def show(
        self,
        state: DeskState,
        revision: int,
        transitions: tuple[Transition, ...],
        on_disk: OnDisk,
        *,
        read_only: bool,
        disk: Usage,
    ) -> None:
        """Publish `state` and the live progress as of `revision`, and what is saved of them. A
        revision has one truth, for caches rely on it: one that is shown already stays as it is."""
        places = waiting_order(state.jobs.values())
        self._views = {
            job.id: self._view(job, places.get(job.id), revision) for job in state.jobs.values()
        }
        self._sources = state.jobs
        self._remember(transitions)
        if self._feed.shows(revision):
            return
        self._feed.publish(
            Published(
                revision=revision,
                created_at=state.created_at,
                jobs=self._views,
                transitions=tuple(self._recent),
                complete_since=self._complete_since,
                flags=_flags(state, read_only),
                saved=on_disk.receipt(self._views),
                ledger=ledger.effective(state, self._limits),
                egress=state.egress,
                link=state.link,
                disk=disk,
                journeys=state.journeys,
                proxies=state.proxies,
                webhooks=state.webhooks,
                outbox=state.outbox,
                templates=state.templates,
                data_sources=state.data_sources,
                pictures=state.pictures,
                presets=state.presets,
                characters=state.characters,
                models=state.models,
                plan=state.plan,
                shares=state.shares,
            )
        )

    def _view(self, job: Job, place: int | None, revision: int) -> JobView:
        shown = self._views.get(job.id)
        news = self._live.get(job.id)
        # A runner that is winding up says nothing about the run that was started since.
        live = news.live if news is not None and news.run == job.run else None
        if shown is None:
            return JobView(job, live, place)
        if self._sources.get(job.id) is not job or shown.live is not live:
            return JobView(replace(job, revision=revision), live, place)
        if shown.place == place:
            return shown
        if place is not None and place > TOLD_PLACES:
            return JobView(shown.job, live, place)
        return JobView(replace(job, revision=revision), live, place)

    def _remember(self, transitions: tuple[Transition, ...]) -> None:
        pushed_out = len(self._recent) + len(transitions) - TRANSITIONS_KEPT
        if pushed_out > 0:
            both = [*self._recent, *transitions]
            self._complete_since = both[pushed_out - 1].revision
        self._recent.extend(transitions)


def _flags(state: DeskState, read_only: bool) -> dict[str, Any]:
    restored = state.restored
    return {
        "restored": None
        if restored is None
        else {"revision": restored.revision, "at": restored.at, "reason": restored.reason},
        "read_only": read_only,
    }
