"""Jobs from their creation to their end, through desk, runner, workers and store."""

import pytest
import trio

from actors.errors import InvalidStatus, JobGone, LimitReached, NotFound
from actors.messages import CancelJob, DeleteJob, PauseJob, ResumeJob, RetryJob, StartJob
from state.model import Counts, JobStatus, OutcomeStatus
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
    until_counts,
)


async def test_a_job_runs_to_its_end_and_all_of_it_is_on_disk(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        reply = await desk.ask(create([OK, FAIL, OK]))
        assert (reply.job.job.status, reply.job.job.run) == (JobStatus.QUEUED, 1)
        view = await until(desk, "job", *ENDED)
        assert view.job.status is JobStatus.PARTIALLY_COMPLETED
        assert view.job.counts == Counts(3, ok=2, failed=1)
        assert statuses(desk.published) == ["pending", "queued", "running", "partially_completed"]
        page = await server.store.read_outcomes(ALICE, "job")
        assert [r.status for r, _ in page.records] == [
            OutcomeStatus.OK,
            OutcomeStatus.FAILED,
            OutcomeStatus.OK,
        ]
        kept = (await server.store.load(ALICE)).state.jobs["job"]
        assert (kept.status, kept.counts) == (view.job.status, view.job.counts)


@pytest.mark.parametrize(
    ("items", "status"),
    [([OK, OK], "completed"), ([FAIL, FAIL], "failed"), ([FAIL, OK], "partially_completed")],
)
async def test_the_verdict_is_in_the_counts(autojump_clock, items, status):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create(items))
        assert (await until(desk, "job", *ENDED)).job.status == status


async def test_a_pause_lets_what_is_in_flight_end_and_resume_does_the_rest(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(10)] * 6, concurrency=2))
        await until_counts(desk, "job", 2)
        paused = await desk.ask(PauseJob("job"))
        assert (paused.job.job.status, paused.job.job.reason) == (JobStatus.PAUSED, "user")
        await trio.sleep(100)
        assert desk.published.jobs["job"].counts.done == 4
        assert desk.published.jobs["job"].job.status is JobStatus.PAUSED
        await desk.ask(ResumeJob("job"))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(6, ok=6)


async def test_resume_while_draining_goes_on_with_the_same_runner(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(10)] * 3, concurrency=1))
        await trio.sleep(5)
        await desk.ask(PauseJob("job"))
        await desk.ask(ResumeJob("job"))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(3, ok=3)
        log = await server.store.read_log(ALICE, "job")
        assert len([line for line in log.lines if line.message.startswith("started")]) == 1


async def test_cancel_stops_at_once_and_retry_does_only_what_is_left(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, FAIL, nap(50), nap(50)], concurrency=3))
        await until_counts(desk, "job", 2)
        reply = await desk.ask(CancelJob("job"))
        assert reply.job.job.counts == Counts(4, ok=1, failed=1)
        assert reply.job.job.ended_at is not None
        before = trio.current_time()
        reply = await desk.ask(RetryJob("job"))
        assert (reply.job.job.run, reply.job.job.counts.failed) == (2, 0)
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(4, ok=3, failed=1)
        assert trio.current_time() - before < 60
        page = await server.store.read_outcomes(ALICE, "job")
        assert [r.run for r, _ in page.records] == [1, 2, 2, 2]


async def test_nothing_to_retry_is_refused(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        with pytest.raises(InvalidStatus):
            await desk.ask(RetryJob("job"))


async def test_delete_of_a_running_job_cancels_it_and_takes_its_files(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([HOLD, OK], key="k"))
        await until_counts(desk, "job", 1)
        reply = await desk.ask(DeleteJob("job"))
        assert reply.job is None
        assert desk.published.jobs == {}
        assert statuses(desk.published)[-2:] == ["cancelled", None]
        await trio.sleep(5)
        assert server.store._jobs == {}
        with pytest.raises(JobGone):
            await desk.ask(create([HOLD, OK], key="k"))
        with pytest.raises(NotFound):
            await desk.ask(DeleteJob("job"))


async def test_lanes_run_one_after_the_other_and_side_by_side(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(10)], job_id="a1"))
        await desk.ask(create([nap(10)], job_id="a2"))
        await desk.ask(create([nap(10)], job_id="a3", priority=5))
        await desk.ask(create([nap(10)], job_id="b1", lane="b"))
        await trio.sleep(5)
        running = [k for k, v in desk.published.jobs.items() if v.job.status == "running"]
        assert running == ["a1", "b1"]
        await until(desk, "a3", JobStatus.RUNNING)
        assert desk.published.jobs["a2"].job.status is JobStatus.QUEUED
        await until(desk, "a2", *ENDED)


async def test_a_job_without_executor_fails_with_the_reason(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], kind="unknown"))
        view = await until(desk, "job", *ENDED)
        assert view.job.status is JobStatus.FAILED
        assert "unknown" in view.job.error


async def test_a_job_that_cannot_open_fails_with_the_reason(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], spec={"open_error": "no template"}))
        view = await until(desk, "job", *ENDED)
        assert view.job.status is JobStatus.FAILED
        assert "no template" in view.job.error


async def test_commands_that_do_not_fit_are_refused_and_change_nothing(autojump_clock):
    server = Server(max_jobs=1)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False))
        saves = server.store.saves
        for command in (PauseJob("job"), ResumeJob("job"), RetryJob("job")):
            with pytest.raises(InvalidStatus):
                await desk.ask(command)
        with pytest.raises(NotFound):
            await desk.ask(StartJob("other"))
        with pytest.raises(LimitReached):
            await desk.ask(create([OK], job_id="second"))
        assert server.store.saves == saves
        assert list(server.store._jobs) == [(ALICE, "job")]


async def test_why_a_job_was_cancelled_stays_with_it_until_it_is_begun_again(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(50)]))
        reply = await desk.ask(CancelJob("job", reason="stopped"))
        assert (reply.job.job.status, reply.job.job.reason) == (JobStatus.CANCELLED, "stopped")
        assert desk.published.transitions[-1].reason == "stopped"
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        assert desk.published.jobs["job"].job.reason == "stopped"
        reply = await desk.ask(RetryJob("job"))
        assert reply.job.job.reason is None
        await desk.ask(CancelJob("job"))
        assert desk.published.jobs["job"].job.reason is None
