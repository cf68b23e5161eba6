"""When a job is done again and again, as it stands in the desk's file. Used by `state.model` and by
the rules in `actors.rules.schedule` and `actors.rules.passes`.
"""

from __future__ import annotations

from msgspec import Struct


class Schedule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the passes of a job are due: every `interval_min` minutes from `start` until `end`
    (local times of `timezone`, "HH:MM"; a window may pass midnight and belongs to the day it opens
    on), on the `work_days` (0 is Sunday) that are no holiday in the country `holidays` (ISO code;
    empty: none is looked up), each up to `max_delay_min` minutes later. How much later is settled
    by the job and the pass, so that it is the same after a restart."""

    start: str
    end: str
    interval_min: int
    work_days: tuple[int, ...]
    timezone: str
    max_delay_min: int = 0
    holidays: str = ""


class Pass(Struct, frozen=True, forbid_unknown_fields=True):
    """A pass of a schedule: `slot_at` is the instant that names it, `due_at` when it begins."""

    slot_at: float
    due_at: float


class PassRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """A pass that was due: the job that it made, or why it was passed over ("tokens", "busy",
    "missed", "limit", "damaged")."""

    slot_at: float
    at: float
    job_id: str | None = None
    skipped: str | None = None
