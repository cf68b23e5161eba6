"""Endings that a desk had counted and its disk has lost: told to the user, and done again."""

import pytest

from actors.messages import PauseJob
from state.model import Counts, Damage, JobStatus
from tests.support.servers import ALICE, Server, create, nap, until, until_counts

GONE = "the file of the outcomes was damaged: 3 endings that had been counted are gone"


async def after_losing(lost, commands=()):
    """Another server, whose disk lost that many endings after the desk counted 4 of 6."""
    after = Server()
    before = Server()
    async with before.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1)] * 6, concurrency=1))
        await until_counts(desk, "job", 4)
        for command in commands:
            await desk.ask(command)
    after.store._desks = before.store._desks
    after.store._jobs = before.store._jobs
    after.store._marked = before.store._marked
    lines = after.store._jobs[ALICE, "job"].lines
    del lines[len(lines) - lost :]
    return after


async def told(server):
    page = await server.store.read_log(ALICE, "job")
    return [line.message for line in page.lines if line.message.startswith(GONE)]


async def test_what_was_lost_of_a_job_that_goes_on_is_done_again_and_told(autojump_clock):
    after = await after_losing(3)
    async with after.running() as directory:
        view = await until(await directory.find(ALICE), "job", JobStatus.COMPLETED)
        assert (view.counts, view.job.damage) == (Counts(6, ok=6), Damage(endings=3))
    assert len(await told(after)) == 1
    assert (await after.store.load(ALICE)).state.jobs["job"].damage == Damage(endings=3)


@pytest.mark.parametrize("lives", [1, 3])
async def test_a_job_that_waits_tells_it_once(autojump_clock, lives):
    after = await after_losing(3, [PauseJob("job")])
    for _ in range(lives):
        async with after.running() as directory:
            job = (await directory.find(ALICE)).published.jobs["job"].job
            assert job.damage == Damage(endings=3)
    assert len(await told(after)) == 1


async def test_a_whole_file_is_not_called_damaged(autojump_clock):
    after = await after_losing(0)
    async with after.running() as directory:
        view = await until(await directory.find(ALICE), "job", JobStatus.COMPLETED)
        assert view.job.damage is None
