"""A scheduled task in the words of AutoClick's pages, and how far its pass is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors.messages import JobView, Published
from web.dialects.batchgo.offer_schemas import ExecutionUpdate, TaskLive
from web.dialects.batchgo.schemas import BatchTask
from web.dialects.batchgo.statuses import task_status
from web.dialects.batchgo.view import legacy_status, mode_of, percent_of, shown_id, whole_of
from web.dialects.batchgo.windows import country_of, visits_a_day, window_of
from web.views import wire_time


def is_offer(view: JobView) -> bool:
    """Whether a task is one of AutoClick's."""
    return mode_of(view.job) == "autoclick" and view.job.schedule is not None


def offer_of(view: JobView, task: BatchTask, status: str) -> dict[str, Any]:
    """`dailyClicks` is how many visits a day the schedule comes to: no number that is strived
    for."""
    job, schedule = view.job, view.job.schedule
    assert schedule is not None  # `is_offer`
    config: Mapping[str, Any] = job.memo.get("config", {})
    urls = task.urls or []
    visits = visits_a_day(schedule, task.url_count)
    progress = {
        "target": task.url_count,
        "completed": task.processed_count,
        "percentage": task.progress,
    }
    return {
        "id": shown_id(job),
        "name": job.name,
        "offerUrl": urls[0] if urls else "",
        "urls": urls,
        "urlCount": task.url_count,
        "country": country_of(schedule),
        "timezone": schedule.timezone,
        "timeWindow": window_of(schedule),
        "interval": schedule.interval_min,
        "workDays": list(schedule.work_days),
        "dailyClicks": visits,
        "dailyTarget": visits,
        "referer": config.get("referer", ""),
        "status": status,
        "createdAt": task.created_at,
        "updatedAt": task.updated_at,
        "nextRunAt": task.scheduled_time,
        "todayProgress": progress,
        "tokenCost": task.token_cost,
        "tokenConsumed": task.token_consumed,
    }


def live_of(published: Published, view: JobView, now: float) -> TaskLive:
    """How far a task is; a scheduled one, its newest pass."""
    counts = whole_of(view, published.jobs).counts
    total = {
        "target": counts.total,
        "completed": counts.done,
        "failed": counts.failed,
        "percentage": percent_of(counts),
    }
    job = view.job
    status = task_status(job.status) if is_offer(view) else legacy_status(job)
    told = {"total": total, "lastUpdate": wire_time(now)}
    return TaskLive(taskId=shown_id(job), status=status, progress=told, timestamp=wire_time(now))


def execution_of(published: Published, view: JobView, now: float) -> ExecutionUpdate:
    """The newest pass of a schedule; its `id` is null before the first."""
    whole = whole_of(view, published.jobs)
    counts, work = whole.counts, whole.work
    return ExecutionUpdate(
        id=None if work is None else work.job.id,
        scheduleId=shown_id(view.job),
        status="idle" if work is None else legacy_status(work.job),
        progress=percent_of(counts),
        processedItems=counts.done,
        totalItems=counts.total,
        timestamp=int(now * 1000),
    )
