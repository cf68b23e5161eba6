"""What goes to a worker with a task: its transcript, or nothing where it was never begun."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import Raw

from executors.agent.enclosing import PIECES_AT_ONCE, Transcripts, unpacked
from executors.agent.items import AgentItem
from state.memory import MemoryStore
from tests.support.states import ALICE, items

JOB = (ALICE, "job-1")
TASKS = [AgentItem(name, "write") for name in "abc"]
ITEMS = [Raw(msgspec.json.encode(task)) for task in TASKS]


@pytest.fixture
async def store():
    store = MemoryStore()
    await store.write_inputs(*JOB, items(3))
    return store


async def kept(store, task, count, *, but=()):
    pack = await store.open_artifacts(*JOB)
    for number in range(1, count + 1):
        if number not in but:
            pack.add(task.piece(number), b"%d\n" % number)
    await pack.sync()
    await pack.aclose()


async def read(store, *wanted):
    return await Transcripts(store).read(*JOB, [ITEMS[place] for place in wanted])


async def test_tasks_that_were_never_begun_are_read_together(store):
    assert await read(store, 0, 1, 2) == [b"", b"", b""]


async def test_one_that_was_begun_is_read_by_itself(store):
    await kept(store, TASKS[1], 2)
    assert await read(store, 0, 1, 2) == [b""]
    (data,) = await read(store, 1, 2)
    assert unpacked(data) == [b"1\n", b"2\n"]


@pytest.mark.parametrize("count", [1, PIECES_AT_ONCE, PIECES_AT_ONCE + 1, 2 * PIECES_AT_ONCE])
async def test_all_pieces_of_a_long_one_come_in_their_order(store, count):
    await kept(store, TASKS[0], count)
    (data,) = await read(store, 0)
    assert unpacked(data) == [b"%d\n" % number for number in range(1, count + 1)]


async def test_what_is_behind_a_gap_is_not_gone_on_with(store):
    await kept(store, TASKS[0], 5, but=(3,))
    (data,) = await read(store, 0)
    assert unpacked(data) == [b"1\n", b"2\n"]
