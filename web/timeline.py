"""What happened to a job, read from its log, its desk's audit log and its state. Pure.

Called by `web.timeline_api`, which reads those files, each line once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, get_args

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from state.audit import AuditLine, utc_ms
from state.job_events import JobEvent, JobEventName
from state.model import TERMINAL, Job, JobStatus, LogLine
from web.series_schemas import Gap, TimelineEvent

# What is told of a job at most: the oldest of it, and the newest.
OLDEST_MAX = 100
NEWEST_MAX = 900
REASON_CHARS_MAX = 300
# Deaths of workers so near one another are one event.
TOGETHER_S = 10.0

# What begins a gap, and what it is then called.
_PAUSES = {"pause_job": "paused", "quota": "quota", "waits_for_disk": "storage"}
_ENDS = ("finished", "cancelled", "broken", "crashed")
# Outcomes of what was done, and not refused.
_DONE = ("ok", "replayed")
# What is first heard of a server that is there again.
_BACK = ("boot", "restart")
_BEGINNINGS = ("begun", "taken_up", "disk_back")
# What a share link is told: what a job's runner said, and what was done that its standing shows.
_DONE_TO_IT = ("create_job", "start_job", "pause_job", "resume_job", "cancel_job", "retry_job")
_BY_ITSELF = ("pass", "quota", "boot", "restart")
_OPEN = frozenset((*get_args(JobEventName), *_DONE_TO_IT, *_BY_ITSELF))


class Timed(Struct, frozen=True):
    """An event, with its time in seconds since the epoch."""

    at: float
    event: TimelineEvent


def of_log(lines: Iterable[LogLine]) -> list[Timed]:
    """What the job's own runner said of it. Lines about an item are none of these."""
    return [
        Timed(line.at, _said(line.at, line.event))
        for line in lines
        if not isinstance(line.event, UnsetType)
    ]


def _said(at: float, event: JobEvent) -> TimelineEvent:
    return TimelineEvent(
        utc_ms(max(0.0, at)),
        event.what,
        reason=_cut(event.reason),
        n=UNSET if event.n is None else event.n,
        counts=UNSET if event.counts is None else event.counts,
    )


def _cut(text: str) -> str:
    return text if len(text) <= REASON_CHARS_MAX else f"{text[:REASON_CHARS_MAX]}…"


def of_audit(line: AuditLine, at: float) -> Timed:
    """What somebody has done to the job, was refused, or took of it."""
    return Timed(
        at,
        TimelineEvent(
            at=line.at,
            what=line.what,
            who=line.who,
            means=line.means,
            origin=line.origin,
            outcome=line.outcome,
            more=line.more,
        ),
    )


def for_share(events: Iterable[Timed]) -> list[Timed]:
    """Of them what a share link is told: how the job went, and not who did that, from where, nor
    what else was done, taken or refused."""
    nobody: dict[str, Any] = {"who": "", "means": "", "origin": "", "more": 0}
    return [
        replace(each, event=replace(each.event, **nobody))
        for each in events
        if each.event.what in _OPEN and each.event.outcome in _DONE
    ]


def told(events: Sequence[Timed], job: Job) -> tuple[list[Timed], int]:
    """All there is to tell of the job, oldest first, and how much was left out."""
    found = [*events, *_of_state(events, job)]
    found.sort(key=lambda each: each.at)
    merged = _merged(found)
    left_out = max(0, len(merged) - OLDEST_MAX - NEWEST_MAX)
    if left_out:
        merged = merged[:OLDEST_MAX] + merged[OLDEST_MAX + left_out :]
    return merged, left_out


def _of_state(events: Sequence[Timed], job: Job) -> list[Timed]:
    """What the desk's file tells where the logs do not (any more)."""
    found = []
    if not any(each.event.what == "create_job" for each in events):
        found.append(Timed(job.created_at, TimelineEvent(utc_ms(job.created_at), "created")))
    for record in job.passes:
        if record.skipped is not None:
            event = TimelineEvent(utc_ms(record.at), "pass_skipped", reason=record.skipped)
            found.append(Timed(record.at, event))
    if job.status in TERMINAL and job.ended_at is not None and not _ended(events):
        event = TimelineEvent(utc_ms(job.ended_at), _how(job), reason=_cut(job.error or ""))
        found.append(Timed(job.ended_at, event))
    return found


def _how(job: Job) -> str:
    """How a job has ended of which no runner had last words."""
    if job.status is JobStatus.CANCELLED:
        return "cancelled"
    return "broken" if job.status is JobStatus.FAILED and job.error else "finished"


def _ended(events: Sequence[Timed]) -> bool:
    """Whether the last that a runner said was its last words."""
    said = [each.event.what for each in events if each.event.what in (*_BEGINNINGS, *_ENDS)]
    return bool(said) and said[-1] in _ENDS


def _merged(events: Sequence[Timed]) -> list[Timed]:
    found: list[Timed] = []
    for each in events:
        before = found[-1] if found else None
        if before is not None and _same_death(before, each):
            event = before.event
            n = _items(event) + _items(each.event)
            found[-1] = Timed(each.at, replace(event, n=n, more=event.more + 1))
        else:
            found.append(each)
    return found


def _items(event: TimelineEvent) -> int:
    return 0 if isinstance(event.n, UnsetType) else event.n


def _same_death(one: Timed, other: Timed) -> bool:
    both = one.event.what == other.event.what == "worker_died"
    return both and one.event.reason == other.event.reason and other.at - one.at <= TOGETHER_S


class Spell(Struct, frozen=True):
    """A gap, in seconds; `told` is False where nobody has said when it began, as nobody was left
    to."""

    since: float
    to: float | None
    reason: str
    told: bool = True


def spells_of(events: Sequence[Timed], now: float) -> list[Spell]:
    """When the job was not at work, oldest first."""
    found: list[Spell] = []
    open_: Spell | None = None
    rested = False
    heard = now
    for at, event in ((each.at, each.event) for each in events):
        what = event.what if event.outcome in _DONE else ""
        if what in _BEGINNINGS:
            if open_ is None and what == "taken_up":
                open_ = Spell(heard, None, "away", told=False)
            found += _closed(open_, at, away=what == "taken_up")
            open_, rested = None, False
        elif what == "resume_job" and open_ is not None and not rested:
            found += _closed(open_, at, away=False)
            open_ = None
        else:
            open_, rested = _opened(open_, rested, what, at)
        heard = heard if what in _BACK else at
    if open_ is not None and open_.reason != "over":
        found.append(open_)
    return found


def _opened(open_: Spell | None, rested: bool, what: str, at: float) -> tuple[Spell | None, bool]:
    """The gap that an event opens, or goes on with, and whether no item is at work."""
    if what in ("created", "create_job") and open_ is None:
        return Spell(at, None, "waiting"), True
    if what in _PAUSES and (open_ is None or open_.reason == "waiting"):
        return Spell(at, None, _PAUSES[what]), rested or open_ is not None
    if what == "rested":
        return replace(open_, since=at) if open_ else Spell(at, None, "away"), True
    if what in _ENDS:
        return Spell(at, None, "over"), True
    return open_, rested


def _closed(open_: Spell | None, at: float, *, away: bool) -> list[Spell]:
    """The gap as it was; one that ended after the server was away was that."""
    if open_ is None or at <= open_.since:
        return []
    reason = "away" if away and open_.reason in ("paused", "waiting") else open_.reason
    return [replace(open_, to=at, reason=reason)]


def wire_gap(spell: Spell) -> Gap:
    """As it is told."""
    return Gap(utc_ms(spell.since), None if spell.to is None else utc_ms(spell.to), spell.reason)
