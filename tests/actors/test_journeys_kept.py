"""The journeys that a user gives to a desk: durable before they are shown, whole, and one list."""

from __future__ import annotations

import pytest
import trio

from actors.errors import JourneysChanged, LimitReached, StorageUnavailable
from actors.messages import StartJob
from state.errors import DeskTooLarge, StorageBroken, StorageError, StorageFull
from state.journeys import MAX_BYTES
from tests.support.journeys import ONE, TWO, is_there, journey, kept, put
from tests.support.servers import ALICE, Server, settled


async def test_they_are_read_as_they_were_put_and_over_a_restart(autojump_clock):
    server = Server()
    steps = ({"do": "click", "selector": "#go"},)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        assert desk.published.journeys is None
        reply = await put(desk, journey(ONE, path=steps), journey(TWO))
        assert desk.published.revision >= reply.revision
        assert desk.published.journeys.count == 2
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        assert await kept(server.store, desk) == (journey(ONE, path=steps), journey(TWO))


async def test_who_replaces_a_list_that_is_no_more_is_refused(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, journey(ONE), replaces=None)
        first = desk.published.journeys.digest
        with pytest.raises(JourneysChanged):
            await put(desk, journey(TWO), replaces=None)
        await put(desk, journey(TWO), replaces=first)
        with pytest.raises(JourneysChanged):
            await put(desk, journey(ONE), replaces=first)
        assert await kept(server.store, desk) == (journey(TWO),)
        await put(desk, journey(ONE))
        assert await kept(server.store, desk) == (journey(ONE),)


async def test_of_two_at_once_one_is_kept(autojump_clock):
    server = Server()
    server.store.faults.delay("save_journeys", 1)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        refused = []

        async def try_(name):
            try:
                await put(desk, journey(name), replaces=None)
            except JourneysChanged:
                refused.append(name)

        async with trio.open_nursery() as tasks:
            tasks.start_soon(try_, ONE)
            tasks.start_soon(try_, TWO)
        (lost,) = refused
        assert await kept(server.store, desk) == (journey(TWO if lost == ONE else ONE),)


async def test_a_long_list_holds_up_no_other_command(autojump_clock):
    server = Server()
    server.store.faults.delay("save_journeys", 60)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with trio.open_nursery() as tasks:
            tasks.start_soon(put, desk, journey(ONE))
            await settled()
            began = trio.current_time()
            with pytest.raises(Exception, match="no such job"):
                await desk.ask(StartJob("job"))
            assert trio.current_time() - began < 1


async def test_a_list_may_be_so_long_and_no_longer(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, journey(ONE, path=({"do": ""},)))
        room = MAX_BYTES - desk.published.journeys.size_bytes
        await put(desk, journey(ONE, path=({"do": "x" * room},)))
        with pytest.raises(LimitReached):
            await put(desk, journey(ONE, path=({"do": "x" * (room + 1)},)))
        assert desk.published.journeys.size_bytes == MAX_BYTES


ERRORS = [StorageError("who knows"), StorageFull("full"), StorageBroken("EIO"), DeskTooLarge("big")]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("operation", ["save_journeys", "save"])
async def test_a_disk_that_fails_refuses_them_and_keeps_the_ones_before(
    operation, error, autojump_clock
):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, journey(ONE))
        server.store.faults.fail(operation, error)
        with pytest.raises((StorageUnavailable, LimitReached)):
            await put(desk, journey(TWO))
        await trio.sleep(60)
        desk = await directory.find(ALICE)
        assert await kept(server.store, desk) == (journey(ONE),)
        await put(desk, journey(TWO))
        assert await kept(server.store, desk) == (journey(TWO),)


async def test_there_is_room_or_it_is_told_how_much_is_missing(autojump_clock):
    server = Server(max_guest_desk_bytes=10_000)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, journey(ONE))
        with pytest.raises(LimitReached, match="these journeys need") as refused:
            await put(desk, journey(TWO, path=({"do": "x" * 10_000},)))
        assert refused.value.details["needed_bytes"] > 10_000
        assert await kept(server.store, desk) == (journey(ONE),)


async def test_a_file_stays_as_long_as_a_generation_names_it(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        digests = []
        for name in (ONE, TWO, ONE):
            await put(desk, journey(name))
            digests.append(desk.published.journeys.digest)
            await trio.sleep(1)
        assert digests[0] == digests[2]
        assert [await is_there(server.store, digest) for digest in digests] == [True, True, True]
        await put(desk, journey(ONE, completed=True))
        await trio.sleep(1)
        assert not await is_there(server.store, digests[1])
        assert await is_there(server.store, digests[0])


@pytest.mark.parametrize("error", [StorageFull("full"), StorageError("who knows")])
async def test_a_file_that_no_state_came_to_name_goes(error, autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, journey(TWO))
        stray = desk.published.journeys.digest
        await put(desk, journey(ONE))
        await put(desk, journey(ONE, completed=True))
        await trio.sleep(1)
        assert not await is_there(server.store, stray)
        server.store.faults.fail("save", error)
        with pytest.raises(StorageUnavailable):
            await put(desk, journey(TWO))
        await trio.sleep(60)
        assert not await is_there(server.store, stray)


async def test_a_desk_that_was_not_saved_since_its_start_lets_go_of_nothing(autojump_clock):
    """The simulation found it: what its generations name was taken for nothing at all."""
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, journey(ONE))
        await put(desk, journey(TWO))
        named = desk.published.journeys.digest
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        server.store.faults.fail("save", StorageFull("full"))
        with pytest.raises(StorageUnavailable):
            await put(desk, journey(ONE, completed=True))
        await trio.sleep(60)
        assert await is_there(server.store, named)
        assert await kept(server.store, desk) == (journey(TWO),)


async def test_a_refused_list_leaves_no_file(autojump_clock):
    server = Server()
    server.store.faults.delay("save_journeys", 1)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with trio.open_nursery() as tasks:
            tasks.start_soon(put, desk, journey(ONE))
            await trio.sleep(0.5)
            with pytest.raises(JourneysChanged):
                await put(desk, journey(TWO), replaces=None)
        await trio.sleep(5)
        kept_bytes = server.store.sizes.usage(ALICE).used_bytes - await _audit_bytes(server)
        assert kept_bytes == desk.published.journeys.size_bytes


async def _audit_bytes(server):
    return (await server.store.read_audit(ALICE)).size


async def test_old_files_that_cannot_be_removed_cost_nothing_else(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.fail("keep_journeys", StorageError("no"), times=2)
        for name in (ONE, TWO):
            await put(desk, journey(name))
        assert await kept(server.store, desk) == (journey(TWO),)
        await trio.sleep(1)
        assert "old files stay" in [event for event, _ in server.heard.lines]
