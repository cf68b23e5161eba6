"""When slots are due, found the slow way: by watching the clocks of a zone minute by minute."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from state.schedules import Schedule

YEAR_BEGINS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
HOUR_S = 3_600
DAY_MIN = 1_440


def _offset_min(zone: str, at: float) -> int:
    """How far the clocks of the zone are ahead of UTC."""
    ahead = datetime.fromtimestamp(at, ZoneInfo(zone)).utcoffset()
    assert ahead is not None
    return int(ahead.total_seconds()) // 60


@cache
def changes(zone: str) -> list[float]:
    """The hours of two years in which the clocks of the zone are set anew."""
    hours = range(YEAR_BEGINS, YEAR_BEGINS + 2 * 365 * 24 * HOUR_S, HOUR_S)
    return [at for at in hours if _offset_min(zone, at) != _offset_min(zone, at + HOUR_S)]


@cache
def _watched(zone: str, first: int, days: int) -> list[int]:
    """The latest time that the clocks have shown (in minutes since 1970) by each minute."""
    shown: list[int] = []
    latest = 0
    for hour in range(first, first + days * 24 * HOUR_S, HOUR_S):
        before, after = _offset_min(zone, hour), _offset_min(zone, hour + HOUR_S)
        for at in range(hour, hour + HOUR_S, 60):
            offset = before if before == after else _offset_min(zone, at)
            latest = max(latest, at // 60 + offset)
            shown.append(latest)
    return shown


def slots_between(schedule: Schedule, begin: float, days: int) -> list[float]:
    """Every slot later than `begin` (a whole minute) and of so many days from then."""
    first = int(begin) - 2 * 24 * HOUR_S
    shown = _watched(schedule.timezone, first, days + 4)
    start, stop = _minutes(schedule.start), _minutes(schedule.end)
    stop = stop if stop > start else stop + DAY_MIN
    found = set()
    # The first day may have begun before it was watched.
    for day in range(shown[0] // DAY_MIN + 1, shown[0] // DAY_MIN + days + 3):
        # 1970 began on a Thursday.
        if (day + 4) % 7 not in schedule.work_days:
            continue
        for minute in range(day * DAY_MIN + start, day * DAY_MIN + stop, schedule.interval_min):
            found.add(float(first + bisect_left(shown, minute) * 60))
    end = begin + days * 24 * HOUR_S
    return sorted(at for at in found if begin < at <= end)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
