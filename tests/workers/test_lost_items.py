"""An item lost with its browser, and a worker that has none: what the host makes of them."""

from __future__ import annotations

import pytest
import trio

from actors.ports import ItemsLost, JobBroken
from state.model import Counts, JobStatus, OutcomeStatus
from tests.support.houses import Inline
from tests.support.leasing import Hand, brief, leased
from tests.support.servers import ALICE, ENDED, OK, Server, create, until

LOSE = {"do": "lose", "until": 99}


@pytest.fixture
async def house(nursery):
    house = Inline(slots=4)
    await nursery.start(house.workers.run)
    return house


async def test_a_lost_item_comes_back_and_its_worker_lives_on(house, autojump_clock):
    async with house.workers.attach(brief()) as attachment:
        items = [leased(0, {"do": "lose", "until": 0}), leased(1, {"do": "ok"})]
        items.append(leased(2, LOSE))
        attachment.want(3)
        await attachment.wait_granted()
        await attachment.lease(items)
        events = []
        while len(events) < 3:
            events += await attachment.wait_events()
        assert ItemsLost((2,), "the browser died") in events
        assert house.free_slots == 4
    assert not house.heard.said("worker_died")
    assert not house.heard.said("executor_raised")


async def test_without_a_browser_the_job_breaks_once_and_no_item_ends(house, autojump_clock):
    async with house.workers.attach(brief()) as attachment:
        hand = await Hand(attachment).work([leased(n, {"do": "no_browser"}) for n in range(3)])
        await trio.sleep(1)
    assert hand.others == [JobBroken("no browser: install one")]
    assert not hand.ended
    assert not hand.lost
    assert house.free_slots == 4
    assert not house.heard.said("worker_died")


async def test_an_item_lost_twice_with_its_browser_is_poisoned(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, LOSE, OK], concurrency=3))
        view = await until(desk, "job", *ENDED)
        assert view.job.status is JobStatus.PARTIALLY_COMPLETED
        assert view.job.counts == Counts(3, ok=2, failed=1)
        page = await server.store.read_outcomes(ALICE, "job", limit=10)
        poisoned = page.records[1][0]
        assert (poisoned.status, poisoned.attempts) == (OutcomeStatus.POISONED, 2)
        assert poisoned.error == (
            "the worker, or its browser, died twice with this item (the browser died)"
        )


async def test_an_item_is_told_its_strikes_over_a_restart_too(autojump_clock):
    server = Server()
    wish = {"do": "lose", "until": 1, "s": 50}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([wish]))
        await trio.sleep(1)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        view = await until(desk, "job", *ENDED)
        assert view.job.status is JobStatus.COMPLETED
        page = await server.store.read_outcomes(ALICE, "job", limit=10)
        ((record, _),) = page.records
        assert (bytes(record.result), record.attempts) == (b'{"strikes":1}', 2)
