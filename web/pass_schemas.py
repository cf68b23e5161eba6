"""The wire's types of schedules as they are handed in, and of their passes; see `web.schemas`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

# RFC 3339, UTC, milliseconds.
_Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
_MAX_SEED_CHARS = 200


class ScheduleBody(Struct, frozen=True, forbid_unknown_fields=True):
    """When a job makes its passes; see `Schedule`."""

    start: str
    end: str
    interval_min: int
    work_days: list[int]
    timezone: str
    max_delay_min: int = 0
    holidays: str = ""


class PreviewBody(ScheduleBody, frozen=True, forbid_unknown_fields=True):
    """A schedule, and the id of the job whose it is: that settles the delays."""

    seed: Annotated[str, Meta(max_length=_MAX_SEED_CHARS)] = ""


class NextPass(Struct, frozen=True):
    """A pass that is to come: `at` by the schedule, `due_at` with its delay."""

    at: _Time
    due_at: _Time


class PassesAnswer(Struct, frozen=True):
    """The passes that come next; none where a year has none."""

    passes: list[NextPass]


class PassRecord(Struct, frozen=True):
    """A pass that was due at `slot_at` by its schedule: the job that it made `at` that time, or why
    it was passed over (`tokens`, `busy`, `missed`, `limit`, `damaged`)."""

    slot_at: _Time
    at: _Time
    job_id: str | None
    skipped: str | None
