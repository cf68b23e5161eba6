"""When old jobs are swept, and what a sweep must leave alone."""

import pytest
import trio

from actors.errors import NotFound
from state.errors import StorageBroken
from tests.support.servers import (
    ALICE,
    BOB,
    ENDED,
    EPOCH,
    HOLD,
    OK,
    Server,
    create,
    statuses,
    until,
)


async def test_a_desk_at_work_is_not_put_to_rest_for_its_old_file(autojump_clock):
    server = Server(retention_s=1_000.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([HOLD]))
    async with server.running() as directory:
        await trio.sleep(10_000)
        assert server.supervisor.stats.desks_live == 1
        desk = await directory.find(ALICE)
        assert statuses(desk.published) == ["running"]


async def test_a_sweep_comes_again_where_the_wall_clock_is_behind(autojump_clock):
    server = Server(retention_s=100.0)
    server.now = lambda: EPOCH + trio.current_time() * 0.9
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        await trio.sleep(120)
        assert desk.published.jobs == {}


DAY_S = 86_400.0


async def test_a_guest_s_desk_that_was_never_used_goes_when_its_time_is_over(autojump_clock):
    server = Server(retention_s=DAY_S)
    async with server.running() as directory:
        await directory.create(ALICE)
        await trio.sleep(DAY_S - 7_200)
        assert await server.store.exists(ALICE)
        await trio.sleep(4 * 3_600)
        assert not await server.store.exists(ALICE)
        with pytest.raises(NotFound):
            await directory.find(ALICE)
        desk = await directory.create(ALICE)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)


async def test_it_goes_after_a_restart_too(autojump_clock):
    server = Server(retention_s=DAY_S)
    async with server.running() as directory:
        await directory.create(ALICE)
    async with server.running():
        await trio.sleep(DAY_S + 2 * 3_600)
        assert not await server.store.exists(ALICE)


async def test_desks_that_are_somebody_s_stay(autojump_clock):
    """One with a user's name, and one in which there was a job."""
    server = Server(retention_s=DAY_S)
    async with server.running() as directory:
        await directory.create(ALICE, guest=False)
        desk = await directory.create(BOB)
        await desk.ask(create([OK]))
        await until(desk, "job", *ENDED)
        await trio.sleep(5 * DAY_S)
        assert (await directory.find(BOB)).published.jobs == {}
        await directory.find(ALICE)


async def test_a_desk_that_could_not_be_removed_is_tried_again(autojump_clock):
    server = Server(retention_s=DAY_S)
    server.store.faults.fail("delete_desk", StorageBroken("the disk fails"))
    async with server.running() as directory:
        await directory.create(ALICE)
        await trio.sleep(DAY_S + 2 * 3_600)
        assert "a desk was not removed" in [event for event, _ in server.heard.lines]
        await trio.sleep(2 * 3_600)
        assert not await server.store.exists(ALICE)


async def test_a_guest_who_watches_keeps_the_desk(autojump_clock):
    server = Server(retention_s=DAY_S)
    async with server.running() as directory:
        await directory.create(ALICE)
        with directory.entries()[0].feed.subscribe():
            await trio.sleep(3 * DAY_S)
            assert await server.store.exists(ALICE)
