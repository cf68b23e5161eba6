"""A job that is to stop at its first failure does, over retries and crashes; others go on."""

from __future__ import annotations

import trio

from actors.messages import PauseJob, ResumeJob, RetryJob
from state.model import Counts, JobStatus
from tests.support.servers import ALICE, ENDED, FAIL, OK, Server, create, nap, until

STOPS = {"stop_on_failure": True}


async def ended(desk):
    await until(desk, "job", *ENDED)
    return desk.published.jobs["job"].job


async def test_nothing_is_begun_after_the_first_failure(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, FAIL, *[OK] * 8], concurrency=1, spec=STOPS))
        job = await ended(desk)
        assert (job.status, job.counts) == (JobStatus.PARTIALLY_COMPLETED, Counts(10, 1, 1))
        assert job.error == "stopped at its first failure, as it was to: 8 items were not done"
        assert job.error in [
            line.message for line in (await server.store.read_log(ALICE, "job")).lines
        ]


async def test_what_is_at_work_ends(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(5), FAIL, *[OK] * 8], concurrency=2, spec=STOPS))
        job = await ended(desk)
        assert job.counts == Counts(10, 1, 1)


async def test_a_job_without_success_has_failed(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([FAIL, OK], concurrency=1, spec=STOPS))
        assert (await ended(desk)).status is JobStatus.FAILED


async def test_a_failure_of_the_last_item_leaves_nothing_to_tell(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, FAIL], concurrency=1, spec=STOPS))
        assert (await ended(desk)).error is None


async def test_a_failure_stops_only_jobs_that_ask_for_it(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([FAIL, *[OK] * 8], concurrency=1, spec={"stop_on_failure": False}))
        assert (await ended(desk)).counts == Counts(9, 8, 1)


async def test_a_retry_goes_on_with_what_was_left(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([FAIL, *[OK] * 5], concurrency=3, spec=STOPS))
        assert (await ended(desk)).counts == Counts(6, 2, 1)
        await desk.ask(RetryJob("job"))
        await until(desk, "job", JobStatus.RUNNING)
        job = await ended(desk)
        assert (job.status, job.counts) == (JobStatus.PARTIALLY_COMPLETED, Counts(6, 5, 1))
        assert job.error is None


async def test_a_failure_that_comes_again_keeps_nothing_from_being_done(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, FAIL, OK, FAIL, OK], concurrency=1, spec=STOPS))
        seen = [(await ended(desk)).counts]
        while seen[-1].ok < 3:
            await desk.ask(RetryJob("job"))
            await until(desk, "job", JobStatus.RUNNING)
            seen.append((await ended(desk)).counts)
            assert len(seen) < 5
        # Then only those are left that fail whenever they are done.
        assert seen == [Counts(5, 1, 1), Counts(5, 2, 1), Counts(5, 3, 1)]


async def test_a_pause_and_a_crash_change_nothing_of_it(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(5), FAIL, *[OK] * 8], concurrency=2, spec=STOPS))
        await trio.sleep(1)
        await desk.ask(PauseJob("job"))
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await desk.ask(ResumeJob("job"))
        job = await ended(desk)
        # What was at work when the server went down has not ended; it is not begun again.
        assert (job.status, job.counts) == (JobStatus.FAILED, Counts(10, 0, 1))
