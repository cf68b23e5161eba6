"""What the end of a worker means for what it held, case by case, and what its line makes of it."""

from __future__ import annotations

import os

import pytest

from actors.ports import (
    ItemDeferred,
    ItemEnded,
    ItemProgress,
    ItemsLost,
    JobBroken,
    LeasedItem,
)
from state.model import OutcomeStatus
from tests.support.leasing import brief, leased
from workers.attachment import JobAttachment
from workers.line import LineLimits, WorkerLine
from workers.losses import Death, losses
from workers.mark import NOTHING, Mark, MarkBoard, Marker
from workers.pace import PaceBook
from workers.protocol import VERSION, Close, Events, Hello
from workers.shares import Shares

JOB = 7
LEASES = {index: leased(index, {}, attempts=index) for index in range(3)}


def ends(*, leases=LEASES, **changes):
    death = Death(**{"reason": "killed by signal 9", "mark": Mark(JOB, 1)} | changes)
    return losses(JOB, leases, death)


def back(*indexes):
    return [ItemDeferred(index=index, attempts=index, delay_s=0.0) for index in indexes]


def test_the_item_at_work_is_to_blame():
    assert ends() == [ItemsLost((1,), "killed by signal 9"), *back(0, 2)]


def test_a_limit_has_failed_the_item_at_work():
    ended, *others = ends(limit=True)
    assert isinstance(ended, ItemEnded)
    assert (ended.index, ended.status, ended.attempts) == (1, OutcomeStatus.FAILED, 2)
    assert others == back(0, 2)


@pytest.mark.parametrize("limit", [False, True])
@pytest.mark.parametrize("mark", [Mark(JOB, 9), Mark(8, 1), Mark(8), NOTHING])
def test_what_is_not_held_here_costs_nothing_here(mark, limit):
    assert ends(mark=mark, limit=limit) == back(0, 1, 2)


@pytest.mark.parametrize("limit", [False, True])
def test_a_worker_in_which_nothing_ended_sends_nothing_round_for_ever(limit):
    lost = [ItemsLost((0, 1, 2), "killed by signal 9")]
    assert ends(mark=NOTHING, barren=True, limit=limit) == lost
    assert ends(mark=Mark(8, 1), barren=True) == back(0, 1, 2)


def test_a_worker_that_does_all_at_once_has_lost_all():
    assert ends(mark=None) == [ItemsLost((0, 1, 2), "killed by signal 9")]


def test_what_only_waited_in_a_worker_that_does_all_at_once_is_not_lost():
    death = Death(reason="killed by signal 9")
    assert losses(JOB, LEASES, death, {0, 2}) == [
        ItemsLost((1,), "killed by signal 9"),
        *back(0, 2),
    ]
    assert losses(JOB, LEASES, death, {0, 1, 2}) == back(0, 1, 2)


def test_a_limit_fails_what_was_at_work_and_not_what_waited():
    death = Death(reason="over the limit", limit=True)
    ended, *others = losses(JOB, LEASES, death, {0, 2})
    assert isinstance(ended, ItemEnded)
    assert (ended.index, others) == (1, back(0, 2))


def test_a_worker_that_dies_before_anything_is_at_work_sends_nothing_round_for_ever():
    death = Death(reason="killed by signal 9", barren=True)
    assert losses(JOB, LEASES, death, {0, 1, 2}) == [ItemsLost((0, 1, 2), "killed by signal 9")]


@pytest.mark.parametrize("mark", [None, NOTHING, Mark(JOB), Mark(JOB, 1)])
def test_one_that_was_killed_since_nobody_wanted_it_blames_nothing(mark):
    assert ends(mark=mark, left=True, barren=True) == back(0, 1, 2)


def test_who_opens_a_job_may_die_once():
    assert ends(mark=Mark(JOB)) == [ItemsLost((0, 1, 2), "killed by signal 9")]
    struck = {**LEASES, 2: LeasedItem(2, 1, "", LEASES[2].payload, 1)}
    (broken,) = ends(mark=Mark(JOB), leases=struck)
    assert broken == JobBroken("a worker died twice as it opened the job (killed by signal 9)")


def test_a_job_that_breaks_a_limit_as_it_is_opened_is_broken():
    assert ends(mark=Mark(JOB), limit=True) == [JobBroken("killed by signal 9")]


class Marking:
    """A worker that does its items one after the other, and its line."""

    def __init__(self):
        self.mark = NOTHING
        self.posted = []
        limits = LineLimits(max_items=1000, max_memory_bytes=1000, kill_to_stop=True)
        self.line = WorkerLine(self, limits, PaceBook())
        self.line.receive(Hello(VERSION, 1))
        self.shares = Shares(10)

    def attach(self, ref):
        return JobAttachment(ref, brief(job_id=f"{ref}"), "m:C", shares=self.shares, route=None)

    def at_work(self):
        return self.mark

    def post(self, message):
        self.posted.append(message)


@pytest.fixture
async def worker():
    return Marking()


async def test_what_was_overdue_and_has_ended_since_leaves_nobody_to_blame(worker):
    job = worker.attach(1)
    worker.line.lease(job, [leased(0, {}), leased(1, {})])
    worker.mark = Mark(1, 0)
    worker.line.condemn("over the limit of time (1 s)", by_limit=True)
    worker.mark = Mark(1, 1)
    worker.line.dead("over the limit of time (1 s)", 0.0)
    assert {type(event) for event in job.take_events()} == {ItemDeferred}


async def test_a_job_that_is_left_while_another_s_item_is_at_work_costs_that_nothing(worker):
    busy, left = worker.attach(1), worker.attach(2)
    worker.line.lease(busy, [leased(0, {})])
    worker.line.lease(left, [leased(0, {})])
    worker.mark = Mark(1, 0)
    worker.line.close(left)
    assert worker.posted[-1] == Close(2)
    assert not worker.line.condemned.is_set()


async def test_a_job_that_is_left_while_its_item_is_at_work_costs_others_their_turn(worker):
    left, waits = worker.attach(1), worker.attach(2)
    worker.line.lease(left, [leased(0, {})])
    worker.line.lease(waits, [leased(0, {})])
    worker.mark = Mark(1, 0)
    worker.line.close(left)
    assert worker.line.condemned.is_set()
    worker.line.dead("killed by signal 9", 0.0)
    assert waits.take_events() == back(0)
    assert left.take_events() == []


WAITS = ItemProgress(1, 0.0, "waits", waits=True)


@pytest.mark.parametrize(
    ("said", "lost"),
    [
        ([], (0, 1)),
        ([WAITS], (0,)),
        ([WAITS, ItemProgress(1, 0.0)], (0, 1)),
        ([ItemProgress(1, 0.5), WAITS], (0,)),
    ],
)
async def test_an_item_that_waits_costs_its_worker_s_end_nothing(worker, said, lost):
    """The newest that it has said counts."""
    job = worker.attach(1)
    worker.mark = None
    worker.line.lease(job, [leased(0, {}), leased(1, {})])
    worker.line.receive(Events(1, said))
    worker.line.dead("killed by signal 9", 0.0)
    told = [event for event in job.take_events() if not isinstance(event, ItemProgress)]
    assert told[0] == ItemsLost(lost, "killed by signal 9")
    assert [event.index for event in told[1:]] == [index for index in (0, 1) if index not in lost]


async def test_all_items_of_a_worker_wait_and_another_job_s_is_at_work(worker):
    busy, waits = worker.attach(1), worker.attach(2)
    worker.mark = None
    worker.line.lease(busy, [leased(0, {})])
    worker.line.lease(waits, [leased(1, {})])
    worker.line.receive(Events(2, [WAITS]))
    worker.line.dead("killed by signal 9", 0.0)
    assert waits.take_events()[-1] == ItemDeferred(index=1, attempts=0, delay_s=0.0)
    assert busy.take_events() == [ItemsLost((0,), "killed by signal 9")]


async def test_an_item_that_waited_and_ended_is_forgotten(worker):
    job = worker.attach(1)
    worker.mark = None
    worker.line.lease(job, [leased(1, {})])
    ended = ItemEnded(index=1, status=OutcomeStatus.OK, attempts=1, duration_ms=1.0)
    worker.line.receive(Events(1, [WAITS, ended]))
    worker.line.lease(job, [leased(1, {})])
    worker.line.dead("killed by signal 9", 0.0)
    assert job.take_events()[-1] == ItemsLost((1,), "killed by signal 9")


def test_a_mark_is_seen_as_it_was_made():
    with MarkBoard() as board:
        marker = Marker(os.dup(board.fd))
        assert board.read() == NOTHING
        for mark in (Mark(1, 0), Mark(2**31, 10**9), Mark(3, 2)):
            marker.at(mark.job, mark.index)
            assert board.read() == mark
        marker.opens(5)
        assert board.read() == Mark(5)
        marker.nothing()
        assert board.read() == NOTHING
