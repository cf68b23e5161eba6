"""Which links let others look at a desk, and what they are shown. Pure; used by
`actors.rules.jobs`, by the session's sweep and by `actors.shared`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from msgspec.structs import replace

from actors.errors import LimitReached, NotFound
from actors.messages import JobView, LiveProgress, Published
from actors.rules.change import Moment, job_of
from actors.shares import EndShare, MakeShare, ShareCommand, UseShare
from state.model import Counts, DeskState, Job
from state.shares import Share
from state.spending import NO_SPEND
from state.views import Link

MAX_SHARES = 50
# What of a job is shown, beside its counts; whatever else it has, or comes to have, is not. Without
# `run` and `again` its outcomes could not be read as it counts them.
SHOWN = (
    *("id", "kind", "name", "lane", "priority", "arrival", "status", "reason", "lagging", "run"),
    *("created_at", "started_at", "ended_at", "error", "damage", "working", "revision", "again"),
    *("schedule", "next_pass", "passes", "grows_to", "finale", "concurrency"),
)


def decided(state: DeskState, command: ShareCommand, moment: Moment) -> DeskState:
    """The desk after it. Raises NotFound, LimitReached."""
    match command:
        case MakeShare(share):
            return _made(swept(state, moment.now), share)
        case EndShare(share_id):
            return _without(state, share_of(state.shares, share_id))
        case UseShare(share_id, day):
            used = share_of(state.shares, share_id)
            shares = tuple(
                replace(each, used_at=day) if each is used else each for each in state.shares
            )
            return replace(state, shares=shares)
        case _:
            assert_never(command)


def _made(state: DeskState, share: Share) -> DeskState:
    if share.job is not None:
        job_of(state, share.job)
    if len(state.shares) >= MAX_SHARES:
        said = f"a desk has at most {MAX_SHARES} share links: end one that is not needed any more"
        raise LimitReached(said, limit=MAX_SHARES)
    return replace(state, shares=(*state.shares, share))


def share_of(shares: tuple[Share, ...], share_id: str) -> Share:
    """The one of that id. Raises NotFound."""
    for share in shares:
        if share.id == share_id:
            return share
    raise NotFound("there is no such share link")


def _without(state: DeskState, ended: Share) -> DeskState:
    return replace(state, shares=tuple(each for each in state.shares if each is not ended))


def swept(state: DeskState, now: float) -> DeskState:
    """Without those that have expired, and those of jobs that are gone."""
    left = tuple(
        each for each in state.shares if _holds(each, state.jobs) and now < each.expires_at
    )
    return state if len(left) == len(state.shares) else replace(state, shares=left)


def _holds(share: Share, jobs: Mapping[str, object]) -> bool:
    return share.job is None or share.job in jobs


def opened_by(link: Link, published: Published) -> Share | None:
    """The share that this link is, as of what the desk shows; its time is not looked at."""
    for share in published.shares:
        if share.link == link:
            return share if _holds(share, published.jobs) else None
    return None


def is_shown(share: Share, job_id: str) -> bool:
    """Whether it is to be seen by that link."""
    return share.job is None or share.job == job_id


def shown(share: Share, published: Published, jobs: dict[str, JobView]) -> Published:
    """What whoever has the link is shown: these jobs, made by `shown_job`, what became of them, and
    how well they are kept. Nothing of what else the desk has or knows."""
    return Published(
        revision=published.revision,
        created_at=share.made_at,
        jobs=jobs,
        transitions=tuple(step for step in published.transitions if is_shown(share, step.job_id)),
        complete_since=published.complete_since,
        flags={"restored": None, "read_only": False},
        saved=published.saved,
    )


def shown_job(view: JobView) -> JobView:
    """The job without how it was asked for, what it may cost and has cost, and whom it tells."""
    live = view.live
    return JobView(
        _plain(view.job),
        None if live is None else _plain_live(live),
        view.place,
    )


def _plain(job: Job) -> Job:
    known: dict[str, Any] = {name: getattr(job, name) for name in SHOWN}
    return Job(counts=_unpaid(job.counts), **known)


def _plain_live(live: LiveProgress) -> LiveProgress:
    return replace(live, counts=_unpaid(live.counts))


def _unpaid(counts: Counts) -> Counts:
    return counts if counts.spend == NO_SPEND else replace(counts, spend=NO_SPEND)
