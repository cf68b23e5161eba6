"""What a job counts whose runner crashed in the middle of writing: found by the simulation."""

from __future__ import annotations

import trio

from state.model import Counts, JobStatus
from tests.support.servers import ALICE, OK, Server, create, until


async def test_a_job_that_crashed_while_it_synced_is_recounted(autojump_clock):
    """Seed 156: its lines said 10 endings, the job for ever none, though they were synced since."""
    server = Server()
    server.store.faults.fail("sync", RuntimeError("a bug"), times=2)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK] * 10))
        view = await until(desk, "job", JobStatus.FAILED)
        assert view.job.counts == Counts(10)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        assert desk.published.jobs["job"].counts == Counts(10, ok=10)
        assert desk.published.jobs["job"].job.status is JobStatus.FAILED


async def test_a_crash_does_not_hide_what_was_synced_before_it(autojump_clock):
    """Its last sync failed too, and then it told the counts of its start."""
    server = Server(save_every_s=1.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, {"do": "sleep", "s": 10}, OK], concurrency=2))
        await until(desk, "job", JobStatus.RUNNING)
        await trio.sleep(5)
        server.store.faults.fail("append", RuntimeError("a bug"), times=2)
        view = await until(desk, "job", JobStatus.FAILED)
        assert view.job.counts == Counts(3, ok=2)
