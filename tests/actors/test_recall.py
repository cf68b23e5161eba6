"""Items that wait in a worker for their turn come back when nothing more is to begin."""

from __future__ import annotations

import trio

from actors.messages import PauseJob, ResumeJob
from state.model import Counts, JobStatus
from tests.support.servers import ALICE, ENDED, FAIL, Server, create, nap, until, until_counts


async def attempts(server):
    page = await server.store.read_outcomes(ALICE, "job", limit=100)
    return [record.attempts for record, _ in page.records]


async def test_a_pause_lets_the_item_at_work_end_and_no_other_begin(autojump_clock):
    server = Server(one_each=True)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(5)] * 6, concurrency=6))
        await trio.sleep(1)
        assert desk.published.jobs["job"].live.in_flight == 6
        await desk.ask(PauseJob("job"))
        await until_counts(desk, "job", 1)
        await trio.sleep(60)
        view = desk.published.jobs["job"]
        assert (view.job.status, view.counts) == (JobStatus.PAUSED, Counts(6, 1))
        await desk.ask(ResumeJob("job"))
        assert (await until(desk, "job", *ENDED)).job.counts == Counts(6, 6)
        assert await attempts(server) == [1] * 6


async def test_a_job_goes_on_where_it_is_resumed_before_it_has_drained(autojump_clock):
    server = Server(one_each=True)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(5)] * 6, concurrency=6))
        for _ in range(3):
            await trio.sleep(1)
            await desk.ask(PauseJob("job"))
            await trio.sleep(0.5)
            await desk.ask(ResumeJob("job"))
        assert (await until(desk, "job", *ENDED)).job.counts == Counts(6, 6)
        assert await attempts(server) == [1] * 6


async def test_the_first_failure_takes_back_what_waits(autojump_clock):
    server = Server(one_each=True)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        spec = {"stop_on_failure": True}
        await desk.ask(create([FAIL, *[nap(5)] * 8], concurrency=9, spec=spec))
        job = (await until(desk, "job", *ENDED)).job
        # The worker itself begins no other.
        assert job.counts == Counts(9, 0, 1)
