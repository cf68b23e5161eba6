"""When passes are due: windows, days, holidays, zones and changes of the clock."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from actors.ports.calendar import NoCalendar
from actors.rules.schedule import check, latest_due, next_passes
from state.schedules import Schedule

NOBODY = NoCalendar()
OFFICE = Schedule(
    start="09:00", end="18:00", interval_min=60, work_days=(1, 2, 3, 4, 5), timezone="UTC"
)
DAILY = replace(OFFICE, work_days=(0, 1, 2, 3, 4, 5, 6))
BERLIN = replace(DAILY, timezone="Europe/Berlin")


class Calendar:
    """A country XX with one day off, for which a Sunday is worked."""

    def knows(self, country):
        return country == "XX"

    def is_holiday(self, country, day):
        return day == date(2026, 3, 4)

    def is_made_up(self, country, day):
        return day == date(2026, 3, 8)


def at(schedule, *when):
    return datetime(*when, tzinfo=ZoneInfo(schedule.timezone)).timestamp()


def slots(schedule, count, *after, calendar=NOBODY, seed="job"):
    """The local times of the next slots, with their offset where the clocks change."""
    found = next_passes(schedule, seed, at(schedule, *after), count, calendar)
    zone = ZoneInfo(schedule.timezone)
    return [f"{datetime.fromtimestamp(p.slot_at, zone):%d %H:%M %z}" for p in found]


def test_slots_lie_in_the_window_on_work_days():
    # 2026-11-20 is a Friday.
    assert slots(OFFICE, 3, 2026, 11, 20, 16, 0) == [
        "20 17:00 +0000",
        "23 09:00 +0000",
        "23 10:00 +0000",
    ]
    assert slots(OFFICE, 1, 2026, 11, 20, 8, 59) == ["20 09:00 +0000"]


def test_a_window_past_midnight_belongs_to_the_day_it_opens_on():
    night = replace(OFFICE, start="22:30", end="01:00", work_days=(5,))
    assert slots(night, 4, 2026, 11, 20) == [
        "20 22:30 +0000",
        "20 23:30 +0000",
        "21 00:30 +0000",
        "27 22:30 +0000",
    ]
    assert slots(night, 1, 2026, 11, 21, 0, 0) == ["21 00:30 +0000"]


def test_a_whole_day_ends_at_24():
    whole = replace(DAILY, start="00:00", end="24:00", interval_min=720)
    assert slots(whole, 3, 2026, 11, 20, 1) == [
        "20 12:00 +0000",
        "21 00:00 +0000",
        "21 12:00 +0000",
    ]


def test_times_that_the_clocks_skip_are_taken_once_at_the_end_of_the_gap():
    early = replace(BERLIN, start="01:45", end="03:30", interval_min=15)
    assert slots(early, 4, 2026, 3, 29, 1) == [
        "29 01:45 +0100",
        "29 03:00 +0200",
        "29 03:15 +0200",
        "30 01:45 +0200",
    ]
    only = replace(BERLIN, start="02:10", end="02:20")
    assert slots(only, 2, 2026, 3, 29, 1) == ["29 03:00 +0200", "30 02:10 +0200"]


def test_times_that_come_twice_are_taken_the_first_time():
    late = replace(BERLIN, start="01:30", end="03:30", interval_min=30)
    assert slots(late, 5, 2026, 10, 25, 1) == [
        "25 01:30 +0200",
        "25 02:00 +0200",
        "25 02:30 +0200",
        "25 03:00 +0100",
        "26 01:30 +0100",
    ]


def test_holidays_close_the_window_and_a_sunday_that_is_worked_opens_it():
    here = replace(OFFICE, interval_min=540, holidays="XX")
    # 2026-03-04 is a Wednesday, the 8th a Sunday.
    wanted = ["03", "05", "06", "08", "09"]
    assert [s[:2] for s in slots(here, 5, 2026, 3, 3, calendar=Calendar())] == wanted
    some_days = replace(here, work_days=(1, 2, 3))
    assert [s[:2] for s in slots(some_days, 2, 2026, 3, 3, calendar=Calendar())] == ["03", "09"]
    anywhere = replace(here, holidays="")
    assert [s[:2] for s in slots(anywhere, 2, 2026, 3, 3, calendar=Calendar())] == ["03", "04"]


def test_a_schedule_that_is_always_closed_has_no_pass():
    class Sundays(Calendar):
        def is_holiday(self, country, day):
            return day.isoweekday() == 7

    never = replace(OFFICE, work_days=(0,), holidays="XX")
    assert slots(never, 1, 2026, 3, 3, calendar=Sundays()) == []


def test_delays_are_settled_by_seed_and_slot_and_keep_to_their_slot():
    delayed = replace(DAILY, max_delay_min=240, interval_min=30)
    after = at(delayed, 2026, 11, 20)
    found = next_passes(delayed, "job", after, 36, NOBODY)
    assert found == next_passes(delayed, "job", after, 36, NOBODY)
    assert found[1:] == next_passes(delayed, "job", found[0].slot_at, 35, NOBODY)
    for due, following in pairwise(found):
        assert due.slot_at <= due.due_at < following.slot_at
    assert found[17].due_at < at(delayed, 2026, 11, 20, 18)
    assert len({due.due_at - due.slot_at for due in found}) > 20
    other = next_passes(delayed, "other", after, 36, NOBODY)
    assert [p.slot_at for p in other] == [p.slot_at for p in found]
    assert other != found


def test_delays_are_no_longer_than_they_may_be():
    delayed = replace(DAILY, max_delay_min=5)
    found = next_passes(delayed, "job", 0.0, 200, NOBODY)
    delays = [due.due_at - due.slot_at for due in found]
    assert 0 <= min(delays) < 60
    assert 240 < max(delays) <= 300


def test_the_newest_pass_that_is_due_and_when_its_window_ends():
    def newest(schedule, *now):
        found = latest_due(schedule, "job", at(schedule, *now), NOBODY)
        return found and (found[0].slot_at, found[1])

    evening = at(DAILY, 2026, 11, 20, 18)
    assert newest(DAILY, 2026, 11, 20, 9, 30) == (at(DAILY, 2026, 11, 20, 9), evening)
    assert newest(DAILY, 2026, 11, 20, 23) == (at(DAILY, 2026, 11, 20, 17), evening)
    # Of yesterday.
    assert newest(DAILY, 2026, 11, 21, 8)[0] == at(DAILY, 2026, 11, 20, 17)
    # Of whatever day was the last to be open.
    friday = next_passes(OFFICE, "job", at(OFFICE, 2026, 11, 20), 100, NOBODY)
    last = [p for p in friday if p.slot_at < at(OFFICE, 2026, 11, 21)][-1]
    assert newest(OFFICE, 2026, 11, 22, 12)[0] == last.slot_at
    never = replace(OFFICE, work_days=())
    assert newest(never, 2026, 11, 22, 12) is None
    # A slot whose delay is not over is not due yet.
    delayed = replace(DAILY, max_delay_min=60)
    first = next_passes(delayed, "job", at(delayed, 2026, 11, 20), 1, NOBODY)[0]
    before = latest_due(delayed, "job", first.due_at - 1, NOBODY)
    assert before is not None
    assert before[0].slot_at == at(delayed, 2026, 11, 19, 17)
    assert latest_due(delayed, "job", first.due_at, NOBODY)[0] == first


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"start": "9:00"}, "start"),
        ({"start": "24:00"}, "start"),
        ({"start": "09:60"}, "start"),
        ({"start": "09:00\n"}, "start"),
        ({"start": "٠٩:٠٠"}, "start"),
        ({"end": "24:01"}, "end"),
        ({"end": ""}, "end"),
        ({"end": "09:00"}, "end"),
        ({"interval_min": 0}, "interval_min"),
        ({"interval_min": 1441}, "interval_min"),
        ({"max_delay_min": -1}, "max_delay_min"),
        ({"max_delay_min": 1441}, "max_delay_min"),
        ({"work_days": ()}, "work_days"),
        ({"work_days": (7,)}, "work_days"),
        ({"work_days": (-1,)}, "work_days"),
        ({"work_days": (1, 1)}, "work_days"),
        ({"timezone": ""}, "timezone"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "/etc/localtime"}, "timezone"),
        ({"timezone": "x" * 5_000}, "timezone"),
        ({"timezone": "a\0b"}, "timezone"),
        ({"holidays": "YY"}, "holidays"),
    ],
)
def test_what_is_wrong_is_named_by_field(change, field):
    assert list(check(replace(OFFICE, **change), Calendar())) == [field]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"end": "24:00"},
        {"end": "00:00"},
        {"end": "08:59"},
        {"interval_min": 1},
        {"interval_min": 1440},
        {"max_delay_min": 1440},
        {"holidays": "XX"},
    ],
)
def test_what_is_right_is_used(change):
    schedule = replace(OFFICE, **change)
    assert check(schedule, Calendar()) == {}
    assert len(slots(schedule, 5, 2026, 11, 20, calendar=Calendar())) == 5
