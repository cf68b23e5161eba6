"""How soon an ending is written, and another item begins in its place."""

from __future__ import annotations

import pytest
import trio

from actors.runner.keeper import FEW_S
from tests.support.servers import ALICE, ENDED, Server, create, until


def lasting(seconds):
    return {"do": "sleep", "s": seconds}


async def ended_after(items, concurrency):
    """Seconds that a job of them takes."""
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        began = trio.current_time()
        await desk.ask(create(items, concurrency=concurrency))
        await until(desk, "job", *ENDED)
        return trio.current_time() - began


async def test_in_the_place_of_a_late_one_the_next_begins_soon(autojump_clock):
    # A batch would be two. The second ends a moment after the first was written.
    items = [lasting(1.0), lasting(1.000_1), *[lasting(1.5)] * 6, lasting(0.5), lasting(1.0)]
    took = await ended_after(items, 8)
    assert took == pytest.approx(2.000 + FEW_S, abs=0.001)
