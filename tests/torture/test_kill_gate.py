"""The gate before the kill experiment's clients: whoever waits gets in at the next opening."""

from __future__ import annotations

import trio

from nightdesk.crashtest.caller import Place
from nightdesk.crashtest.gate import Gate


async def test_who_waits_at_a_gate_that_is_shut_twice_still_gets_in(autojump_clock):
    gate, got = Gate(), []

    async def client():
        got.append(await gate.wait_open())

    gate.open(Place(0, "http://first"))
    gate.shut()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client)
        await trio.testing.wait_all_tasks_blocked()
        gate.shut()
        gate.open(Place(1, "http://second"))
        nursery.cancel_scope.deadline = trio.current_time() + 10
    assert got == [Place(1, "http://second")]


async def test_enough_is_counted_from_when_it_is_asked_for():
    gate = Gate()
    gate.count()
    enough = gate.expect(2)
    gate.count()
    assert (gate.done, enough.is_set()) == (1, False)
    gate.count()
    assert (gate.done, enough.is_set()) == (2, True)
