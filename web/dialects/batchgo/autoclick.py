"""The settings of mode `autoclick`: kind `visit`, passes by a schedule. Pure."""

from __future__ import annotations

from typing import Any

from actors.ports.calendar import Calendar
from actors.rules import schedule as rules
from executors.problems import Reason, boolean_reason, integer_reason, text_reason
from state.schedules import Schedule
from web.dialects.batchgo.wanted import Settings
from web.dialects.fields import Fields, both

FEATURE = "autoclick"

# Those of the contract's own example.
DEFAULT_INTERVAL_MIN = 60
DEFAULT_MAX_DELAY_MIN = 30
EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]

_MAX_CHARS = 64
# The schedule's own names -> the contract's.
_NAMES = {
    "start": "start_time",
    "end": "end_time",
    "interval_min": "interval",
    "max_delay_min": "max_random_delay",
    "work_days": "work_days",
    "timezone": "timezone",
    "holidays": "holidays",
}


def autoclick_settings(fields: Fields, calendar: Calendar, server_zone: str) -> Settings:
    """Take what a scheduled task knows; faults go to the errors of `fields`."""
    before = fields.faults
    told = _read(fields, server_zone)
    schedule = Schedule(
        start=told["start_time"],
        end=told["end_time"],
        interval_min=told["interval"],
        work_days=tuple(told["work_days"]),
        timezone=told["timezone"],
        max_delay_min=told["max_random_delay"] if told["random_delay"] else 0,
        holidays=told["holidays"],
    )
    if fields.faults == before:
        for field, reason in rules.check(schedule, calendar).items():
            fields.wrong(_NAMES.get(field, field), reason)
    return Settings(
        mode="autoclick",
        feature=FEATURE,
        price=FEATURE,
        kind="visit",
        spec={},
        shown=told,
        written={ours: fields.called(name) for ours, name in _NAMES.items()},
        schedule=schedule,
    )


def _read(fields: Fields, server_zone: str) -> dict[str, Any]:
    """Every setting by the contract's name, each of its own type."""

    def text(name: str, default: str) -> str:
        found: str = fields.checked(
            *both(name), rule=lambda value: text_reason(value, _MAX_CHARS), default=default
        )
        return found

    def minutes(name: str, default: int, low: int) -> int:
        found: int = fields.checked(
            *both(name),
            rule=lambda value: integer_reason(value, low, rules.DAY_MIN),
            default=default,
        )
        return found

    told: dict[str, Any] = {"start_time": text("start_time", ""), "end_time": text("end_time", "")}
    for name in ("start_time", "end_time"):
        if name not in fields.written:
            fields.wrong(name, "is missing")
    return {
        **told,
        "interval": minutes("interval", DEFAULT_INTERVAL_MIN, 1),
        "random_delay": fields.checked(*both("random_delay"), rule=boolean_reason, default=False),
        "max_random_delay": minutes("max_random_delay", DEFAULT_MAX_DELAY_MIN, 0),
        "work_days": fields.checked(*both("work_days"), rule=_days_reason, default=EVERY_DAY),
        "timezone": text("timezone", server_zone),
        "holidays": text("holidays", ""),
    }


def _days_reason(value: Any) -> Reason:
    whole = isinstance(value, list) and all(type(day) is int for day in value)
    return None if whole and len(value) <= len(EVERY_DAY) else "must be a list of days, 0 to 6"
