"""Schedules on the wire: read from a request, checked, and what passes they make and made.

Pure. Used by `web.drafts`, `web.schedules_api` and `web.desk_api`.
"""

from __future__ import annotations

from collections.abc import Iterable

from actors.ports.calendar import Calendar
from actors.rules import schedule as rules
from state.schedules import PassRecord, Schedule
from web import pass_schemas
from web.pass_schemas import ScheduleBody
from web.validate import Errors, field_error
from web.views import wire_time

# How many passes are shown before they are due.
PREVIEWED = 5


def schedule_of(body: ScheduleBody) -> Schedule:
    return Schedule(
        start=body.start,
        end=body.end,
        interval_min=body.interval_min,
        work_days=tuple(body.work_days),
        timezone=body.timezone,
        max_delay_min=body.max_delay_min,
        holidays=body.holidays,
    )


def errors_in(body: ScheduleBody, calendar: Calendar, within: str = "") -> Errors:
    """What is wrong with it; the fields are named as those of `within`."""
    wrong = rules.check(schedule_of(body), calendar)
    return [field_error(within + field, reason) for field, reason in wrong.items()]


def preview(
    schedule: Schedule, seed: str, now: float, calendar: Calendar
) -> pass_schemas.PassesAnswer:
    found = rules.next_passes(schedule, seed, now, PREVIEWED, calendar)
    return pass_schemas.PassesAnswer(
        [pass_schemas.NextPass(wire_time(due.slot_at), wire_time(due.due_at)) for due in found]
    )


def wire_passes(records: Iterable[PassRecord]) -> list[pass_schemas.PassRecord]:
    return [
        pass_schemas.PassRecord(
            wire_time(record.slot_at), wire_time(record.at), record.job_id, record.skipped
        )
        for record in records
    ]
