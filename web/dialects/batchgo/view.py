"""A job as the contract's task. Pure: the same for REST, sockets and events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from actors.messages import JobView
from state.model import Counts, Job, JobStatus
from state.schedules import PassRecord
from web.auth import LOCAL, Asker
from web.dialects.batchgo.naming import alias_of
from web.dialects.batchgo.schemas import BatchPass, BatchTask, LegacyStatus, Mode, Status
from web.dialects.batchgo.statuses import new_status, old_status
from web.views import wire_time, wire_time_or_none

_NONE_WELL = "no URL could be processed"
_USER = "user:"


class Whole(Struct, frozen=True):
    """A task's own job, and the one that does its URLs now: itself, or the newest pass of a
    schedule that is still kept (None: there was none yet). `spent` is what all of it has cost."""

    task: JobView
    work: JobView | None
    spent: int

    @property
    def counts(self) -> Counts:
        return Counts(self.task.counts.total) if self.work is None else self.work.counts


def whole_of(view: JobView, jobs: Mapping[str, JobView]) -> Whole:
    """`jobs` are those of the same desk."""
    job = view.job
    if job.schedule is None:
        return Whole(view, view, job.spent_tokens)
    made = (jobs.get(found.job_id or "") for found in reversed(job.passes))
    newest = next((each for each in made if each is not None), None)
    return Whole(view, newest, job.spent_tokens)


def status_of(job: Job) -> Status:
    return new_status(job.status)


def legacy_status(job: Job) -> LegacyStatus:
    return old_status(job.status)


def mode_of(job: Job) -> Mode:
    """The pass of a scheduled task has no memo of its own."""
    mode: Mode = job.memo.get("mode", "autoclick")
    return mode


def percent_of(counts: Counts) -> float:
    """Cut, not rounded: 100 is shown only when nothing is left."""
    return counts.done * 1_000 // counts.total / 10 if counts.total else 0.0


def shown_id(job: Job) -> str:
    """The client's own id where it gave one."""
    return alias_of(job) or job.id


def user_of(asker: Asker) -> str:
    """Whose tasks these are, without what would open their desk."""
    if asker.session_id.startswith(_USER):
        return asker.session_id.removeprefix(_USER)
    return LOCAL if asker.session_id == LOCAL else asker.who


def error_of(whole: Whole) -> str:
    job = whole.task.job
    if job.error is not None:
        return job.error
    return _NONE_WELL if job.status is JobStatus.FAILED else ""


def stage_of(whole: Whole) -> str:
    """What it waits for, such as a tab; nothing where it does not."""
    if whole.work is not None and whole.work.live is not None:
        return whole.work.live.stage
    return ""


def task_of(whole: Whole, user: str, urls: list[str] | None = None) -> BatchTask:
    """`urls` are those of the task where they are told."""
    job, counts = whole.task.job, whole.counts
    # Where it is over, when that was; else the newest thing that is known of it.
    changed = job.ended_at or max(job.created_at, job.started_at or 0.0, _last_pass_at(job))
    return BatchTask(
        id=job.id,
        user_id=user,
        name=job.name,
        mode=mode_of(job),
        status=status_of(job),
        urls=urls,
        url_count=counts.total,
        config=_config(job),
        processed_count=counts.done,
        success_count=counts.ok,
        failed_count=counts.failed,
        token_cost=job.price_tokens,
        token_consumed=whole.spent,
        start_time=wire_time_or_none(job.started_at),
        end_time=wire_time_or_none(job.ended_at),
        scheduled_time=None if job.next_pass is None else wire_time(job.next_pass.due_at),
        error_message=error_of(whole),
        created_at=wire_time(job.created_at),
        updated_at=wire_time(changed),
        progress=percent_of(counts),
        priority=job.priority,
        cycles=job.memo.get("cycles", 1),
        client_id=alias_of(job),
        stage=stage_of(whole),
        passes=[_pass(record) for record in job.passes],
    )


def _last_pass_at(job: Job) -> float:
    return job.passes[-1].at if job.passes else 0.0


def _config(job: Job) -> dict[str, Any]:
    return {mode_of(job): job.memo.get("config", {})}


def _pass(record: PassRecord) -> BatchPass:
    return BatchPass(at=wire_time(record.at), task_id=record.job_id, skipped=record.skipped)
