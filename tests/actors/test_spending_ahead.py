"""Who makes a call ahead of its answer: with nothing on its way, no cap, and in no pause."""

from __future__ import annotations

import pytest
import trio

from actors.caps import CapJob
from actors.messages import PauseJob, ResumeJob
from actors.runner.spending import Spending
from state.errors import StorageFull
from state.model import JobStatus
from state.spending import NO_CAP, PICO, SpendCap
from tests.support.servers import ALICE, ENDED, Server, create, until
from tests.support.spending import begun, cents, recorded, tooling

SYNC_S = 10.0


@pytest.mark.parametrize("why", ["paused", "capped"])
async def test_who_gets_leave_to_ask_ahead_has_nothing_on_its_way_then(why, autojump_clock):
    """Or it would make two calls before a record of it is on disk."""
    server = Server()
    server.store.faults.delay("sync_artifacts", SYNC_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        cap = SpendCap(picousd=PICO) if why == "capped" else NO_CAP
        await desk.ask(create([recorded(4)], cap=cap))
        await trio.sleep(0.5)
        if why == "capped":
            await desk.ask(CapJob("job", NO_CAP))
        elif why == "paused":
            await desk.ask(PauseJob("job"))
            await desk.ask(ResumeJob("job"))
        assert await begun(server, desk) == [0.0, 11.0, 12.0, 22.0]


async def test_an_answer_that_waits_for_the_disk_gives_no_leave_in_a_pause(autojump_clock):
    server = Server()
    server.store.faults.delay("sync_artifacts", SYNC_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([recorded(5)]))
        await trio.sleep(5)
        await desk.ask(PauseJob("job"))
        await trio.sleep(100)
        view = desk.published.jobs["job"]
        assert (view.job.status, view.live) == (JobStatus.PAUSED, None)
        assert view.job.counts.spend == cents(2)


async def test_where_the_desk_has_a_cap_nobody_asks_ahead(autojump_clock):
    server = Server(desk_cap=SpendCap(picousd=PICO))
    server.store.faults.delay("sync_artifacts", SYNC_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([recorded(4)]))
        assert await begun(server, desk) == [0.0, 1.0, 21.0, 22.0]


async def test_a_runner_that_waits_for_its_disk_tells_nobody_at_work(monkeypatch, autojump_clock):
    """Whose account is closed. It is opened again when the disk is back, and nothing crashes."""
    server = Server()
    crashes = []
    review = Spending.review

    def noting(spending):
        try:
            review(spending)
        except Exception as error:
            crashes.append(error)
            raise

    monkeypatch.setattr(Spending, "review", noting)
    items = [recorded(30, s=1.37), *[recorded(1, name=f"b{number}-") for number in range(10)]]
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create(items, concurrency=2))
        await trio.sleep(1.5)
        server.store.faults.fail("read_inputs", StorageFull("full"))
        view = await until(desk, "job", *ENDED)
        assert (view.job.status, view.counts.ok, crashes) == (JobStatus.COMPLETED, 11, [])


async def test_who_may_ask_ahead_keeps_to_a_cap_that_comes_meanwhile(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([tooling(3), tooling(3, name="b")]))
        await trio.sleep(150)
        await desk.ask(CapJob("job", SpendCap(picousd=5 * PICO // 100)))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.spend == cents(5)
        assert len(await begun(server, desk, 0)) + len(await begun(server, desk, 1)) == 5
