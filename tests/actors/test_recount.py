"""After a kill -9 a desk shows what its jobs' files hold, from the first snapshot on."""

import copy

import pytest
import trio
from msgspec.structs import replace

from actors.errors import StorageUnavailable
from actors.messages import CancelJob, PauseJob
from state.errors import StorageBroken
from state.model import Counts, JobStatus
from tests.support.servers import ALICE, Server, create, nap, until_counts


async def killed(server, commands=()):
    """Another server, on the disk as it was when this one had 4 of 10 items done."""
    after = Server(boot="paused")
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1)] * 10, concurrency=1))
        await until_counts(desk, "job", 4)
        await trio.sleep(0.5)
        for command in commands:
            await desk.ask(command)
        after.store._desks = dict(server.store._desks)
        after.store._jobs = copy.deepcopy(server.store._jobs)
    for job in after.store._jobs.values():
        job.writing = False
    return after


@pytest.mark.parametrize("commands", [[], [PauseJob("job")]])
async def test_a_job_that_waits_after_a_kill_shows_what_it_did(autojump_clock, commands):
    after = await killed(Server(save_every_s=1_000), commands)
    assert (await after.store.load(ALICE)).state.jobs["job"].counts == Counts(10)
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        assert desk.published.jobs["job"].counts == Counts(10, ok=4)
        await trio.sleep(60)
        view = desk.published.jobs["job"]
        assert (view.job.status, view.counts) == (JobStatus.PAUSED, Counts(10, ok=4))
        saved = (await after.store.load(ALICE)).state.jobs["job"]
        assert saved.status is JobStatus.PAUSED


async def test_work_goes_on_by_itself_after_a_disk_that_failed_at_the_start(autojump_clock):
    after = await killed(Server(save_every_s=1_000))
    after.settings = replace(after.settings, boot="resume")
    after.store.faults.fail("load", StorageBroken("EIO"), times=3)
    after.store._marked = {ALICE}
    async with after.running() as directory:
        await trio.sleep(60)
        assert len(after.heard.said("a desk with work was not opened")) == 3
        desk = await directory.find(ALICE)
        assert desk.published.jobs["job"].job.status is JobStatus.COMPLETED


async def test_a_job_that_cannot_be_recounted_keeps_its_counts(autojump_clock):
    after = await killed(Server(save_every_s=1_000))
    after.store.faults.fail("open_outcomes", StorageBroken("EIO"))
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        assert desk.published.jobs["job"].counts == Counts(10)
        assert after.heard.said("a job was not recounted")


async def saved_with(store, **fields):
    state = (await store.load(ALICE)).state
    job = replace(state.jobs["job"], **fields)
    await store.save(ALICE, replace(state, jobs={"job": job}))


async def test_a_job_cancelled_moments_before_a_kill_counts_what_it_did(autojump_clock):
    after = await killed(Server(save_every_s=1_000), [CancelJob("job")])
    saved = (await after.store.load(ALICE)).state.jobs["job"]
    assert (saved.status, saved.counts, saved.lagging) == (JobStatus.CANCELLED, Counts(10), True)
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        assert desk.published.jobs["job"].counts == Counts(10, ok=4)
        await trio.sleep(60)
        saves = after.store.saves
        await trio.sleep(60)
        assert after.store.saves == saves
    kept = (await after.store.load(ALICE)).state.jobs["job"]
    assert (kept.counts, kept.lagging) == (Counts(10, ok=4), False)


async def test_a_cancelled_job_is_settled_by_the_last_counts_of_its_runner(autojump_clock):
    server = Server(save_every_s=1_000)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1)] * 10, concurrency=1))
        await until_counts(desk, "job", 4)
        await desk.ask(CancelJob("job"))
        await trio.sleep(1)
        kept = (await server.store.load(ALICE)).state.jobs["job"]
        assert (kept.counts, kept.lagging) == (Counts(10, ok=4), False)


@pytest.mark.parametrize("status", [JobStatus.PAUSED, JobStatus.QUEUED])
async def test_a_job_that_waits_for_its_turn_again_shows_what_it_did(autojump_clock, status):
    after = await killed(Server(save_every_s=1_000))
    await saved_with(after.store, status=status, reason="user" if status == "paused" else None)
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        assert desk.published.jobs["job"].counts == Counts(10, ok=4)
    kept = (await after.store.load(ALICE)).state.jobs["job"]
    assert kept.counts == Counts(10, ok=4)


async def test_a_desk_that_dies_before_its_first_save_does_not_show_another_truth(autojump_clock):
    after = await killed(Server(save_every_s=1_000), [PauseJob("job")])
    after.store.faults.fail("open_outcomes", StorageBroken("EIO"))
    after.store.faults.fail("save", StorageBroken("EIO"), times=3)
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        first = desk.published
        with pytest.raises(StorageUnavailable):
            await desk.ask(CancelJob("job"))
        await trio.sleep(0.5)
        assert after.supervisor.stats.restarts == 1
        assert desk.published is first
        await trio.sleep(10)
        view = desk.published.jobs["job"]
        assert view.counts == Counts(10, ok=4)
        # Or whoever has seen the desk as it was is never told.
        assert first.revision < view.job.revision <= desk.published.revision


async def test_who_knows_a_job_from_before_a_restart_is_told_what_was_recounted(autojump_clock):
    after = await killed(Server(save_every_s=1_000), [CancelJob("job")])
    known = (await after.store.load(ALICE)).state.jobs["job"].revision
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        assert desk.published.jobs["job"].job.revision > known


async def test_what_is_decided_after_a_recount_has_a_revision_of_its_own(autojump_clock):
    after = await killed(Server(save_every_s=1_000), [PauseJob("job")])
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        recounted = desk.published.jobs["job"].job
        await desk.ask(CancelJob("job"))
        cancelled = desk.published.jobs["job"].job
        assert cancelled.status is JobStatus.CANCELLED
        # A front end keeps a job's text for each of its revisions.
        assert cancelled.revision > recounted.revision
