"""The wire's type of a schedule, as a job shows it and a request gives it; see `web.schemas`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

_Count = Annotated[int, Meta(ge=0)]


class Schedule(Struct, frozen=True):
    """When the passes of a job are due: every `interval_min` minutes from `start` until `end`
    (`HH:MM`, local times of `timezone`; past midnight where the end is not later), on `work_days`
    (0 is Sunday) that are no holiday of the country `holidays` (empty: none is looked up), each
    up to `max_delay_min` minutes later."""

    start: str
    end: str
    interval_min: _Count
    work_days: list[int]
    timezone: str
    max_delay_min: _Count
    holidays: str
