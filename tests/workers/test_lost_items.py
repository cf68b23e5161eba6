"""Items lost with their browser: strikes against them, over restarts too."""

from __future__ import annotations

import trio

from state.model import Counts, JobStatus, OutcomeStatus
from tests.support.servers import ALICE, ENDED, OK, Server, create, until

LOSE = {"do": "lose", "until": 99}


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
