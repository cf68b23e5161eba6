"""A server that is killed at any moment: what it was told is kept, and what jobs taught is learned
by the next one, once."""

from __future__ import annotations

import copy

import trio

from tests.support.journeys import BAD, GOOD, ONE, THREE, TWO, completed, drive, journey, put
from tests.support.servers import ALICE, ENDED, Server, until

STEPS = ("read_journeys", "iter_outcomes", "save_journeys", "save", "keep_journeys")


async def killed_at_each_step(server, ticks):
    """Copies of the store as the disk is, at each second of the time to come."""
    left = []
    for _ in range(ticks):
        left.append(copy.deepcopy(server.store))
        await trio.sleep(1)
    return left


async def started_on(store):
    """A server on that disk, which fails no more."""
    server = Server()
    server.store = store
    for step in STEPS:
        store.faults.delay(step, 0)
    store.lose_power()
    return server


async def test_what_jobs_taught_is_learned_whenever_the_server_was_killed(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, *map(journey, (ONE, TWO, THREE)))
        for step in STEPS:
            server.store.faults.delay(step, 2.5)
        await desk.ask(drive([(ONE, GOOD), (TWO, BAD)]))
        left = await killed_at_each_step(server, 30)
        assert desk.published.journeys.settled == {"job": 1}
    assert len({store.saves for store in left}) > 2
    for store in left:
        after = await started_on(store)
        async with after.running() as directory:
            desk = await directory.find(ALICE)
            await until(desk, "job", *ENDED)
            await trio.sleep(10)
            assert await completed(after.store, desk) == {ONE}
            assert desk.published.journeys.settled == {"job": 1}


async def test_a_list_is_the_old_one_or_the_new_one_whenever_the_server_was_killed(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, journey(ONE, completed=True))
        for step in STEPS:
            server.store.faults.delay(step, 2.5)
        async with trio.open_nursery() as tasks:
            tasks.start_soon(put, desk, journey(TWO, completed=True))
            left = await killed_at_each_step(server, 15)
    found = []
    for store in left:
        after = await started_on(store)
        async with after.running() as directory:
            found.append(await completed(after.store, await directory.find(ALICE)))
    assert found[0] == {ONE}
    assert found[-1] == {TWO}
    assert found == sorted(found, key=[{ONE}, {TWO}].index)
