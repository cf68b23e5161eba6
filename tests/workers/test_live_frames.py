"""Pictures of pages at work: the newest of each, for those who look, within bounds."""

from __future__ import annotations

import pytest
import trio

from actors.ports import DeskKey, ItemProgress, LiveFrame
from tests.support.leasing import brief, leased
from workers.attachment import JobAttachment
from workers.crew import Crew
from workers.line import LineLimits
from workers.live import FRAME_MAX_AGE_S, RENEW_S, LiveFrames
from workers.logs import NoLog
from workers.outgoing import Outgoing
from workers.protocol import (
    JPEG_MAGIC,
    PICTURE_MAX_BYTES,
    WATCH_S,
    Events,
    Lease,
    Open,
    Picture,
    Watch,
)
from workers.screen import Screen

ALICE, BOB = (DeskKey("alice"), "job"), (DeskKey("bob"), "job")
JPEG = JPEG_MAGIC + b" picture"


@pytest.fixture
def live():
    live = LiveFrames(max_bytes=100)
    live.look(ALICE, None, 0.0)
    return live


def test_the_newest_picture_of_an_item_is_seen(live):
    live.put(ALICE, 3, b"old", 0.0)
    live.put(ALICE, 3, b"new", 1.0)
    assert live.look(ALICE, 3, 1.0) == LiveFrame(3, b"new")
    assert live.size_bytes == 3


def test_without_an_item_it_is_the_first_that_shows_something(live):
    live.put(ALICE, 5, b"five", 0.0)
    live.put(ALICE, 2, b"two", 0.0)
    live.put(ALICE, 5, b"five again", 1.0)
    assert live.look(ALICE, None, 1.0) == LiveFrame(2, b"two")
    assert live.look(ALICE, 4, 1.0) is None


def test_nobody_sees_the_job_of_another_desk(live):
    live.put(ALICE, 0, b"hers", 0.0)
    assert live.look(BOB, None, 0.0) is None
    assert live.look(BOB, 0, 0.0) is None


def test_a_picture_goes_with_its_item_and_with_its_job(live):
    live.put(ALICE, 0, b"zero", 0.0)
    live.put(ALICE, 1, b"one", 0.0)
    live.drop(ALICE, 0)
    assert live.look(ALICE, 0, 0.0) is None
    live.leave(ALICE)
    assert live.look(ALICE, None, 0.0) is None
    assert live.size_bytes == 0


def test_an_old_picture_is_not_shown(live):
    live.put(ALICE, 0, b"zero", 0.0)
    for at in (4.0, 8.0, FRAME_MAX_AGE_S):
        assert live.look(ALICE, 0, at) is not None
    assert live.look(ALICE, 0, FRAME_MAX_AGE_S + 0.1) is None
    assert live.size_bytes == 0


def test_what_nobody_looks_at_is_not_kept(live):
    live.put(BOB, 0, b"unseen", 0.0)
    assert live.size_bytes == 0
    live.put(ALICE, 0, b"seen", WATCH_S)
    assert live.size_bytes == 4
    live.put(ALICE, 1, b"too late", WATCH_S + 0.1)
    assert live.size_bytes == 0


def test_all_pictures_together_are_bounded_and_the_oldest_goes(live):
    for index in range(4):
        live.put(ALICE, index, bytes(40), float(index))
    assert live.size_bytes == 80
    assert [live.look(ALICE, index, 3.0) is not None for index in range(4)] == [
        False, False, True, True,
    ]  # fmt: skip


def test_workers_are_told_no_more_often_than_they_must_be(live):
    assert live.renew(ALICE, 0.0)
    assert not live.renew(ALICE, RENEW_S - 0.1)
    assert live.renew(BOB, RENEW_S - 0.1)
    assert live.renew(ALICE, RENEW_S)


class Recorder:
    """A worker that only keeps what is posted."""

    def __init__(self):
        self.posted = []

    def post(self, message):
        self.posted.append(message)

    def at_work(self):
        return None

    async def wait_room(self):
        pass

    async def run(self, line):
        self.line = line
        await trio.sleep_forever()


@pytest.fixture
def worker():
    return Recorder()


@pytest.fixture
async def crew(worker, nursery):
    limits = LineLimits(max_items=1000, max_memory_bytes=1000)
    crew = Crew(lambda: worker, seats=1, slots=4, limits=limits, log=NoLog(), live=LiveFrames())
    nursery.start_soon(crew.run)
    return crew


async def test_a_look_is_a_watch_and_pictures_follow_the_item(crew, worker, autojump_clock):
    desk, job_id = DeskKey("a"), "job-1"
    async with crew.attach(brief(), "m:C") as job:
        assert isinstance(job, JobAttachment)
        job.want(2)
        await job.wait_granted()
        assert crew.look(desk, job_id, None) is None
        assert worker.posted == []
        await job.lease([leased(0, {}), leased(1, {})])
        await trio.sleep(RENEW_S)
        assert crew.look(desk, job_id, None) is None
        assert crew.look(desk, job_id, 1) is None
        opened, lease, watch = worker.posted
        assert isinstance(opened, Open)
        assert isinstance(lease, Lease)
        assert watch == Watch(job.ref)
        worker.line.receive(Picture(job.ref, 1, JPEG))
        worker.line.receive(Events(job.ref, [ItemProgress(1, 0.5)]))
        assert crew.look(desk, job_id, None) == LiveFrame(1, JPEG)
        assert crew.look(DeskKey("b"), job_id, 1) is None
        worker.line.dead("killed by signal 9", 0.0)
        assert crew.look(desk, job_id, None) is None
    assert crew.look(desk, job_id, None) is None


class Now:
    at = 0.0

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Now()


@pytest.fixture
def sent():
    return []


@pytest.fixture
async def screen(sent, clock):
    screen = Screen(1, Outgoing(sent.append), clock)
    screen.begin(0)
    screen.watch()
    return screen


async def test_a_worker_shows_what_is_watched_and_at_work(screen, sent, clock):
    assert screen.watched()
    screen.show(0, JPEG)
    screen.show(7, JPEG)
    screen.show(0, bytes(PICTURE_MAX_BYTES + 1))
    clock.at = WATCH_S
    assert not screen.watched()
    screen.show(0, JPEG)
    screen.watch()
    screen.end(0)
    screen.show(0, JPEG)
    screen.begin(1)
    screen.close()
    screen.show(1, JPEG)
    assert sent == [Picture(1, 0, JPEG)]


async def test_a_picture_does_not_wait_behind_other_words(clock):
    sent, is_free = [], False
    screen = Screen(1, Outgoing(sent.append, lambda: is_free), clock)
    screen.begin(0)
    screen.watch()
    screen.show(0, JPEG)
    assert sent == []
    is_free = True
    screen.show(0, JPEG)
    assert sent == [Picture(1, 0, JPEG)]
