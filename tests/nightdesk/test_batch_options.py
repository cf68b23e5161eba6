"""The flags of schedules, of values to take and of `submit tab`: what the server gets of them."""

from __future__ import annotations

import pytest

from nightdesk.cli.app import run
from nightdesk.cli.extract import read_extract
from nightdesk.cli.schedule import ScheduleOptions
from nightdesk.cli.submit import FetchOptions
from nightdesk.cli.tabs import TabOptions
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import ENGLISH, STATUS_ENGLISH, Words
from nightdesk.client import Schedule

WORDS = Words(ENGLISH, STATUS_ENGLISH)


def test_no_flags_say_nothing():
    assert TabOptions().spec() == {}
    assert ScheduleOptions().schedule(WORDS) is None
    assert "extract" not in FetchOptions().spec(WORDS)


def test_every_flag_of_tabs_is_a_field_of_the_spec():
    given = TabOptions(
        concurrency=3,
        delay_ms=0,
        sequential=True,
        one_window=True,
        answer_timeout=10,
        failover_after_min=5,
    )
    assert given.spec() == {
        "concurrency": 3,
        "delay_ms": 0,
        "sequential": True,
        "new_window": False,
        "answer_timeout_s": 10,
        "failover_after_min": 5,
    }


def test_a_schedule_needs_only_how_often():
    assert ScheduleOptions(every=30).schedule(WORDS) == Schedule(
        start="00:00",
        end="24:00",
        interval_min=30,
        work_days=(0, 1, 2, 3, 4, 5, 6),
        timezone="UTC",
    )


def test_a_whole_schedule():
    given = ScheduleOptions(
        every=60,
        from_="22:00",
        until="02:00",
        days="5-6, 0",
        zone="Asia/Shanghai",
        random_delay=10,
        holidays="cn",
    )
    assert given.schedule(WORDS) == Schedule(
        start="22:00",
        end="02:00",
        interval_min=60,
        work_days=(0, 5, 6),
        timezone="Asia/Shanghai",
        max_delay_min=10,
        holidays="CN",
    )


@pytest.mark.parametrize("days", ["7", "5-1", "mon", "", "1,,2", "-1"])
def test_days_that_are_none(days):
    with pytest.raises(UsageError, match="0 is Sunday"):
        ScheduleOptions(every=60, days=days).schedule(WORDS)


@pytest.mark.parametrize("name", ["from_", "until", "days", "zone", "holidays"])
def test_a_schedule_without_how_often_is_none(name):
    with pytest.raises(UsageError, match="--every"):
        ScheduleOptions(**{name: "1"}).schedule(WORDS)


def test_values_to_take():
    given = ("title=css:h1", "links[]=css@href:a.next", "n=regex:a=(\\d+):", "price=json:$.a[0].b")
    assert read_extract(given, WORDS) == [
        {"as": "title", "css": "h1"},
        {"as": "links", "css": "a.next", "attribute": "href", "all": True},
        {"as": "n", "regex": "a=(\\d+):"},
        {"as": "price", "json_path": "$.a[0].b"},
    ]


@pytest.mark.parametrize("rule", ["title", "=css:h1", "a=xpath://h1", "a=css:", "a=regex@x:b"])
def test_what_is_no_value_to_take_is_named_by_its_place(rule):
    with pytest.raises(UsageError, match="number 2"):
        read_extract(("title=css:h1", rule), WORDS)


def test_a_schedule_is_not_waited_for(tmp_path, capsys):
    urls = tmp_path / "urls.txt"
    urls.write_text("https://example.com/\n")
    assert run(["submit", "fetch", str(urls), "--every", "5", "--wait"], {"LANG": "C"}) == 2
    assert "--wait has no end" in capsys.readouterr().err
