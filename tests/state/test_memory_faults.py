"""The memory store fails, waits and forgets when it is told to."""

from __future__ import annotations

import pytest
import trio

from state.errors import StorageError, StorageFull
from state.memory import MemoryStore
from tests.support.states import ALICE, a_desk, an_outcome, items


@pytest.fixture
def store():
    return MemoryStore()


async def test_the_next_saves_fail_and_change_nothing(store):
    await store.save(ALICE, a_desk(1))
    store.faults.fail("save", StorageFull("full"), times=2)
    for _ in range(2):
        with pytest.raises(StorageFull):
            await store.save(ALICE, a_desk(2))
    assert (await store.load(ALICE)).state.revision == 1
    await store.save(ALICE, a_desk(3))
    assert store.saves == 2


async def test_saves_take_as_long_as_told(store, autojump_clock):
    store.faults.delay("save", 0.5)
    before = trio.current_time()
    await store.save(ALICE, a_desk(1))
    assert trio.current_time() - before == pytest.approx(0.5)


async def test_a_save_cancelled_while_it_waits_has_not_happened(store, autojump_clock):
    store.faults.delay("save", 5)
    with trio.move_on_after(1):
        await store.save(ALICE, a_desk(1))
    assert not await store.exists(ALICE)
    store.faults.delay("save", 0)
    await store.save(ALICE, a_desk(1))


async def test_unsynced_outcomes_are_lost_with_the_power(store):
    await store.write_inputs(ALICE, "job-1", items(3))
    log = await store.open_outcomes(ALICE, "job-1")
    await log.append([an_outcome(0)])
    await log.sync()
    store.faults.fail("append", StorageError("no"))
    with pytest.raises(StorageError):
        await log.append([an_outcome(1)])
    await log.append([an_outcome(2)])
    assert (await store.read_outcomes(ALICE, "job-1")).total == 2
    store.lose_power()
    log = await store.open_outcomes(ALICE, "job-1")
    assert list(log.replay.latest) == [0]


async def test_what_was_shown_at_an_opening_stays(store):
    await store.write_inputs(ALICE, "job-1", items(3))
    log = await store.open_outcomes(ALICE, "job-1")
    await log.append([an_outcome(0)])
    await log.aclose()
    await store.open_outcomes(ALICE, "job-1")
    store.lose_power()
    assert (await store.read_outcomes(ALICE, "job-1")).total == 1
