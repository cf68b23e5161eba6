"""A caller that is cancelled leaves the store whole."""

from __future__ import annotations

import threading

import pytest
import trio

from state.errors import JobFilesMissing
from tests.support.states import ALICE, a_desk, an_item


async def test_writing_inputs_stops_and_leaves_nothing(store, data):
    """The source of items goes on for long: only the cancellation ends it in time."""
    begun = threading.Event()
    seen = 0

    def long():
        nonlocal seen
        for index in range(200_000):
            yield an_item(index)
            seen = index
            if index == 2000:
                begun.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(store.write_inputs, ALICE, "job-1", long())
        await trio.to_thread.run_sync(begun.wait)
        nursery.cancel_scope.cancel()
    assert 2000 <= seen < 199_999
    with pytest.raises(JobFilesMissing):
        await store.open_inputs(ALICE, "job-1")
    assert [*(data / "files" / ALICE).iterdir()] == []


async def test_a_cancelled_save_is_old_or_new_and_the_next_one_works(store):
    await store.save(ALICE, a_desk(1))
    with trio.CancelScope() as scope:
        scope.cancel()
        await store.save(ALICE, a_desk(2))
    assert (await store.load(ALICE)).state.revision == 1
    await store.save(ALICE, a_desk(3))
    assert (await store.load(ALICE)).state.revision == 3


async def test_an_export_that_is_left_early_holds_nothing_open(store):
    await store.write_inputs(ALICE, "job-1", [an_item(0)])
    writer = await store.create_artifact(ALICE, "job-1", "a")
    await writer.write(b"x" * 100)
    await writer.commit()
    chunks = store.open_artifact(ALICE, "job-1", "a", chunk_bytes=10)
    assert await anext(chunks) == b"x" * 10
    await chunks.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(chunks)
