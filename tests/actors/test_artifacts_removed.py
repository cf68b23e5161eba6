"""Files of a job are removed: durably, counted, and never under a run that makes some."""

from __future__ import annotations

import pytest
import trio

from actors.errors import InvalidStatus, NotFound, StorageUnavailable
from actors.messages import DeleteJob, RemoveArtifacts, RetryJob
from state.errors import StorageBroken, StorageFull
from state.model import JobStatus
from tests.support.servers import ENDED, Server, create, until
from tests.support.states import ALICE


def made(name, **more):
    return {"do": "artifact", "name": name, "bytes": 100, **more}


async def listed(server):
    return [artifact.name for artifact in await server.store.list_artifacts(ALICE, "job")]


async def ended_job(directory, *items):
    desk = await directory.create(ALICE)
    await desk.ask(create(list(items) or [made("a"), made("b")]))
    await until(desk, "job", *ENDED)
    return desk


async def test_they_are_gone_and_the_job_is_another_than_before(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await ended_job(directory)
        before = desk.published.jobs["job"].job.revision
        reply = await desk.ask(RemoveArtifacts("job", ("a", "no such")))
        assert (reply.removed, await listed(server)) == (1, ["b"])
        # What is kept of its files, archives and pages, is kept for a revision.
        assert desk.published.jobs["job"].job.revision == reply.revision > before
        assert desk.published.disk.used_bytes == server.store.sizes.usage(ALICE).used_bytes
        server.store.lose_power()
    async with server.running() as directory:
        await directory.find(ALICE)
        assert await listed(server) == ["b"]


async def test_none_goes_while_the_job_runs(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([made("a", then="sleep", s=60)]))
        await until(desk, "job", JobStatus.RUNNING)
        await trio.sleep(1)
        with pytest.raises(InvalidStatus) as refusal:
            await desk.ask(RemoveArtifacts("job", ("a",)))
        assert refusal.value.details == {"status": "running", "cause": "files_in_use"}
        assert await listed(server) == ["a"]


async def test_a_run_that_begins_meanwhile_waits_for_it(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await ended_job(directory, made("a"), {"do": "fail"})
        server.store.faults.delay("remove_artifacts", 5)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(desk.ask, RemoveArtifacts("job", ("a",)))
            await trio.sleep(1)
            await desk.ask(RetryJob("job"))
        view = await until(desk, "job", *ENDED)
        assert (view.job.run, await listed(server)) == (2, [])


async def test_a_job_that_is_deleted_meanwhile_has_none(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await ended_job(directory)
        server.store.faults.delay("remove_artifacts", 5)
        told = []

        async def remove():
            try:
                await desk.ask(RemoveArtifacts("job", ("a",)))
            except NotFound as error:
                told.append(error)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(remove)
            await trio.sleep(1)
            await desk.ask(DeleteJob("job"))
        assert len(told) == 1


@pytest.mark.parametrize("fault", [StorageFull("full"), StorageBroken("EIO")])
async def test_a_disk_that_does_not_take_it_is_told_and_nothing_is_gone(autojump_clock, fault):
    server = Server()
    async with server.running() as directory:
        desk = await ended_job(directory)
        server.store.faults.fail("remove_artifacts", fault)
        with pytest.raises(StorageUnavailable):
            await desk.ask(RemoveArtifacts("job", ("a",)))
        assert await listed(server) == ["a", "b"]
        assert (await desk.ask(RemoveArtifacts("job", ("a",)))).removed == 1


async def test_a_job_that_there_is_not_has_no_files(autojump_clock):
    async with Server().running() as directory:
        desk = await directory.create(ALICE)
        with pytest.raises(NotFound):
            await desk.ask(RemoveArtifacts("no-job", ("a",)))
