"""A desk whose disk fails is never parked for it, and goes on by itself soon after its disk."""

from __future__ import annotations

import pytest
import trio

from actors import supervisor
from actors.errors import DeskUnavailable, StorageUnavailable
from actors.messages import StartJob
from actors.supervisor import OPEN_RETRY_S
from state.errors import (
    DeskUnreadable,
    DeskUnreadableNow,
    StorageBroken,
    StorageError,
    StorageReadOnly,
)
from state.model import Counts, DeskState, JobStatus
from state.views import desk_key
from tests.support.servers import ALICE, ENDED, OK, Server, create, nap, until

BACK_S = 5.0


async def relieved(server, operation):
    """Return once every failure that was told has been met."""
    with trio.fail_after(600):
        while server.store.faults._errors[operation]:  # noqa: ASYNC110 - on the virtual clock
            await trio.sleep(0.1)


async def test_an_unknown_save_however_often_parks_nobody(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1)] * 200, job_id="runs", concurrency=1))
        await desk.ask(create([OK], start=False))
        server.store.faults.fail("save", StorageBroken("EIO"), times=30)
        refused = 0
        for _ in range(60):
            try:
                await desk.ask(StartJob("job"))
                break
            except (StorageUnavailable, DeskUnavailable):
                refused += 1
            await trio.sleep(1)
        assert 5 < refused < 60
        assert server.supervisor.parked == {}
        assert (await until(desk, "runs", *ENDED)).job.counts == Counts(200, ok=200)


@pytest.mark.parametrize("error", [StorageError("EMFILE"), DeskUnreadableNow("EACCES")])
async def test_a_restart_that_cannot_read_its_file_is_tried_until_it_can(autojump_clock, error):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1)] * 30, concurrency=1))
        server.store.faults.fail("save", StorageBroken("EIO"))
        server.store.faults.fail("load", error, times=20)
        with pytest.raises(StorageUnavailable):
            await desk.ask(create([OK], job_id="other"))
        await relieved(server, "load")
        with trio.fail_after(BACK_S):
            await until(desk, "job", JobStatus.RUNNING)
        assert server.supervisor.parked == {}


@pytest.mark.parametrize("error", [StorageError("EMFILE"), DeskUnreadableNow("EACCES")])
async def test_a_desk_that_cannot_be_read_now_is_tried_again_soon(autojump_clock, error):
    server = Server()
    async with server.running() as directory:
        await directory.create(ALICE)
    server.store.faults.fail("load", error)
    async with server.running() as directory:
        for _ in range(3):
            with pytest.raises(DeskUnavailable):
                await directory.find(ALICE)
        assert not server.store.faults._errors["load"]  # the disk was asked once
        await trio.sleep(OPEN_RETRY_S + 0.1)
        assert (await directory.find(ALICE)).published.jobs == {}


async def test_a_stop_does_not_wait_for_a_desk_that_cannot_be_read(autojump_clock):
    server = Server()
    async with server.running() as directory:
        await directory.create(ALICE)
    server.store.faults.fail("load", StorageError("EMFILE"))
    async with server.running() as directory:
        with pytest.raises(DeskUnavailable):
            await directory.find(ALICE)
        stopped_at = trio.current_time()
    assert trio.current_time() == stopped_at


async def test_a_damaged_desk_stays_parked(autojump_clock):
    server = Server()
    async with server.running() as directory:
        await directory.create(ALICE)
    server.store.faults.fail("load", DeskUnreadable("neither can be read"))
    async with server.running() as directory:
        for _ in range(3):
            with pytest.raises(DeskUnavailable, match="parked"):
                await directory.find(ALICE)
            await trio.sleep(10)


async def test_work_is_taken_up_soon_after_a_disk_that_failed_long_at_the_start(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1)] * 300, concurrency=1))
        await trio.sleep(3)
    server.store.faults.fail("load", StorageBroken("EIO"), times=40)
    async with server.running() as directory:
        await relieved(server, "load")
        with trio.fail_after(BACK_S):
            await trio.sleep(4.5)  # nobody asks for it meanwhile
            await until(await directory.find(ALICE), "job", JobStatus.RUNNING)


async def test_a_read_only_desk_shows_it_and_heals_without_being_asked(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False))
        server.store.faults.fail("save", StorageReadOnly("three EIO"), times=10)
        with pytest.raises(StorageUnavailable) as refused:
            await desk.ask(StartJob("job"))
        assert "was not done" in str(refused.value)
        await trio.sleep(1)
        assert desk.published.flags["read_only"] is True
        await relieved(server, "save")
        await trio.sleep(BACK_S)
        assert desk.published.flags["read_only"] is False
        saves = server.store.saves
        await trio.sleep(100)
        assert server.store.saves == saves


async def test_a_refusal_says_when_nobody_knows_whether_it_was_done(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.fail("save", StorageBroken("EIO"))
        with pytest.raises(StorageUnavailable, match="not known"):
            await desk.ask(create([OK]))


async def test_many_desks_that_cannot_be_read_take_turns_and_all_come_back(
    autojump_clock, monkeypatch
):
    monkeypatch.setattr(supervisor, "BOOT_RETRIES_PER_S", 5.0)
    server, desks = Server(), [desk_key(f"desk {number}") for number in range(100)]
    for desk in desks:
        await server.store.save(desk, DeskState(created_at=1.0, revision=1))
    server.store._marked = set(desks)
    server.store.faults.fail("load", DeskUnreadableNow("EIO"), times=100_000)
    async with server.running() as directory:
        await trio.sleep(10)
        before = len(server.heard.said("a desk with work was not opened"))
        await trio.sleep(100)
        tries = len(server.heard.said("a desk with work was not opened")) - before
        assert 300 < tries <= 500
        server.store.faults._errors["load"].clear()
        await trio.sleep(25)
        assert all(desk in directory for desk in desks)
