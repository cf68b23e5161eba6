"""Hosts that a job's user has slowed: what the queue gives out, and what a running job keeps to."""

from __future__ import annotations

from itertools import pairwise

import pytest
import trio

from actors.errors import LimitReached, NotFound
from actors.messages import CancelJob, PauseJob, ResumeJob
from actors.paces import PaceHost
from actors.rules.jobs import MAX_PACED_HOSTS
from actors.rules.queue import ItemQueue
from state.model import JobStatus
from state.paces import HostPace
from tests.support.servers import ALICE, ENDED, HOLD, Server, create, until

# As the kinds make them: always with a port.
SLOW, OTHER = "http://slow.test:80", "http://other.test:80"


def begun(queue, keys, count, now):
    """What may begin now, of what a runner would take."""
    taken = queue.take(min(count, queue.available(now)), now)
    return [index for index in taken if queue.admit(index, keys[index], now)]


def all_begun(queue, keys, now):
    """The same until there is no more, a few at a time."""
    found = []
    while queue.available(now):
        found += begun(queue, keys, 4, now)
    return found


def test_at_most_so_many_at_once_and_the_others_are_not_kept_waiting():
    keys = [SLOW] * 6 + [OTHER] * 3 + ["https://slow.test:443"]
    queue = ItemQueue(bytearray(b"\1" * len(keys)), {})
    queue.slow({"slow.test": HostPace(max_in_flight=2)}, 0.0)
    # The rest of them is put aside as it is met; both origins are the host's.
    assert all_begun(queue, keys, 0.0) == [0, 1, 6, 7, 8]
    assert queue.available(9_999.0) == 0
    for done, following in ((0, 2), (1, 3)):
        queue.end(done)
        assert all_begun(queue, keys, 1.0) == [following]
    # One that comes back makes room as well, and waits its turn.
    queue.defer(2, 1, 5.0, 2.0)
    assert all_begun(queue, keys, 2.0) == [4]
    assert all_begun(queue, keys, 8.0) == []
    queue.slow({}, 9.0)
    assert sorted(all_begun(queue, keys, 9.0)) == [2, 5, 9]
    assert queue.in_flight == queue.left


def test_a_delay_is_from_start_to_start_and_can_be_lifted():
    keys = [SLOW] * 4
    queue = ItemQueue(bytearray(b"\1" * 4), {})
    queue.slow({"slow.test": HostPace(delay_s=10.0)}, 0.0)
    assert all_begun(queue, keys, 0.0) == [0]
    assert queue.end(0)
    assert all_begun(queue, keys, 9.9) == []
    assert queue.next_wake() == 10.0
    assert all_begun(queue, keys, 10.0) == [1]
    # What the host itself asks for holds besides, whatever its user allows.
    queue.defer(1, 1, 50.0, 10.0, hold_key=True)
    assert all_begun(queue, keys, 59.0) == []
    queue.slow({}, 59.0)
    assert all_begun(queue, keys, 59.5) == []
    assert sorted(all_begun(queue, keys, 60.0)) == [1, 2, 3]


def test_a_longer_delay_ends_when_it_is_lifted():
    keys = [SLOW] * 3
    queue = ItemQueue(bytearray(b"\1" * 3), {})
    queue.slow({"slow.test": HostPace(max_in_flight=1, delay_s=3_600.0)}, 0.0)
    assert all_begun(queue, keys, 0.0) == [0]
    queue.end(0)
    assert all_begun(queue, keys, 1.0) == []
    queue.slow({"slow.test": HostPace(max_in_flight=1)}, 2.0)
    assert all_begun(queue, keys, 2.0) == [1]
    queue.slow({}, 3.0)
    assert all_begun(queue, keys, 3.0) == [2]


async def test_a_running_job_keeps_to_it_at_once_and_after_a_pause(autojump_clock):
    server = Server()
    items = [{"do": "sleep", "s": 1}] * 9
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create(items, concurrency=2, keys=[SLOW] * 9))
        await until(desk, "job", JobStatus.RUNNING)
        reply = await desk.ask(PaceHost("job", "slow.test", HostPace(1, 5.0)))
        assert reply.job.job.paces == {"slow.test": HostPace(1, 5.0)}
        await trio.sleep(20)
        await desk.ask(PauseJob("job"))
        await trio.sleep(100)
        await desk.ask(ResumeJob("job"))
        await trio.sleep(11)
        # What is said twice is no change, and what is lifted holds no longer.
        await desk.ask(PaceHost("job", "slow.test", HostPace(1, 5.0)))
        lifted_at = server.now()
        await desk.ask(PaceHost("job", "slow.test", None))
        view = await until(desk, "job", *ENDED)
        assert view.job.status is JobStatus.COMPLETED
        page = await server.store.read_outcomes(ALICE, "job")
        began = sorted(record.at - 1.0 for record, _ in page.records)
        slow = [at for at in began[2:] if at < lifted_at]
        assert 4 <= len(slow) <= 7
        assert all(two - one >= 4.9 for one, two in pairwise(slow))
        assert view.job.ended_at - lifted_at < 4


async def test_what_cannot_be_said(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([HOLD]))
        await until(desk, "job", JobStatus.RUNNING)
        with pytest.raises(NotFound):
            await desk.ask(PaceHost("none", "slow.test", HostPace(1)))
        for n in range(MAX_PACED_HOSTS):
            await desk.ask(PaceHost("job", f"h{n}.test", HostPace(1)))
        with pytest.raises(LimitReached):
            await desk.ask(PaceHost("job", "more.test", HostPace(1)))
        await desk.ask(PaceHost("job", "h1.test", HostPace(2)))
        await desk.ask(PaceHost("job", "h1.test", None))
        await desk.ask(PaceHost("job", "more.test", HostPace(1)))
        assert len(desk.published.jobs["job"].job.paces) == MAX_PACED_HOSTS
        await desk.ask(CancelJob("job"))
