"""Whose logs a socket of the task manager has to look at."""

from __future__ import annotations

from actors.messages import JobView, LiveProgress
from state.model import Counts, Job, JobStatus
from web.dialects.taskmanager.positions import Position, Positions

BEGAN_AT = 1_000.0
ALL = frozenset()


def view(id="one", *, status=JobStatus.COMPLETED, started_at=900.0, ended_at=950.0, **rest):
    about = {
        "run": 1,
        "created_at": 800.0,
        "started_at": started_at,
        "ended_at": ended_at,
        "status": status,
    }
    job = Job(id=id, kind="tag", name=id, lane="tag", arrival=0, counts=Counts(1), **about)
    return JobView(job, **rest)


def behind(*views, positions=None):
    found = Positions(BEGAN_AT) if positions is None else positions
    for each in views:
        found.changed(each)
    return found.behind(ALL)


def test_what_had_ended_before_says_no_more():
    assert behind(view()) == []


def test_what_ended_since_and_what_runs_may_have_said_something():
    running = view("b", status=JobStatus.RUNNING, ended_at=None)
    assert behind(view("a", ended_at=1_001.0), running) == ["a", "b"]


def test_what_still_writes_its_log_has_not_ended():
    live = LiveProgress(counts=Counts(1), in_flight=0)
    assert behind(view(live=live)) == ["one"]


def test_what_was_told_of_is_told_to_its_end():
    positions = Positions(BEGAN_AT)
    positions.moved("one", Position(10), more=False)
    assert behind(view(), positions=positions) == ["one"]


def test_what_was_never_begun_has_no_log():
    assert behind(view(status=JobStatus.QUEUED, started_at=None, ended_at=None)) == []
