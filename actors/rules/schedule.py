"""When the passes of a schedule are due, as pure functions of the schedule and a calendar.

Slots lie on the wall clock of the schedule's zone: a local time that a change of the clock skips is
taken at the first instant after it, one that happens twice is taken once, the first time. The
instant of its slot names a pass. How much later it begins is drawn from the seed and the slot, and
lies before the next slot and the end of the window. Used by `actors.rules.passes` and by whoever
shows what is to come.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from actors.ports.calendar import Calendar
from state.schedules import Pass, Schedule

DAY_MIN = 24 * 60
# Where a year has no day for a pass, there is none.
HORIZON_DAYS = 366

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_OFFICE_WEEK = frozenset({1, 2, 3, 4, 5})
_WHOLE = 1 << 64


def check(schedule: Schedule, calendar: Calendar) -> dict[str, str]:
    """What is wrong with it, by field; nothing where it can be used."""
    wrong: dict[str, str] = {}
    start, end = _minutes(schedule.start), _end_minutes(schedule.end)
    if start is None:
        wrong["start"] = 'must be a time from "00:00" to "23:59"'
    if end is None:
        wrong["end"] = 'must be a time from "00:00" to "24:00"'
    if start is not None and start == end:
        wrong["end"] = 'the window never opens: it ends when it starts ("24:00" ends a whole day)'
    if not 1 <= schedule.interval_min <= DAY_MIN:
        wrong["interval_min"] = f"must be 1 to {DAY_MIN} minutes"
    if not 0 <= schedule.max_delay_min <= DAY_MIN:
        wrong["max_delay_min"] = f"must be 0 to {DAY_MIN} minutes"
    days = schedule.work_days
    if not days or not set(days) <= set(range(7)) or len(set(days)) != len(days):
        wrong["work_days"] = "must be days from 0 (Sunday) to 6, at least one and each once"
    if not is_zone(schedule.timezone):
        wrong["timezone"] = "is no time zone that is known here"
    if schedule.holidays and not calendar.knows(schedule.holidays):
        wrong["holidays"] = "is no country whose holidays are known here"
    return wrong


def is_zone(name: str) -> bool:
    """Whether this names a zone of the IANA database, such as Europe/Berlin."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # Unknown; no relative name; the name of a folder.
        return False
    return True


def is_known(schedule: Schedule, calendar: Calendar) -> bool:
    """Whether its zone and its country are known here: those of a schedule that was made on another
    machine may not be. Nothing else can be asked of one that is not."""
    known = not schedule.holidays or calendar.knows(schedule.holidays)
    return known and is_zone(schedule.timezone)


def next_passes(
    schedule: Schedule, seed: str, after: float, count: int, calendar: Calendar
) -> list[Pass]:
    """The first `count` passes whose slot is later than `after`; fewer where a year has no more,
    none where its zone or its country is not known here.

    `seed` is the id of the job. The schedule has passed `check`, here or on another machine.
    """
    if not is_known(schedule, calendar):
        return []
    return list(islice(_passes(schedule, seed, after, calendar), count))


def latest_due(
    schedule: Schedule, seed: str, now: float, calendar: Calendar
) -> tuple[Pass, float] | None:
    """The newest pass that is due by `now`, and when its window ends; None where a year has
    none."""
    today = _local_date(schedule, now)
    for days in range(HORIZON_DAYS + 1):
        day = today - timedelta(days=days)
        if not _is_open_on(schedule, day, calendar):
            continue
        window = _Window(schedule, seed, day)
        for due in window.passes_back(now):
            if due.due_at <= now:
                return due, window.end_at
    return None


def _passes(schedule: Schedule, seed: str, after: float, calendar: Calendar) -> Iterator[Pass]:
    # A window that passes midnight belongs to the day before.
    first = _local_date(schedule, after) - timedelta(days=1)
    for days in range(HORIZON_DAYS + 2):
        day = first + timedelta(days=days)
        if _is_open_on(schedule, day, calendar):
            for due in _Window(schedule, seed, day).passes(after):
                after = due.slot_at
                yield due


def _is_open_on(schedule: Schedule, day: date, calendar: Calendar) -> bool:
    """A holiday closes the window; a Saturday or Sunday that the country works instead opens it
    for a schedule of the whole office week."""
    country = schedule.holidays
    if country and calendar.is_holiday(country, day):
        return False
    # Python's week ends with Sunday as 7.
    if day.isoweekday() % 7 in schedule.work_days:
        return True
    works = set(schedule.work_days) >= _OFFICE_WEEK
    return bool(country) and works and calendar.is_made_up(country, day)


class _Window:
    """One opening of a schedule's window. Slots are found by bisection: there may be 1,440."""

    def __init__(self, schedule: Schedule, seed: str, day: date) -> None:
        start, end = _minutes(schedule.start), _end_minutes(schedule.end)
        assert start is not None
        assert end is not None
        self._zone = ZoneInfo(schedule.timezone)
        self._day = day
        self._seed = seed
        self._most_s = schedule.max_delay_min * 60
        end = end if end > start else end + DAY_MIN
        self._minutes = range(start, end, schedule.interval_min)
        self.end_at = self._instant(end)

    def passes(self, after: float) -> Iterator[Pass]:
        """Those whose slot is later than `after`, earliest first."""
        while (number := self._later_than(after)) < len(self._minutes):
            after = self._slot(number)
            yield self._pass(after)

    def passes_back(self, now: float) -> Iterator[Pass]:
        """Those whose slot is no later than `now`, newest first."""
        number = self._later_than(now)
        while number > 0:
            slot_at = self._slot(number - 1)
            yield self._pass(slot_at)
            number = bisect_left(self._minutes, slot_at, key=self._instant)

    def _pass(self, slot_at: float) -> Pass:
        following = self._later_than(slot_at)
        last = following == len(self._minutes)
        room_end = max(self.end_at, slot_at) if last else self._slot(following)
        room_s = min(self._most_s, room_end - slot_at)
        return Pass(slot_at, slot_at + _delay_s(self._seed, slot_at, room_s))

    def _later_than(self, at: float) -> int:
        """The number of the first slot that is; slots in a gap share the instant of its end."""
        return bisect_right(self._minutes, at, key=self._instant)

    def _slot(self, number: int) -> float:
        return self._instant(self._minutes[number])

    def _instant(self, minute: int) -> float:
        """When the clocks of the zone show that minute of the day for the first time, or the first
        instant after it where they never do."""
        day = self._day + timedelta(days=minute // DAY_MIN)
        hour, minute = divmod(minute % DAY_MIN, 60)
        local = datetime.combine(day, time(hour, minute, tzinfo=self._zone))
        instant = local.timestamp()
        shown = datetime.fromtimestamp(instant, self._zone)
        if shown.replace(tzinfo=None) == local.replace(tzinfo=None):
            return instant
        return _end_of_gap(self._zone, local)


def _delay_s(seed: str, slot_at: float, room_s: float) -> int:
    """Whole seconds, at least 0 and less than the room."""
    digest = hashlib.sha256(f"{seed}:{slot_at:.0f}".encode()).digest()
    return int.from_bytes(digest[:8], "big") * int(room_s) // _WHOLE


def _end_of_gap(zone: ZoneInfo, local: datetime) -> float:
    """The instant at which the clocks jump over the local time. The offsets of before and after
    place it at two instants, one to each side of the jump."""
    late, early = (int(local.replace(fold=fold).timestamp()) for fold in (0, 1))
    before = _offset(zone, early)
    while late - early > 1:
        middle = (early + late) // 2
        if _offset(zone, middle) == before:
            early = middle
        else:
            late = middle
    return float(late)


def _offset(zone: ZoneInfo, at: float) -> timedelta | None:
    return datetime.fromtimestamp(at, zone).utcoffset()


def _local_date(schedule: Schedule, at: float) -> date:
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(schedule.timezone)).date()


def _minutes(text: str) -> int | None:
    """Since midnight."""
    found = _TIME.fullmatch(text)
    return None if found is None else int(found[1]) * 60 + int(found[2])


def _end_minutes(text: str) -> int | None:
    return DAY_MIN if text == "24:00" else _minutes(text)
