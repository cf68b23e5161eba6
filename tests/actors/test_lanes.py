"""Which jobs start next, said by name: how many of a lane at once, and in which order."""

import pytest

from actors.messages import PauseJob
from actors.rules.change import Moment
from actors.rules.lanes import start_next, startable, waiting_order
from actors.session.display import TOLD_PLACES
from state.model import QUOTA, STORAGE, JobStatus
from tests.support.servers import ALICE, OK, Server, create, nap, until
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


def test_the_place_of_a_job_is_that_of_its_lane():
    jobs = [
        queued("late", 3),
        queued("urgent", 9, priority=1),
        queued("early", 2),
        queued("other", 8, "crawl"),
        a_job("runs", RUNNING, lane="fetch", arrival=0),
        a_job("held", PAUSED, lane="fetch", arrival=1),
    ]
    assert waiting_order(jobs) == {"urgent": 1, "early": 2, "late": 3, "other": 1}


async def test_whoever_waits_is_told_when_their_turn_comes_nearer(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        for name in ("a", "b", "c"):
            reply = await desk.ask(create([nap(10)], job_id=name))
            assert reply.job.place is None
        await until(desk, "a", RUNNING)
        jobs = desk.published.jobs
        assert [jobs[name].place for name in "abc"] == [None, 1, 2]
        seen = jobs["c"].job.revision
        await desk.ask(PauseJob("b"))
        jobs = desk.published.jobs
        assert [jobs[name].place for name in "abc"] == [None, None, 1]
        # Who asks for what has changed is told of the one behind too, and once.
        assert jobs["c"].job.revision == desk.published.revision > seen
        again = jobs["c"]
        await desk.ask(create([OK], job_id="d"))
        assert desk.published.jobs["c"] is again
        assert desk.published.jobs["d"].place == 2


async def test_a_long_lane_is_not_told_anew_with_every_job_that_ends(autojump_clock):
    server = Server()
    many = TOLD_PLACES + 10
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        for number in range(many + 1):
            await desk.ask(create([nap(10)], job_id=f"j{number}"))
        await until(desk, "j0", RUNNING)
        before = desk.published.revision
        await until(desk, "j1", RUNNING)
        jobs = desk.published.jobs
        # All places are right; those who follow are told of the first.
        assert [jobs[f"j{number}"].place for number in range(2, many + 1)] == [*range(1, many)]
        told = [view.place for view in jobs.values() if view.place and view.job.revision > before]
        assert told == [*range(1, TOLD_PLACES + 1)]
