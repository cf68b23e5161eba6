"""The parent's bookkeeping of one worker: it believes nothing that the worker cannot know."""

from __future__ import annotations

import pytest
from msgspec import Raw

from actors.ports import (
    ArtifactChunk,
    ItemAnswer,
    ItemAsks,
    ItemDeferred,
    ItemEnded,
    ItemProgress,
    ItemsFound,
    ItemsLost,
    JobBroken,
)
from state.model import InputItem, OutcomeStatus
from state.spending import Spend
from tests.support.leasing import brief, leased
from tests.support.naming import spelled
from workers.attachment import JobAttachment
from workers.line import LineLimits, WorkerLine
from workers.pace import PaceBook
from workers.protocol import (
    ARTIFACT_CHUNK_BYTES,
    ARTIFACT_CREDIT_BYTES,
    CREDIT_TOLD_BYTES,
    JPEG_MAGIC,
    LEASE_BATCH,
    PICTURE_MAX_BYTES,
    VERSION,
    Answers,
    ArtifactPart,
    Ask,
    Close,
    Closed,
    Credit,
    Drain,
    Events,
    Hello,
    Lease,
    Open,
    Picture,
    ProtocolError,
    Usage,
)
from workers.shares import Shares


class Recorder:
    """A worker that only keeps what is posted; also the route of its one line."""

    def __init__(self):
        self.posted = []
        limits = LineLimits(max_items=1000, max_memory_bytes=1000)
        self.line = WorkerLine(self, limits, PaceBook())

    def post(self, message):
        self.posted.append(message)

    def at_work(self):
        return None

    async def wait_room(self):
        pass

    async def lease(self, job, items):
        self.line.lease(job, items)

    def recall(self, job):
        self.line.recall(job)

    def taken(self, job):
        self.line.taken(job)

    def close(self, job):
        self.line.close(job)


@pytest.fixture
async def worker():
    return Recorder()


@pytest.fixture
def shares():
    return Shares(200)


@pytest.fixture
async def job(worker, shares):
    """A job with two items at work in the worker."""
    job = JobAttachment(1, brief(), "m:C", shares=shares, route=worker)
    job.want(150)
    await job.wait_granted()
    await job.lease([leased(0, {}), leased(1, {})])
    return job


def ended(index):
    return ItemEnded(index=index, status=OutcomeStatus.OK, attempts=1, duration_ms=1.0)


def chunk(index, size):
    return ArtifactPart(1, ArtifactChunk(index=index, name="a", data=bytes(size), last=False))


async def test_a_job_is_opened_once_and_leases_go_in_batches(worker, job):
    await job.lease([leased(n, {}) for n in range(2, 148)])
    opened, first, *rest = worker.posted
    assert isinstance(opened, Open)
    assert len(first.items) == 2
    assert [len(lease.items) for lease in rest] == [LEASE_BATCH, LEASE_BATCH, 18]
    assert all(isinstance(message, Lease) for message in rest)


async def test_an_end_is_delivered_and_frees_its_slot(worker, job, shares):
    before = shares.free_slots
    worker.line.receive(Events(1, [ended(0)]))
    assert await job.wait_events() == [ended(0)]
    assert shares.free_slots == before + 1
    assert worker.line.in_flight == 1


@pytest.mark.parametrize(
    "message",
    [
        Events(1, [ended(7)]),
        Events(1, [ended(0), ended(0)]),
        Events(2, [ended(0)]),
        Events(1, [ItemProgress(7, 0.5)]),
        Events(1, [ItemsLost((0, 7), "no")]),
        Events(1, [ItemsLost((0,), "no"), ended(0)]),
        Picture(1, 7, b""),
        Picture(2, 0, b""),
        Picture(1, 0, JPEG_MAGIC + bytes(PICTURE_MAX_BYTES)),
        Picture(1, 0, b"<svg>"),
        Closed(1),
        Closed(2),
        chunk(7, 1),
        chunk(0, ARTIFACT_CREDIT_BYTES + 1),
        Hello(99, 1),
    ],
    ids=spelled,
)
async def test_what_a_worker_cannot_know_breaks_the_protocol(worker, job, message):
    with pytest.raises(ProtocolError):
        worker.line.receive(message)


async def test_an_item_cannot_be_leased_twice_at_once(job):
    with pytest.raises(ValueError, match="leased already"):
        await job.lease([leased(0, {})])


async def test_credit_is_given_when_the_runner_took_the_chunks(worker, job):
    worker.line.receive(chunk(0, ARTIFACT_CREDIT_BYTES // 2))
    worker.line.receive(chunk(1, ARTIFACT_CREDIT_BYTES // 2))
    assert not any(isinstance(message, Credit) for message in worker.posted)
    await job.wait_events()
    assert worker.posted[-1] == Credit(1, ARTIFACT_CREDIT_BYTES)
    worker.line.receive(chunk(0, ARTIFACT_CREDIT_BYTES))


async def test_little_credit_is_given_with_what_follows_it(worker, job):
    told = len(worker.posted)
    worker.line.receive(chunk(0, CREDIT_TOLD_BYTES - 1))
    await job.wait_events()
    assert worker.posted[told:] == []
    # There is room for any piece, whatever is not told yet.
    worker.line.receive(chunk(0, ARTIFACT_CHUNK_BYTES))
    await job.wait_events()
    assert worker.posted[told:] == [Credit(1, CREDIT_TOLD_BYTES - 1 + ARTIFACT_CHUNK_BYTES)]


async def test_a_job_that_is_being_closed_is_given_no_credit(worker, job):
    worker.line.receive(chunk(0, CREDIT_TOLD_BYTES))
    job.cancel()
    worker.line.taken(job)
    assert worker.posted[-1] == Close(1)


async def test_after_cancel_nothing_is_delivered_and_slots_come_with_closed(worker, job, shares):
    job.cancel()
    job.cancel()
    assert worker.posted.count(Close(1)) == 1
    worker.line.receive(Events(1, [ended(0)]))
    assert shares.free_slots == 199
    worker.line.receive(Closed(1))
    assert shares.free_slots == 200
    await worker.line.busy.wait_off()


async def test_a_broken_job_is_closed_and_its_slots_come_back(worker, job, shares):
    worker.line.receive(Events(1, [JobBroken("no")]))
    assert await job.wait_events() == [JobBroken("no")]
    assert worker.posted[-1] == Close(1)
    worker.line.receive(Closed(1))
    assert shares.free_slots == 200


async def test_a_dead_worker_loses_what_it_held(worker, job, shares):
    worker.line.receive(Hello(VERSION, 1))
    worker.line.receive(Events(1, [ended(0), ItemProgress(1, 0.5)]))
    worker.line.dead("killed by signal 9", 0.0)
    assert await job.wait_events() == [ended(0), ItemsLost((1,), "killed by signal 9")]
    job.cancel()
    assert shares.free_slots == 200


async def test_an_item_lost_with_its_browser_comes_back_and_frees_its_slot(worker, job, shares):
    before = shares.free_slots
    worker.line.receive(Events(1, [ItemProgress(0, 0.5), ItemsLost((0,), "it died")]))
    assert await job.wait_events() == [ItemsLost((0,), "it died")]
    assert shares.free_slots == before + 1
    await job.lease([leased(0, {})])
    worker.line.receive(Events(1, [ended(0)]))


async def test_a_worker_that_never_came_up_lost_nothing(worker, job):
    worker.line.dead("no", 2.0)
    assert await job.wait_events() == [
        ItemDeferred(index=n, attempts=0, delay_s=2.0, error="no") for n in (0, 1)
    ]


async def test_a_retired_worker_is_drained_when_its_last_item_is_over(worker, job):
    worker.line.receive(Usage(999))
    assert not worker.line.left.is_set()
    worker.line.receive(Usage(1000))
    assert worker.line.left.is_set()
    worker.line.receive(Events(1, [ended(0)]))
    assert Drain() not in worker.posted
    worker.line.receive(Events(1, [ended(1)]))
    assert worker.posted[-1] == Drain()
    worker.line.receive(Closed(1))


async def test_progress_is_the_newest_and_behind_what_ended(worker, job):
    progress = [ItemProgress(0, 0.1), ItemProgress(1, 0.1), ItemProgress(0, 0.2)]
    worker.line.receive(Events(1, progress))
    worker.line.receive(Events(1, [ended(1)]))
    assert await job.wait_events() == [ended(1), ItemProgress(0, 0.2)]


def found(index, count, size):
    items = [InputItem(Raw(b'"%b"' % (b"x" * size)), "", f"/{number}") for number in range(count)]
    return ItemsFound(index, tuple(items))


async def test_found_items_are_delivered_on_the_credit_that_artifacts_have(worker, job):
    event = found(0, 10, 1_000)
    worker.line.receive(Events(1, [event, ended(1)]))
    assert await job.wait_events() == [event, ended(1)]
    worker.line.receive(chunk(0, CREDIT_TOLD_BYTES - event.size_bytes))
    await job.wait_events()
    assert worker.posted[-1] == Credit(1, CREDIT_TOLD_BYTES)
    worker.line.receive(chunk(0, ARTIFACT_CREDIT_BYTES - 5_000))
    with pytest.raises(ProtocolError, match="more than was allowed"):
        worker.line.receive(Events(1, [event]))


async def test_items_found_by_none_that_is_leased_are_refused(worker, job):
    worker.line.receive(Events(1, [ended(0)]))
    for index in (0, 2):
        with pytest.raises(ProtocolError, match=f"item {index} found some"):
            worker.line.receive(Events(1, [found(index, 1, 1)]))


async def test_an_item_asks_and_is_answered_where_it_is_at_work(worker, job):
    asks = ItemAsks(index=0, number=3, so_far=Spend(1))
    worker.line.receive(Ask(1, asks))
    assert await job.wait_events() == [asks]
    answer = ItemAnswer(index=0, number=3)
    posted = len(worker.posted)
    worker.line.answer(job, [ItemAnswer(index=2, number=1), answer])
    assert worker.posted[posted:] == [Answers(1, (answer,))], "what is elsewhere is not told here"
    worker.line.answer(job, [ItemAnswer(index=2, number=1)])
    assert len(worker.posted) == posted + 1
    with pytest.raises(ProtocolError, match="item 2 asks, not leased"):
        worker.line.receive(Ask(1, ItemAsks(index=2, number=4, so_far=Spend())))


async def test_many_tiny_items_are_counted_by_more_than_their_bytes(worker, job):
    with pytest.raises(ProtocolError, match="more than was allowed"):
        worker.line.receive(Events(1, [found(0, ARTIFACT_CREDIT_BYTES // 64, 1)]))
