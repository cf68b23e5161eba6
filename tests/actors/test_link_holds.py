"""A guest's desk and the link that opens it: replaced at once, the desk undisturbed."""

from __future__ import annotations

import pytest
import trio

from actors.errors import DeskUnavailable, NoLink, NotFound, StorageUnavailable
from actors.messages import StartJob
from actors.settings import RotateLink
from state.errors import DeskUnreadable, StorageError, StorageFull
from state.model import JobStatus
from state.views import Link, link_of
from tests.support.servers import ALICE, HOLD, OK, Server, create, settled, statuses, until_counts

FIRST = Link(ALICE)
SECOND, THIRD, UNKNOWN = (link_of(name) for name in ("second", "third", "unknown"))


async def rotate(directory, link, replaces=None):
    return await (await directory.find(ALICE)).ask(RotateLink(link, replaces))


async def opens(directory, link):
    try:
        return (await directory.find_linked(link)).key == ALICE
    except NotFound:
        return False


async def opening(directory):
    return [link for link in (FIRST, SECOND, THIRD, UNKNOWN) if await opens(directory, link)]


async def test_the_first_link_opens_its_desk_until_another_takes_its_place(autojump_clock):
    server = Server()
    async with server.running() as directory:
        await directory.create(ALICE)
        assert await opening(directory) == [FIRST]
        await rotate(directory, SECOND)
        assert await opening(directory) == [SECOND]
        await rotate(directory, THIRD, SECOND)
        assert await opening(directory) == [THIRD]


async def test_what_runs_goes_on_and_nothing_moves(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, HOLD]))
        before = await until_counts(desk, "job", 1)
        await rotate(directory, SECOND)
        found = await directory.find_linked(SECOND)
        await trio.sleep(60)
        assert found.published.jobs["job"].job.run == before.job.run
        assert found.published.jobs["job"].job.status is JobStatus.RUNNING
        assert statuses(found.published) == statuses(desk.published)


async def test_a_desk_asleep_is_found_by_its_link_and_by_no_other(autojump_clock):
    server = Server()
    async with server.running() as directory:
        await directory.create(ALICE)
        await rotate(directory, SECOND)
    async with server.running() as directory:
        assert await opening(directory) == [SECOND]


async def look(hold):
    return hold.published


async def command(hold):
    await hold.ask(StartJob("job"))


async def wait(hold):
    await hold.wait_newer(0)


@pytest.mark.parametrize("use", [look, command, wait])
async def test_every_use_of_a_hold_by_the_old_link_is_refused(use, autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False))
        hold = await directory.find_linked(FIRST)
        await rotate(directory, SECOND)
        with pytest.raises(NotFound):
            await use(hold)
        assert desk.published.jobs["job"].job.status is JobStatus.PENDING


async def test_whoever_waits_by_the_old_link_is_told_at_once(autojump_clock):
    server = Server()
    async with server.running() as directory:
        await directory.create(ALICE)
        hold = await directory.find_linked(FIRST)
        told_at = []

        async def wait():
            with pytest.raises(NotFound):
                await hold.wait_newer(hold.published.revision)
            told_at.append(trio.current_time())

        async with trio.open_nursery() as tasks:
            tasks.start_soon(wait)
            await trio.sleep(5)
            rotated_at = trio.current_time()
            await rotate(directory, SECOND)
        assert told_at == [rotated_at]


async def test_of_two_at_once_the_second_has_lost_the_link(autojump_clock):
    server = Server()
    async with server.running() as directory:
        await directory.create(ALICE)
        async with trio.open_nursery() as tasks:
            outcomes = []

            async def try_(link):
                try:
                    await rotate(directory, link)
                    outcomes.append(link)
                except NotFound:
                    outcomes.append(None)

            for link in (SECOND, THIRD):
                tasks.start_soon(try_, link)
        won = [link for link in outcomes if link]
        assert len(won) == 1
        assert await opening(directory) == won


async def test_a_desk_without_an_address_has_none_to_replace(autojump_clock):
    server = Server()
    async with server.running() as directory:
        await directory.create(ALICE, guest=False)
        with pytest.raises(NoLink):
            await rotate(directory, SECOND)
        assert await server.store.find_link(SECOND) is None


async def test_both_generations_know_the_new_link_before_the_old_file_goes(autojump_clock):
    """So that a desk that falls back on the one before does not let in whoever was shut out."""
    server = Server()
    async with server.running() as directory:
        await directory.create(ALICE)
        await rotate(directory, SECOND)
        saves = server.store.saves
        await trio.sleep(1)
        assert server.store.saves == saves + 1
        assert await server.store.find_link(SECOND) == ALICE
        await rotate(directory, THIRD, SECOND)
        server.store.faults.fail("save", StorageFull("full"), times=3)
        await trio.sleep(2)
        assert await server.store.find_link(SECOND) == ALICE
        await trio.sleep(10)
        assert await server.store.find_link(SECOND) is None
        assert await server.store.find_link(THIRD) == ALICE
        assert await opening(directory) == [THIRD]


@pytest.mark.parametrize("error", [StorageError("who knows"), StorageFull("full")])
@pytest.mark.parametrize("operation", ["save_link", "save"])
async def test_a_rotation_that_fails_leaves_the_link_that_was(operation, error, autojump_clock):
    server = Server()
    async with server.running() as directory:
        await directory.create(ALICE)
        await rotate(directory, SECOND)
        await trio.sleep(1)
        server.store.faults.fail(operation, error)
        with pytest.raises(StorageUnavailable):
            await rotate(directory, THIRD, SECOND)
        await settled()
        await trio.sleep(10)
        assert await opening(directory) == [SECOND]


async def test_a_link_that_cannot_be_read_is_not_one_that_does_not_exist(autojump_clock):
    server = Server()
    async with server.running() as directory:
        await directory.create(ALICE)
        server.store.faults.fail("find_link", DeskUnreadable("damaged"))
        with pytest.raises(DeskUnavailable):
            await directory.find_linked(SECOND)


async def test_a_link_of_a_live_desk_costs_no_look_at_the_disk(autojump_clock):
    server = Server()
    async with server.running() as directory:
        await directory.create(ALICE)
        server.store.faults.fail("find_link", DeskUnreadable("asked"), times=9)
        await directory.find_linked(FIRST)
        server.store.faults._errors.clear()
        await rotate(directory, SECOND)
        await directory.find_linked(SECOND)
        server.store.faults.fail("find_link", DeskUnreadable("asked"), times=9)
        await directory.find_linked(SECOND)
        with pytest.raises(NotFound):
            await directory.find_linked(FIRST)
