"""When a worker is retired by age, and when its silence is too long: on the virtual clock."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from actors.ports import ItemEnded
from state.model import OutcomeStatus
from tests.support.leasing import brief, leased
from workers.attachment import JobAttachment
from workers.line import LineLimits, WorkerLine
from workers.mark import NOTHING, Mark
from workers.pace import PaceBook
from workers.protocol import VERSION, Closed, Drain, Events, Hello
from workers.shares import Shares
from workers.watch import end_left, end_overdue, retire_when_idle, retire_when_old, wait_silent


class Worker:
    """Keeps what is posted, and counts what it is said to have said."""

    def __init__(self):
        self.posted = []
        self.received_bytes = 0

    def post(self, message):
        self.posted.append(message)

    def at_work(self):
        return None

    async def wait_room(self):
        pass


@pytest.fixture
def worker():
    return Worker()


@pytest.fixture
async def line(worker):
    line = WorkerLine(worker, LineLimits(max_items=100, max_memory_bytes=100), PaceBook())
    line.receive(Hello(VERSION, 1))
    return line


@pytest.fixture
def job():
    return JobAttachment(1, brief(), "m:C", shares=Shares(10), route=None)


def ended(index):
    return ItemEnded(index=index, status=OutcomeStatus.OK, attempts=1, duration_ms=1.0)


@pytest.fixture
def silent_at(worker, line, nursery):
    """`await silent_at(until)`: when the watch ended, or None if it had not by then."""
    ended = []

    async def watch():
        await wait_silent(line, worker, 8.0)
        ended.append(trio.current_time())

    nursery.start_soon(watch)

    async def at(until):
        await trio.sleep_until(until)
        return ended[0] if ended else None

    return at


async def test_silence_counts_from_the_lease(line, job, silent_at, autojump_clock):
    assert await silent_at(trio.current_time() + 100) is None
    line.lease(job, [leased(0, {})])
    start = trio.current_time()
    assert start + 8 <= await silent_at(start + 60) <= start + 12


async def test_what_starts_up_is_not_silent(worker, job, nursery, autojump_clock):
    starting = WorkerLine(worker, LineLimits(max_items=100, max_memory_bytes=100), PaceBook())
    starting.lease(job, [leased(0, {})])
    with trio.move_on_after(3600) as scope:
        await wait_silent(starting, worker, 8.0)
    assert scope.cancelled_caught


async def test_every_byte_begins_it_anew(worker, line, job, silent_at, autojump_clock):
    line.lease(job, [leased(0, {})])
    for _ in range(10):
        assert await silent_at(trio.current_time() + 6) is None
        worker.received_bytes += 1
    start = trio.current_time()
    assert start + 8 <= await silent_at(start + 60) <= start + 12


async def test_a_worker_without_items_may_be_silent(line, job, silent_at, autojump_clock):
    line.lease(job, [leased(0, {})])
    line.close(job)
    line.receive(Closed(1))
    assert await silent_at(trio.current_time() + 100) is None


async def test_a_time_in_which_we_did_not_run_is_no_silence(
    worker, line, job, silent_at, autojump_clock
):
    """The server was stopped for an hour; what the worker said meanwhile is read after that."""
    line.lease(job, [leased(0, {})])
    await trio.testing.wait_all_tasks_blocked()
    autojump_clock.jump(3600.0)
    await trio.testing.wait_all_tasks_blocked()
    worker.received_bytes += 1
    assert await silent_at(trio.current_time() + 7) is None


async def test_an_old_worker_is_retired_and_ends_with_its_last_item(
    worker, line, job, nursery, autojump_clock
):
    line.lease(job, [leased(0, {})])
    nursery.start_soon(retire_when_old, line, 10.0)
    await trio.sleep(9)
    assert not line.left.is_set()
    await trio.sleep(2)
    assert line.retired_for == "age"
    assert Drain() not in worker.posted
    line.close(job)
    line.receive(Closed(1))
    assert worker.posted[-1] == Drain()


async def test_a_worker_is_idle_only_while_no_job_is_open(line, job, nursery, autojump_clock):
    nursery.start_soon(retire_when_idle, line, 10.0)
    await trio.sleep(9)
    line.lease(job, [leased(0, {})])
    await trio.sleep(100)
    assert not line.left.is_set()
    line.close(job)
    line.receive(Closed(1))
    await trio.sleep(11)
    assert line.retired_for == "idle"


async def test_an_item_s_time_begins_when_its_worker_is_up(worker, job, nursery, autojump_clock):
    """A machine that is slow to start a worker costs no item its time."""
    starting = WorkerLine(worker, LineLimits(max_items=100, max_memory_bytes=100), PaceBook())
    nursery.start_soon(end_overdue, starting, 10.0)
    starting.lease(job, [leased(0, {})])
    await trio.sleep(60)
    starting.receive(Hello(VERSION, 1))
    await trio.sleep(9)
    assert not starting.condemned.is_set()
    await trio.sleep(2)
    assert starting.condemned_for == "over the limit of time (10 s)"


async def test_an_item_s_time_begins_when_the_one_before_has_ended(
    line, job, nursery, autojump_clock
):
    """A worker that does one after the other holds many."""
    nursery.start_soon(end_overdue, line, 10.0)
    line.lease(job, [leased(index, {}) for index in range(3)])
    for index in range(2):
        await trio.sleep(9)
        line.receive(Events(1, [ended(index)]))
    await trio.sleep(9)
    assert not line.condemned.is_set()
    await trio.sleep(2)
    assert line.condemned_for == "over the limit of time (10 s)"


class Marking(Worker):
    """Does its items one after the other."""

    mark = NOTHING

    def at_work(self):
        return self.mark


async def test_a_worker_that_turns_to_a_job_that_was_left_is_ended(job, nursery, autojump_clock):
    worker = Marking()
    limits = LineLimits(max_items=100, max_memory_bytes=100, kill_to_stop=True)
    line = WorkerLine(worker, limits, PaceBook())
    line.receive(Hello(VERSION, 1))
    nursery.start_soon(end_left, line)
    line.lease(job, [leased(0, {})])
    worker.mark = Mark(2, 0)
    line.close(job)
    await trio.sleep(10)
    assert not line.condemned.is_set()
    worker.mark = Mark(1, 0)
    await trio.sleep(1)
    assert line.condemned.is_set()
