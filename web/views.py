"""From the desk's values to the wire's: pure functions, shared by REST, stream and export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from actors.messages import JobView, Published, Receipt
from actors.rules.ledger import held as held_of
from state.audit import utc_ms
from state.model import AtWork, Counts, Damage, Job, Restored
from state.schedules import Schedule
from state.spending import NO_CAP, NO_SPEND, Spend, SpendCap, usd_text
from state.views import OutcomePage, Usage
from web import schemas
from web.progress_schemas import ItemProgress, Progress
from web.progress_schemas import Spend as WireSpend
from web.progress_schemas import SpendCap as WireCap
from web.schedule_schemas import Schedule as WireSchedule


def wire_time(at: float) -> str:
    """RFC 3339 with milliseconds, as `2026-11-22T03:01:00.123Z`."""
    return utc_ms(at)


def wire_time_or_none(at: float | None) -> str | None:
    return None if at is None else wire_time(at)


def wire_job(view: JobView) -> schemas.Job:
    job, counts = view.job, view.counts
    return schemas.Job(
        id=job.id,
        kind=job.kind,
        name=job.name,
        lane=job.lane,
        priority=job.priority,
        status=job.status,
        reason=job.reason,
        counts=_wire_counts(counts),
        tally=schemas.Tally(counts.found, counts.made),
        queue_position=view.place,
        progress=_wire_progress(view, counts),
        created_at=wire_time(job.created_at),
        started_at=wire_time_or_none(job.started_at),
        ended_at=wire_time_or_none(job.ended_at),
        error=job.error,
        damage=None if job.damage is None else wire_damage(job.damage),
        price_tokens=job.price_tokens,
        spent_tokens=job.spent_tokens,
        schedule=None if job.schedule is None else wire_schedule(job.schedule),
        next_pass_at=None if job.next_pass is None else wire_time(job.next_pass.due_at),
        parent=job.parent,
        revision=job.revision,
        spend=UNSET if counts.spend == NO_SPEND else wire_spend(counts.spend),
        cap=UNSET if job.cap == NO_CAP else wire_cap(job.cap),
        origin=job.origin or UNSET,
        paces=_wire_paces(job) or UNSET,
    )


def _wire_paces(job: Job) -> dict[str, schemas.HostPace]:
    return {
        host: schemas.HostPace(pace.max_in_flight, pace.delay_s) for host, pace in job.paces.items()
    }


def wire_spend(spend: Spend) -> WireSpend:
    """Its money as a decimal number, exact."""
    return WireSpend(
        calls=spend.calls,
        prompt_tokens=spend.prompt_tokens,
        completion_tokens=spend.completion_tokens,
        usd=usd_text(spend.picousd),
        unpriced=spend.unpriced,
        counted=spend.counted,
    )


def wire_cap(cap: SpendCap) -> WireCap:
    """What of it there is."""
    return WireCap(
        usd=UNSET if cap.picousd is None else usd_text(cap.picousd),
        tokens=UNSET if cap.tokens is None else cap.tokens,
    )


def wire_schedule(schedule: Schedule) -> WireSchedule:
    return WireSchedule(
        start=schedule.start,
        end=schedule.end,
        interval_min=schedule.interval_min,
        work_days=list(schedule.work_days),
        timezone=schedule.timezone,
        max_delay_min=schedule.max_delay_min,
        holidays=schedule.holidays,
    )


def _wire_counts(counts: Counts) -> schemas.Counts:
    return schemas.Counts(counts.total, counts.done, counts.ok, counts.failed, counts.skipped)


def _wire_progress(view: JobView, counts: Counts) -> Progress:
    # Cut, not rounded: 100 is shown only when nothing is left.
    percent = counts.done * 1000 // counts.total / 10 if counts.total else 100.0
    live = view.live
    if live is None:
        return Progress(percent, "", 0.0, None, 0, 0, [])
    return Progress(
        percent,
        live.stage,
        round(live.rate_per_s, 1),
        None if live.eta_s is None else round(live.eta_s, 1),
        live.in_flight,
        live.waiting,
        [_wire_item(item) for item in live.working],
    )


def _wire_item(item: AtWork) -> ItemProgress:
    # 100 is shown only of an item that says so itself.
    percent = 100.0 if item.fraction >= 1.0 else min(99.9, round(item.fraction * 100, 1))
    at = wire_time(item.at)
    return ItemProgress(item.index, percent, item.stage, item.done, item.total, at)


def wire_receipt(saved: Receipt) -> schemas.Receipt:
    return schemas.Receipt(saved.revision, wire_time(saved.at), saved.unsaved_items, saved.failing)


def wire_disk(disk: Usage) -> schemas.Disk:
    return schemas.Disk(disk.used_bytes, disk.limit_bytes)


def wire_tokens(published: Published) -> schemas.Tokens:
    """As of the last save: a desk that is at rest is one revision, and has one form."""
    ledger = published.ledger
    held = held_of(ledger, published.saved.at)
    return schemas.Tokens(ledger.balance, ledger.balance - held, held)


def wire_damage(damage: Damage) -> schemas.Damage:
    return schemas.Damage(damage.endings, damage.lines)


def missing_from(view: JobView, page: OutcomePage) -> Damage | None:
    """Where a job's files do not hold what its counts say, whose endings were written when they
    were published. Ended jobs are not recounted when their desk is read: it shows here. One that
    grows may have found more since."""
    endings = max(0, view.counts.done - page.ended)
    missing = view.counts.total - page.items
    lines = page.bad_lines + (max(0, missing) if view.job.grows_to else abs(missing))
    return Damage(endings, lines) if endings or lines else None


def wire_flags(flags: Mapping[str, Any]) -> schemas.Flags:
    return schemas.Flags(
        restored=_wire_restored(flags.get("restored")), read_only=bool(flags.get("read_only"))
    )


def _wire_restored(restored: object) -> schemas.Restored | None:
    match restored:
        case Restored(revision=revision, at=at, reason=reason):
            return schemas.Restored(revision, wire_time(at), reason)
        case {"revision": int(revision), "at": float() | int() as at, "reason": str(reason)}:
            return schemas.Restored(revision, wire_time(at), reason)
        case _:
            return None
