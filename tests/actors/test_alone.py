"""A job that is to be alone in its lane: made only where every other one there has ended."""

import pytest
import trio
from msgspec.structs import replace

from actors.errors import LaneBusy
from actors.messages import CancelJob, PauseJob, RetryJob
from actors.rules.change import Limits, Moment
from actors.rules.jobs import decide
from state.model import TERMINAL, Counts, DeskState, Job, JobStatus
from tests.support.servers import (
    ALICE,
    ENDED,
    FAIL,
    HOLD,
    OK,
    Server,
    create,
    nap,
    statuses,
    until,
)

LIMITS = Limits(max_jobs=9, max_idempotency_keys=9, idempotency_ttl_s=9.0)


def alone(*, job_id: str = "alone", items=(OK,), **fields):
    return replace(create(list(items), job_id=job_id, **fields), alone=True)


def a_desk_with(status: JobStatus) -> DeskState:
    job = Job(
        id="first",
        kind="scripted",
        name="first",
        lane="scripted",
        arrival=0,
        status=status,
        counts=Counts(total=1),
        created_at=0.0,
    )
    return DeskState(created_at=0.0, jobs={"first": job}, next_arrival=1)


@pytest.mark.parametrize("status", JobStatus)
def test_only_what_has_ended_leaves_the_lane_free(status):
    state = a_desk_with(status)
    if status in TERMINAL:
        assert "alone" in decide(state, alone(), Moment(1.0, 1), LIMITS).change.state.jobs
    else:
        with pytest.raises(LaneBusy, match="scripted"):
            decide(state, alone(), Moment(1.0, 1), LIMITS)


@pytest.mark.parametrize("status", JobStatus)
def test_other_lanes_do_not_matter(status):
    state = a_desk_with(status)
    decided = decide(state, alone(lane="another"), Moment(1.0, 1), LIMITS)
    assert decided.change.state.jobs.keys() == {"first", "alone"}


async def test_of_two_at_once_one_is_made_and_nothing_is_left_of_the_other(autojump_clock):
    server = Server()
    told = {}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        # Both are staged while the disk is slow, and decided in one turn.
        server.store.faults.delay("write_inputs", 1.0)

        async def ask(job_id: str) -> None:
            try:
                told[job_id] = (await desk.ask(alone(job_id=job_id, items=[HOLD]))).job.job.id
            except LaneBusy as refusal:
                told[job_id] = refusal.code

        async with trio.open_nursery() as tasks:
            tasks.start_soon(ask, "one")
            tasks.start_soon(ask, "two")
        (winner,) = desk.published.jobs
        (loser,) = {"one", "two"} - {winner}
        assert told == {winner: winner, loser: "lane_busy"}
        await trio.sleep(1)
        assert {job_id for _, job_id in server.store._jobs} == {winner}


async def test_a_refused_one_is_made_once_the_other_was_cancelled(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(alone(job_id="first", items=[HOLD]))
        await desk.ask(PauseJob("first"))
        with pytest.raises(LaneBusy):
            await desk.ask(alone())
        await desk.ask(CancelJob("first"))
        await desk.ask(alone())
        await until(desk, "alone", *ENDED)
        assert statuses(desk.published, "alone")[-1] == "completed"


async def test_the_repetition_of_a_create_is_answered_as_the_first_was(autojump_clock):
    """Its own job is what the lane is busy with."""
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        first = await desk.ask(alone(job_id="first", items=[HOLD], key="key"))
        again = await desk.ask(alone(job_id="second", items=[HOLD], key="key"))
        assert again.replayed
        assert (again.job.job.id, again.revision) == ("first", first.revision)
        assert list(desk.published.jobs) == ["first"]
        with pytest.raises(LaneBusy):
            await desk.ask(alone(job_id="third", key="another key"))


async def test_a_create_and_its_repetition_at_once_are_one_job(autojump_clock):
    server = Server()
    replies = []
    async with server.running() as directory:
        desk = await directory.create(ALICE)

        async def ask(job_id: str) -> None:
            replies.append(await desk.ask(alone(job_id=job_id, items=[HOLD], key="key")))

        async with trio.open_nursery() as tasks:
            tasks.start_soon(ask, "one")
            tasks.start_soon(ask, "two")
        assert len({reply.job.job.id for reply in replies}) == 1
        assert len(desk.published.jobs) == 1


async def test_a_job_that_is_retried_waits_its_turn_in_a_busy_lane(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(alone(job_id="first", items=[FAIL]))
        await until(desk, "first", *ENDED)
        await desk.ask(alone(job_id="second", items=[nap(50)]))
        assert (await desk.ask(RetryJob("first"))).job.job.status is JobStatus.QUEUED
        await trio.sleep(20)
        assert desk.published.jobs["first"].job.status is JobStatus.QUEUED
        await until(desk, "first", *ENDED)
        assert desk.published.jobs["second"].job.status is JobStatus.COMPLETED
