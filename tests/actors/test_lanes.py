"""Which jobs start next, said by name: how many of a lane at once, and in which order."""

import pytest

from actors.rules.change import Moment
from actors.rules.lanes import start_next, startable
from state.model import QUOTA, STORAGE, JobStatus
from tests.support.states import a_desk, a_job

QUEUED, RUNNING, PAUSED = JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.PAUSED


def queued(name, arrival, lane="fetch", **fields):
    return a_job(name, QUEUED, lane=lane, arrival=arrival, **fields)


def names(jobs):
    return [job.id for job in jobs]


@pytest.mark.parametrize(
    ("width", "started"), [(1, ["a"]), (2, ["a", "b"]), (3, ["a", "b", "c"]), (9, ["a", "b", "c"])]
)
def test_a_lane_starts_as_many_as_it_is_wide(width, started):
    desk = a_desk(1, *(queued(name, at) for at, name in enumerate("abc")))
    assert names(startable(desk, width)) == started


@pytest.mark.parametrize(
    ("busy", "room"),
    [
        ({"status": RUNNING}, []),
        ({"status": PAUSED, "reason": STORAGE}, []),
        ({"status": PAUSED, "reason": QUOTA}, []),
        ({"status": PAUSED}, ["next"]),
        ({"status": JobStatus.PENDING}, ["next"]),
        ({"status": JobStatus.FAILED}, ["next"]),
        ({"status": RUNNING, "lane": "other"}, ["next"]),
    ],
)
def test_who_takes_room_in_a_lane(busy, room):
    holder = a_job("holder", arrival=0, **{"lane": "fetch", **busy})
    assert names(startable(a_desk(1, holder, queued("next", 1)), 1)) == room


def test_lanes_are_wide_each_for_itself():
    desk = a_desk(1, queued("a", 0), queued("b", 1, "crawl"), queued("c", 2), queued("d", 3, "tag"))
    assert names(startable(desk, 1)) == ["a", "b", "d"]


def test_priority_first_then_order_of_arrival():
    desk = a_desk(1, queued("late", 3), queued("urgent", 9, priority=1), queued("early", 2))
    assert names(startable(desk, 2)) == ["urgent", "early"]


def test_a_start_again_keeps_the_time_of_the_first():
    desk = a_desk(1, queued("new", 0), queued("again", 1, started_at=5.0))
    change = start_next(desk, 2, Moment(7.0, 2))
    jobs = change.state.jobs
    assert {name: (job.status, job.started_at) for name, job in jobs.items()} == {
        "new": (RUNNING, 7.0),
        "again": (RUNNING, 5.0),
    }


def test_a_lane_may_have_a_width_of_its_own():
    wide = [queued(name, at, "wide") for at, name in enumerate("abcd")]
    narrow = [queued(name, at, "narrow") for at, name in enumerate("ef", 4)]
    desk = a_desk(1, *wide, *narrow)
    assert names(startable(desk, 1, widths={"wide": 3})) == ["a", "b", "c", "e"]
    assert names(startable(desk, 1, 2, {"wide": 3})) == ["a", "b"]
