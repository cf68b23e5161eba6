"""One folder sync for many callers: who is covered by which."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from state.errors import StorageBroken
from state.shared_sync import SharedSync


class Syncs:
    """Counts syncs; each waits to be let through, and may fail."""

    def __init__(self):
        self.begun = 0
        self.gates = [trio.Event() for _ in range(5)]
        self.failing = set()

    async def __call__(self):
        number = self.begun
        self.begun += 1
        await self.gates[number].wait()
        if number in self.failing:
            raise StorageBroken(f"sync {number}")


@pytest.fixture
def syncs():
    return Syncs()


class Callers:
    """Starts callers and keeps what became of each."""

    def __init__(self, nursery, shared):
        self.nursery = nursery
        self.shared = shared
        self.ended = {}

    async def start(self, name, scope=None):
        self.nursery.start_soon(self._call, name, scope or trio.CancelScope())
        await wait_all_tasks_blocked()

    async def _call(self, name, scope):
        with scope:
            try:
                await self.shared.wait_durable()
                self.ended[name] = "durable"
            except StorageBroken as error:
                self.ended[name] = str(error)


@pytest.fixture
async def callers(nursery, syncs):
    return Callers(nursery, SharedSync(syncs))


async def test_a_sync_under_way_does_not_cover_who_comes_later(callers, syncs):
    for name in "abc":
        await callers.start(name)
    assert syncs.begun == 1
    syncs.gates[0].set()
    await wait_all_tasks_blocked()
    assert callers.ended == {"a": "durable"}
    assert syncs.begun == 2
    syncs.gates[1].set()
    await wait_all_tasks_blocked()
    assert callers.ended == dict.fromkeys("abc", "durable")
    assert syncs.begun == 2


async def test_an_error_is_the_error_of_all_it_covers_and_of_no_other(callers, syncs):
    syncs.failing = {1}
    for name in "abc":
        await callers.start(name)
    syncs.gates[0].set()
    await wait_all_tasks_blocked()
    await callers.start("d")
    syncs.gates[1].set()
    syncs.gates[2].set()
    await wait_all_tasks_blocked()
    assert callers.ended == {"a": "durable", "b": "sync 1", "c": "sync 1", "d": "durable"}


async def test_a_cancelled_leader_covers_nobody(callers, syncs):
    scope = trio.CancelScope()
    await callers.start("leader", scope)
    await callers.start("b")
    await callers.start("c")
    scope.cancel()
    await wait_all_tasks_blocked()
    assert callers.ended == {}
    assert syncs.begun == 2
    syncs.gates[1].set()
    await wait_all_tasks_blocked()
    assert callers.ended == {"b": "durable", "c": "durable"}


async def test_a_cancelled_second_leader_is_replaced_too(callers, syncs):
    """Those who waited for its sync were to be covered by it, and it never happened."""
    scope = trio.CancelScope()
    await callers.start("a")
    await callers.start("b", scope)
    await callers.start("c")
    syncs.gates[0].set()
    await wait_all_tasks_blocked()
    scope.cancel()
    await wait_all_tasks_blocked()
    for gate in syncs.gates[1:]:
        gate.set()
    await wait_all_tasks_blocked()
    assert callers.ended == {"a": "durable", "c": "durable"}
    assert syncs.begun >= 2
