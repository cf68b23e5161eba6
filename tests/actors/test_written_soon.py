"""How soon an ending is written, and another item begins in its place: soon, but for a rush."""

from __future__ import annotations

import pytest
import trio

from actors.runner.keeper import FEW_S
from tests.support.servers import ALICE, ENDED, Server, create, until
from workers.outgoing import BATCH_DELAY_S, QUIET_DELAY_S


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


async def test_in_a_rush_it_waits_for_company(autojump_clock):
    # A batch would be 25. What ends at 1.0 goes at once, what ends then with the rush.
    rush = [lasting(1.0)] * 10 + [lasting(1.000_1)] * 10
    late = lasting(1.000_2 + QUIET_DELAY_S)
    others = [lasting(1.5)] * (100 - len(rush) - 1)
    took = await ended_after([*rush, late, *others, *[lasting(0.1)] * 20, lasting(1.0)], 100)
    assert took == pytest.approx(2.000 + QUIET_DELAY_S + BATCH_DELAY_S, abs=0.001)
