"""What items have made is delivered before their outcomes count, and again after a crash."""

from __future__ import annotations

import trio

from state.errors import StorageBroken
from state.memory_faults import Faults
from state.model import Counts
from tests.support.servers import ENDED, Server, create, until
from tests.support.states import ALICE


def made(name):
    return {"do": "artifact", "name": name, "bytes": 10}


class Deliveries:
    """A delivery that writes down what it was asked for, and what was there by then."""

    def __init__(self, server, refused=()):
        self.server = server
        self.refused = refused
        self.asked = []

    def is_wanted(self, spec):
        return True

    async def deliver(self, desk, job_id, endings):
        there = {one.name for one in await self.server.store.list_artifacts(desk, job_id)}
        written = (await self.server.store.read_outcomes(desk, job_id)).ended
        for item, record in endings:
            self.asked.append((record.index, len(there), written))
            assert b"artifact" in bytes(item.item)
        return [(index, "no room there") for index in self.refused]


async def test_files_are_there_when_it_is_asked_and_outcomes_are_not(autojump_clock):
    server = Server()
    told = server.deliveries["scripted"] = Deliveries(server)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([made("a")]))
        await until(desk, "job", *ENDED)
    assert told.asked == [(0, 1, 0)]


async def test_what_cannot_be_delivered_is_in_the_log_and_fails_nothing(autojump_clock):
    server = Server()
    server.deliveries["scripted"] = Deliveries(server, refused=[0])
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([made("a")]))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(1, ok=1)
        lines = (await server.store.read_log(ALICE, "job")).lines
        assert [(line.level, line.index) for line in lines if "no room" in line.message] == [
            ("warning", 0)
        ]


async def test_what_failed_is_not_delivered(autojump_clock):
    server = Server()
    told = server.deliveries["scripted"] = Deliveries(server)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([{"do": "fail"}]))
        await until(desk, "job", *ENDED)
    assert told.asked == []


async def test_where_outcomes_are_not_written_it_is_delivered_again(autojump_clock):
    server = Server()
    told = server.deliveries["scripted"] = Deliveries(server)
    server.store.faults.fail("append", StorageBroken("EIO"), times=2)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([made("a")]))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(1, ok=1)
    assert told.asked == [(0, 1, 0)] * 3


async def test_after_a_crash_it_is_delivered_again(autojump_clock):
    server = Server()
    told = server.deliveries["scripted"] = Deliveries(server)
    server.store.faults.fail("append", StorageBroken("EIO"), times=1_000)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([made("a")]))
        await trio.sleep(3)
        assert told.asked
        server.store.lose_power()
    told.asked.clear()
    server.store.faults = Faults()
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await until(desk, "job", *ENDED)
    assert told.asked
