"""Items whose files go along with them: read when they are leased, and never before their turn."""

from __future__ import annotations

import itertools
import json

import pytest
import trio

from actors.messages import CancelJob, PauseJob, ResumeJob, StartJob
from actors.ports.enclosures import NotEnclosed
from actors.runner.enclosing import SMALL_BYTES
from state.errors import StorageError
from state.model import JobStatus
from tests.support.servers import ALICE, ENDED, Server, until
from tests.support.servers import create as create_any
from tests.support.weighed import WeighedSpec


class Drawer:
    """An Enclosures that gives as many bytes as an item says, or what else it says; of so many
    items together."""

    def __init__(self, together=1):
        self.together = together
        self.goes_on = False
        self.read_n = 0
        self.failures = []

    def shared(self, spec):
        return tuple(spec.get("shared", ()))

    async def read(self, desk, job_id, items):
        await trio.lowlevel.checkpoint()
        if self.failures:
            raise self.failures.pop()
        wishes = [json.loads(bytes(item)) for item in items[: self.together]]
        self.read_n += 1
        if "gone" in wishes[0]:
            raise NotEnclosed(wishes[0]["gone"])
        there = list(itertools.takewhile(lambda wish: "gone" not in wish, wishes))
        self.read_n += len(there) - 1
        return [bytes(wish["bytes"]) for wish in there]


def file_of(size_bytes, **more):
    return {"bytes": size_bytes, **more}


def create(items, **more):
    return create_any(items, kind="weighed", **more)


def drawn(server, together=1):
    server.executors["weighed"] = WeighedSpec()
    server.enclosures["weighed"] = drawer = Drawer(together)
    return drawer


async def begin_anew(server, desk, items, **more):
    """A job of which something is there already, as of one that was interrupted."""
    await desk.ask(create(items, start=False, **more))
    made = await server.store.open_artifacts(ALICE, "job")
    made.add("of-before", b"x")
    await made.sync()
    await made.aclose()
    await desk.ask(StartJob("job"))


async def results(server):
    page = await server.store.read_outcomes(ALICE, "job", limit=1_000)
    return [(r.status.value, r.error, json.loads(bytes(r.result))) for r, _ in page.records]


@pytest.mark.parametrize("together", [1, 3])
async def test_every_item_gets_its_own_bytes(together, autojump_clock):
    server = Server()
    drawer = drawn(server, together)
    edges = [SMALL_BYTES, SMALL_BYTES + 1]
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        sizes = [0, 1, 400_000, 3, 2_000_000, *edges, *range(100)]
        await desk.ask(create([file_of(size) for size in sizes], concurrency=4))
        view = await until(desk, "job", *ENDED)
    assert view.job.status is JobStatus.COMPLETED
    assert [told["size"] for _, _, told in await results(server)] == sizes
    assert drawer.read_n == len(sizes)


async def test_a_file_that_is_gone_among_those_read_together_fails_its_item_alone(autojump_clock):
    server = Server(slots=8)
    drawn(server, together=8)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        gone = {"gone": "cat.jpg is gone"}
        await desk.ask(create([file_of(5), file_of(6), gone, gone, file_of(7)], concurrency=8))
        await until(desk, "job", *ENDED)
        assert server.workers.free_slots == 8
    told = [
        (status, result["size"] if status == "ok" else None)
        for status, _, result in await results(server)
    ]
    assert sorted(told, key=str) == sorted(
        [("ok", 5), ("ok", 6), ("failed", None), ("failed", None), ("ok", 7)], key=str
    )


async def test_an_item_whose_file_is_gone_fails_alone_and_gives_its_slot_back(autojump_clock):
    server = Server(slots=1)
    drawn(server)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        gone = {"gone": "cat.jpg is gone"}
        await desk.ask(create([gone, file_of(5), gone, file_of(6)]))
        view = await until(desk, "job", *ENDED)
        assert (view.job.counts.ok, view.job.counts.failed) == (2, 2)
        assert server.workers.free_slots == 1
    (status, error, _), *_ = await results(server)
    assert (status, error) == ("failed", "cat.jpg is gone")


async def test_a_job_of_nothing_but_missing_files_ends(autojump_clock):
    server = Server()
    drawn(server)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([{"gone": "away"}] * 50, concurrency=2))
        view = await until(desk, "job", *ENDED)
    assert view.job.counts.failed == 50


async def test_no_more_is_read_than_may_be_at_work(autojump_clock):
    server = Server()
    drawer = drawn(server)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([file_of(9, s=1_000)] * 100, concurrency=3))
        await until(desk, "job", JobStatus.RUNNING)
        await trio.sleep(100)
        assert drawer.read_n == 3
        await desk.ask(CancelJob("job"))
        await until(desk, "job", JobStatus.CANCELLED)


async def test_after_a_pause_the_rest_is_read_and_done(autojump_clock):
    server = Server()
    drawn(server)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([file_of(9, s=10)] * 20, concurrency=2))
        await trio.sleep(25)
        await desk.ask(PauseJob("job"))
        await until(desk, "job", JobStatus.PAUSED)
        await desk.ask(ResumeJob("job"))
        view = await until(desk, "job", *ENDED)
    assert view.job.counts.ok == 20


async def test_where_the_disk_fails_the_job_waits_and_goes_on(autojump_clock):
    server = Server()
    drawer = drawn(server)
    drawer.failures = [StorageError("input/output error")] * 2
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([file_of(9)] * 5))
        view = await until(desk, "job", *ENDED)
    assert (view.job.status, view.job.counts.ok) == (JobStatus.COMPLETED, 5)


async def test_an_item_that_was_lost_brings_its_file_again(autojump_clock):
    server = Server()
    drawer = drawn(server)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([file_of(9, s=100)] * 2))
        await until(desk, "job", JobStatus.RUNNING)
        await trio.sleep(10)
        server.workers.kill()
        view = await until(desk, "job", *ENDED)
    assert (view.job.counts.ok, drawer.read_n) == (2, 4)


@pytest.mark.parametrize(("goes_on", "begun"), [(False, 2), (True, 4)])
async def test_who_goes_on_does_not_wait_for_what_has_ended_to_be_written(
    goes_on, begun, autojump_clock
):
    """But no more of those wait to be written than may be at work."""
    server = Server()
    server.store.faults.delay("append", 100.0)
    drawer = drawn(server)
    drawer.goes_on = goes_on
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await begin_anew(server, desk, [file_of(9, s=1)] * 8, concurrency=2)
        await until(desk, "job", JobStatus.RUNNING)
        await trio.sleep(50)
        assert drawer.read_n == begun
        view = await until(desk, "job", *ENDED)
    assert view.job.counts.ok == 8


async def test_who_goes_on_has_nothing_to_bring_before_it_was_begun(autojump_clock):
    server = Server()
    drawer = drawn(server)
    drawer.goes_on = True
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([file_of(9, s=0), file_of(9, s=100), file_of(9, s=100)]))
        await trio.sleep(10)
        assert drawer.read_n == 0
        server.workers.kill()
        view = await until(desk, "job", *ENDED)
    assert (view.job.counts.ok, drawer.read_n) == (3, 2)
    assert sorted(told["size"] for _, _, told in await results(server)) == [0, 9, 9]


async def test_who_goes_on_brings_what_was_there_when_its_job_was_opened(autojump_clock):
    server = Server()
    drawer = drawn(server)
    drawer.goes_on = True
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await begin_anew(server, desk, [file_of(9)] * 3)
        view = await until(desk, "job", *ENDED)
    assert (view.job.counts.ok, drawer.read_n) == (3, 3)
