"""What journeys fill in secretly: every generation of a desk finds its own, and no other stays."""

from __future__ import annotations

import pytest
import trio
from msgspec.structs import replace

from actors.errors import InvalidSpec, JourneysChanged, LimitReached, StorageUnavailable
from actors.settings import SetJourneys
from state.desks import JOURNEYS
from state.errors import JobFilesMissing, StorageError
from state.journeys import MAX_BYTES
from tests.support.journeys import GOOD, ONE, TWO, completed, drive, journey, kept
from tests.support.servers import ALICE, Server, settled


def naming(*names, journey_id=ONE):
    return journey(
        journey_id, path=tuple({"do": "fill", "value": {"secret": name}} for name in names)
    )


async def put(desk, *journeys, secrets, **more):
    return await desk.ask(SetJourneys(journeys, secrets=secrets, **more))


async def known(server):
    return await server.store.load_secrets(ALICE, JOURNEYS)


async def test_new_ones_stand_beside_those_before_for_as_long_as_a_generation_may_name_them(
    autojump_clock,
):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, naming("a", "b"), secrets={"a": "1", "b": "2"})
        await put(desk, naming("b", "c"), secrets={"c": "3"})
        await settled()
        assert await known(server) == {"a": "1", "b": "2", "c": "3"}
        await put(desk, naming("c"), secrets={})
        await settled()
        assert await known(server) == {"b": "2", "c": "3"}
        for journey_id in (ONE, TWO):
            await put(desk, journey(journey_id), secrets={})
        await settled()
        assert await known(server) == {}


async def test_lists_brought_at_once_lose_nothing(autojump_clock):
    server = Server()
    server.store.faults.delay("load_secrets", 1)
    server.store.faults.delay("save_secrets", 1)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with trio.open_nursery() as tasks:
            for name in ("a", "b", "c"):
                tasks.start_soon(lambda name=name: put(desk, naming(name), secrets={name: name}))
        (last,) = (step["value"]["secret"] for step in (await kept(server.store, desk))[0].path)
        assert (await known(server))[last] == last


async def test_one_that_is_refused_leaves_nothing(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, naming("a"), secrets={"a": "1"})
        with pytest.raises(JourneysChanged):
            await put(desk, naming("b"), secrets={"b": "2"}, replaces=None)
        await settled()
        assert await known(server) == {"a": "1"}


async def test_a_disk_that_fails_refuses_the_list(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, naming("a"), secrets={"a": "1"})
        server.store.faults.fail("save_secrets", StorageError("who knows"))
        with pytest.raises(StorageUnavailable):
            await put(desk, naming("b"), secrets={"b": "2"})
        desk = await directory.find(ALICE)
        assert await kept(server.store, desk) == (naming("a"),)
        assert await known(server) == {"a": "1"}


async def test_those_that_are_lost_do_not_stand_in_the_way_of_new_ones(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.fail("load_secrets", JobFilesMissing("damaged"))
        await put(desk, naming("b"), secrets={"b": "2"})
        assert await known(server) == {"b": "2"}


async def test_they_outlive_a_restart_and_what_the_journeys_learn(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, naming("a"), secrets={"a": "1"})
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        command = drive([(ONE, GOOD)], job_id="run")
        await desk.ask(replace(command, kept_secrets={"item.0": "a"}))
        assert await server.store.load_secrets(ALICE, "run") == {"item.0": "1"}
        await trio.sleep(100)
        assert await completed(server.store, desk) == {ONE}
        await put(desk, replace(naming("a"), name="new"), secrets={})
        await settled()
        assert await known(server) == {"a": "1"}


async def test_a_job_whose_secret_is_gone_is_not_made(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        command = replace(drive([(ONE, GOOD)], job_id="run"), kept_secrets={"item.0": "a"})
        with pytest.raises(InvalidSpec, match="fill it in anew"):
            await desk.ask(command)
        assert not desk.published.jobs
        with pytest.raises(JobFilesMissing):
            await server.store.read_pending(ALICE, "run")


async def test_they_are_so_long_and_no_longer(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, naming("a"), secrets={"a": "x" * (MAX_BYTES - 1)})
        await put(desk, naming("a", "b"), secrets={"b": "x"})
        with pytest.raises(LimitReached, match="secret values"):
            await put(desk, naming("a", "b", "c"), secrets={"c": "x"})
        await settled()
        assert sorted(await known(server)) == ["a", "b"]
