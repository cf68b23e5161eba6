"""What happens on a desk, in the messages of BatchGo's sockets. Pure; called by `feeds`.

Two spellings: the document's flat one, and the nested one of front ends that open with
`client_ready`. Each message carries the `revision` it speaks of: who reconnects with the newest one
that it has seen misses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from actors.messages import JobView, Published, Transition
from actors.ports import TabLease
from actors.ports.tabs import TabNews, TabWithdrawn
from actors.rules.ledger import free
from actors.rules.passes import TOKENS
from state.model import TERMINAL, Counts, Job, JobStatus
from web.dialects.batchgo.naming import is_task
from web.dialects.batchgo.view import mode_of, percent_of, shown_id, status_of, whole_of

Frame = dict[str, Any]

# What a change to a status is called. `queued` is told by what follows it.
_CHANGES: Mapping[JobStatus, str] = {
    JobStatus.SCHEDULED: "batch_task_start",
    JobStatus.RUNNING: "batch_task_start",
    JobStatus.PAUSED: "batch_task_paused",
    JobStatus.COMPLETED: "batch_task_completed",
    JobStatus.PARTIALLY_COMPLETED: "batch_task_completed",
    JobStatus.FAILED: "batch_task_failed",
    JobStatus.CANCELLED: "batch_task_cancelled",
}
_NOTED = frozenset({"batch_task_paused", "batch_task_failed"})
_LIVELY = frozenset({JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.SCHEDULED})


Spell = Callable[[str, "Told"], Iterator[Frame]]


def frames(published: Published, after: int | None, *, nested: bool) -> Iterator[Frame]:
    """What brings a client from revision `after` (None: from nothing) to `published`.

    Every change of status, in order, then how far each task is that has moved. Where the changes
    since `after` are no longer all known, how each task stands that has changed.
    """
    spell = _nested if nested else _flat
    if after is None or after > published.revision:
        moved = [view for view in _tasks(published) if view.job.status in _LIVELY]
        yield from _standing(published, moved, spell)
    else:
        moved = _moved(published, after)
        if after < published.complete_since:
            yield from _standing(published, moved, spell)
        else:
            yield from _changes(published, after, spell)
    for view in moved:
        if after is not None and view.job.revision > after and _is_short(view.job):
            yield _short(published, view, nested=nested)
        if view.job.status in _LIVELY:
            yield from spell("batch_progress", Told(published, view))


def _is_short(job: Job) -> bool:
    """Whether the newest pass of a schedule that goes on was left out for want of tokens."""
    newest = job.passes[-1] if job.passes else None
    return job.status is JobStatus.SCHEDULED and newest is not None and newest.skipped == TOKENS


def _short(published: Published, view: JobView, *, nested: bool) -> Frame:
    data: Frame = {
        "task_id": shown_id(view.job) if nested else view.job.id,
        "required": view.job.price_tokens,
        "balance": published.ledger.balance,
    }
    common = Told(published, view).common
    if nested:
        return {"type": "token_insufficient", "data": data} | common
    return {"type": "token_insufficient"} | data | common


class Told(Struct, frozen=True):
    """A task as it is told: as it is now, or as a change has left it."""

    published: Published
    view: JobView
    change: Transition | None = None

    @property
    def job(self) -> Job:
        """In the status that is told."""
        job = self.view.job
        if self.change is None or self.change.new is None or self.change.new is job.status:
            return job
        return replace(job, status=self.change.new, reason=self.change.reason, error=None)

    @property
    def counts(self) -> Counts:
        """A scheduled task's are those of its newest pass."""
        return whole_of(self.view, self.published.jobs).counts

    @property
    def why(self) -> str:
        """Why it failed, or stands still."""
        return self.job.error or self.job.reason or ""

    @property
    def common(self) -> Frame:
        """The revision, and when it was: milliseconds since the epoch."""
        job = self.view.job
        at = job.ended_at or job.started_at or job.created_at
        if self.change is None:
            return {"revision": self.published.revision, "timestamp": int(at * 1000)}
        return {"revision": self.change.revision, "timestamp": int(self.change.at * 1000)}


def _is_ours(published: Published, job: Job) -> bool:
    """Whether a job is a task of this dialect, or a pass of one."""
    parent = None if job.parent is None else published.jobs.get(job.parent)
    return is_task(job) or (parent is not None and is_task(parent.job))


def _tasks(published: Published) -> Iterable[JobView]:
    return (view for view in published.jobs.values() if _is_ours(published, view.job))


def _moved(published: Published, after: int) -> list[JobView]:
    """The tasks that have, a scheduled one also where its pass has."""
    moved = {view.job.id: view for view in _tasks(published) if view.job.revision > after}
    for view in list(moved.values()):
        parent = published.jobs.get(view.job.parent or "")
        if parent is not None:
            moved[parent.job.id] = parent
    return list(moved.values())


def _standing(published: Published, moved: Sequence[JobView], spell: Spell) -> Iterator[Frame]:
    for view in moved:
        if (kind := _CHANGES.get(view.job.status)) is not None:
            yield from spell(kind, Told(published, view))


def _changes(published: Published, after: int, spell: Spell) -> Iterator[Frame]:
    """A task that was deleted meanwhile is not there any more to be told of."""
    for change in published.transitions:
        view = published.jobs.get(change.job_id) if change.revision > after else None
        kind = None if change.new is None else _CHANGES.get(change.new)
        if view is not None and kind is not None and _is_ours(published, view.job):
            yield from spell(kind, Told(published, view, change))


def _flat(kind: str, told: Told) -> Iterator[Frame]:
    """The document's spelling."""
    job, counts = told.job, told.counts
    frame: Frame = {"type": kind, "task_id": job.id, "taskId": shown_id(job)}
    if kind == "batch_task_start":
        # What a page is to open follows, URL by URL, as it is leased to that page.
        frame |= {"mode": mode_of(job), "urls": [], "config": job.memo.get("config", {})}
    frame |= {
        "status": status_of(job),
        "processed": counts.done,
        "total": counts.total,
        "percentage": percent_of(counts),
        "success": counts.ok,
        "failed": counts.failed,
    }
    if kind not in ("batch_task_start", "batch_progress"):
        frame["message"] = told.why
    if job.parent is not None:
        frame["parent_task_id"] = job.parent
    yield frame | told.common


def _nested(kind: str, told: Told) -> Iterator[Frame]:
    """The spelling of `client_ready`: progress tells the status, and an end has a word of its own.
    Why something stands still, or has failed, is for a person to read."""
    job, counts = told.job, told.counts
    data: Frame = {
        "task_id": shown_id(job),
        "task_type": mode_of(job),
        "status": status_of(job),
        "progress": int(percent_of(counts)),
        "total": counts.total,
        "completed": counts.done,
        "failed": counts.failed,
    }
    yield {"type": "batchgo_progress", "data": data} | told.common
    if kind != "batch_progress" and job.status in TERMINAL:
        yield {"type": "batchgo_complete", "data": data} | told.common
    if kind in _NOTED and told.why:
        notice = {"level": "warning", "title": job.name, "message": told.why}
        data = notice | {"task_id": shown_id(job)}
        yield {"type": "system_notification", "data": data} | told.common


def balance_frame(published: Published, now: float, *, nested: bool) -> Frame:
    """What the desk's tokens are, where they have moved. `balance` is what is free."""
    ledger = published.ledger
    data: Frame = {
        "balance": free(ledger, now),
        "held": ledger.balance - free(ledger, now),
        "total": ledger.balance,
        "spent": ledger.spent,
    }
    common = {"revision": published.revision, "timestamp": int(now * 1000)}
    if nested:
        return {"type": "token_balance", "data": data} | common
    return {"type": "token_balance"} | data | common


# ------------------------------------------------------------------------------- to be opened


def lease_frames(news: Sequence[TabNews], published: Published, *, nested: bool) -> list[Frame]:
    """What a tab is to open, and what is not its own any more, in order."""
    told: list[Frame] = []
    for item in news:
        match item:
            case TabLease():
                told.append((_open_nested if nested else _open_flat)(item, published))
            case TabWithdrawn(job_id=job_id, index=index) if not nested:
                told.append({"type": "batch_url_withdrawn", "task_id": job_id, "index": index})
    return [frame | {"revision": published.revision} for frame in told]


def _open_flat(lease: TabLease, published: Published) -> Frame:
    config = {
        "delay": lease.delay_ms,
        "new_window": lease.new_window,
        "sequential": lease.sequential,
    }
    return {
        "type": "batch_task_start",
        "task_id": lease.job_id,
        "taskId": _name(published, lease.job_id),
        "mode": "basic",
        "urls": [{"url": lease.url, "status": "pending", "index": lease.index}],
        "config": config,
    }


def _open_nested(lease: TabLease, published: Published) -> Frame:
    data = {
        "task_id": _name(published, lease.job_id),
        "urls": [lease.url],
        "delay": lease.delay_ms,
    }
    return {"type": "batchgo_open_url", "data": data}


def _name(published: Published, job_id: str) -> str:
    view = published.jobs.get(job_id)
    return job_id if view is None else shown_id(view.job)


def encode(frames: Iterable[Frame]) -> tuple[str, ...]:
    return tuple(orjson.dumps(frame).decode() for frame in frames)
