"""Small artifacts on their way to the store: many to a sync, and always before their outcomes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import trio

from actors.ports import ArtifactChunk
from actors.runner.artifacts import SMALL_MAX_BYTES, Artifacts
from state.errors import StorageBroken, StorageFull
from state.memory import MemoryStore
from state.model import Counts, JobStatus
from tests.support.servers import ENDED, Server, create, until
from tests.support.states import ALICE


def made(name, size_bytes=100, **more):
    return {"do": "artifact", "name": name, "bytes": size_bytes, **more}


async def listed(server):
    return [artifact.name for artifact in await server.store.list_artifacts(ALICE, "job")]


async def ended(server):
    return (await server.store.read_outcomes(ALICE, "job")).total


async def test_many_are_synced_together(autojump_clock):
    server = Server()
    server.store.faults.delay("sync_artifacts", 0.05)
    synced = []
    meet = server.store.faults.meet

    async def counted(operation):
        synced.append(operation)
        await meet(operation)

    server.store.faults.meet = counted
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([made(f"{n:03}") for n in range(200)], concurrency=100))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(200, ok=200)
    assert await listed(server) == [f"{n:03}" for n in range(200)]
    assert synced.count("open_artifacts") == 1
    assert 1 <= synced.count("sync_artifacts") <= 20


async def test_those_of_an_item_at_work_are_shown_while_it_works(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([made("shot.png", then="sleep", s=60)]))
        await trio.sleep(2)
        assert await listed(server) == ["shot.png"]
        assert desk.published.jobs["job"].job.status is JobStatus.RUNNING
        assert await ended(server) == 0


async def test_no_outcome_is_written_before_the_files_it_speaks_of(autojump_clock):
    server = Server()
    server.store.faults.fail("sync_artifacts", StorageBroken("EIO"), times=4)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([made("a"), made("b")]))
        waiting = await until(desk, "job", JobStatus.PAUSED)
        assert waiting.job.counts.done == 0
        assert (await ended(server), await listed(server)) == (0, [])
        assert (await until(desk, "job", *ENDED)).job.counts == Counts(2, ok=2)
        assert (await ended(server), await listed(server)) == (2, ["a", "b"])


async def test_what_waits_for_the_disk_is_bounded(autojump_clock, monkeypatch):
    """An item whose file finds no room in memory is done again when there is some."""
    monkeypatch.setattr("actors.runner.artifacts.WAITING_MAX_BYTES", 250)
    server = Server()
    server.store.faults.fail("sync_artifacts", StorageFull("no room"), times=8)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([made(f"{n}") for n in range(6)], concurrency=6))
        assert (await until(desk, "job", *ENDED)).job.counts == Counts(6, ok=6)
        assert await listed(server) == [f"{n}" for n in range(6)]


@pytest.mark.parametrize("size_bytes", [256 * 1024, 256 * 1024 + 1])
async def test_large_ones_are_files_of_their_own(autojump_clock, size_bytes):
    server = Server()
    created = []
    create_artifact = server.store.create_artifact

    async def counted(*args):
        created.append(args)
        return await create_artifact(*args)

    server.store.create_artifact = counted
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([made("a", size_bytes)]))
        assert (await until(desk, "job", *ENDED)).job.counts.ok == 1
    assert len(created) == (size_bytes > 256 * 1024)
    (found,) = await server.store.list_artifacts(ALICE, "job")
    assert (found.size_bytes, found.crc32 is None) == (size_bytes, False)


async def test_a_job_that_is_taken_up_again_goes_on_packing(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([made("first"), made("later", then="sleep", s=60)], concurrency=2))
        await trio.sleep(5)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        assert (await until(desk, "job", *ENDED)).job.counts == Counts(2, ok=2)
        assert await listed(server) == ["first", "later"]


async def test_a_sync_that_began_before_a_piece_was_there_does_not_cover_it(autojump_clock):
    """Whoever waits for their last piece would else go on before it survives a power loss."""
    store = MemoryStore()
    await store.write_inputs(ALICE, "job", [])
    artifacts = Artifacts(ALICE, "job", SimpleNamespace(store=store))
    await artifacts.take(ArtifactChunk(index=0, name="small", data=b"x", last=True))
    large = ArtifactChunk(index=1, name="large", data=b"x" * (SMALL_MAX_BYTES + 1), last=True)
    store.faults.delay("artifact", 5.0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(artifacts.take, large)
        await trio.sleep(1)
        await artifacts.sync()
        assert not artifacts.is_unsynced(0)
    assert artifacts.is_unsynced(1)
    await artifacts.sync()
    assert not artifacts.is_unsynced(1)
    assert [each.name for each in await store.list_artifacts(ALICE, "job")] == ["large", "small"]
    await artifacts.aclose()


async def test_a_piece_that_comes_while_a_sync_is_under_way_waits_for_the_next(autojump_clock):
    """Though it may be with the disk already: nobody has said so."""
    store = MemoryStore()
    await store.write_inputs(ALICE, "job", [])
    artifacts = Artifacts(ALICE, "job", SimpleNamespace(store=store))
    await artifacts.take(ArtifactChunk(index=0, name="a", data=b"x", last=True))
    store.faults.delay("sync_artifacts", 5.0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(artifacts.sync)
        await trio.sleep(1)
        await artifacts.take(ArtifactChunk(index=1, name="b", data=b"x", last=True))
    assert (artifacts.is_unsynced(0), artifacts.is_unsynced(1)) == (False, True)
    await artifacts.sync()
    assert not artifacts.is_unsynced(1)
    await artifacts.aclose()


async def test_what_two_tasks_want_at_once_is_opened_once(autojump_clock):
    """One piece comes while the files are being made ready for the first."""
    store = MemoryStore()
    await store.write_inputs(ALICE, "job", [])
    artifacts = Artifacts(ALICE, "job", SimpleNamespace(store=store))
    store.faults.delay("open_artifacts", 5.0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(artifacts.prepare)
        await trio.sleep(1)
        await artifacts.take(ArtifactChunk(index=0, name="a", data=b"x", last=True))
    assert trio.current_time() == pytest.approx(5.0)
    await artifacts.sync()
    assert [each.name for each in await store.list_artifacts(ALICE, "job")] == ["a"]
    await artifacts.aclose()


async def test_it_is_known_beforehand_whether_the_disk_is_waited_for(autojump_clock, monkeypatch):
    """For the first piece, for one that finds no room in memory, and for a file of its own."""
    monkeypatch.setattr("actors.runner.artifacts.WAITING_MAX_BYTES", 3)
    store = MemoryStore()
    await store.write_inputs(ALICE, "job", [])
    artifacts = Artifacts(ALICE, "job", SimpleNamespace(store=store))

    def waits(size_bytes=1, *, last=True):
        chunk = ArtifactChunk(index=0, name="a", data=b"x" * size_bytes, last=last)
        return not artifacts.takes_at_once(chunk)

    assert waits()
    await artifacts.take(ArtifactChunk(index=0, name="b", data=b"xx", last=True))
    assert (waits(1), waits(2), waits(1, last=False)) == (False, True, True)
    await artifacts.sync()
    assert (waits(3), waits(4)) == (False, True)
    await artifacts.aclose()
