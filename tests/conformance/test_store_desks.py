"""What every store promises about desks: saved, loaded, marked, missing."""

from __future__ import annotations

import pytest
import trio

from state.audit import AuditLine
from state.errors import DeskMissing
from state.model import JobStatus
from tests.support.states import ALICE, BOB, a_desk, a_job, running_desk


async def test_a_saved_desk_is_loaded_as_it_was(store):
    state = a_desk(7, a_job(spec={"name": "über 案", "n": [1, 2.5, None]}))
    await store.save(ALICE, state)
    assert (await store.load(ALICE)).state == state


async def test_the_newest_save_counts(store):
    for revision in range(1, 5):
        await store.save(ALICE, a_desk(revision))
    assert (await store.load(ALICE)).state.revision == 4


async def test_a_loaded_desk_says_when_it_was_saved(store, clock):
    before = clock()
    await store.save(ALICE, a_desk(1))
    # A file system's clock may be a tick behind.
    assert before - 0.1 <= (await store.load(ALICE)).saved_at <= clock()


async def test_a_missing_desk_is_an_error_and_stays_missing(store):
    assert not await store.exists(ALICE)
    with pytest.raises(DeskMissing):
        await store.load(ALICE)
    assert not await store.exists(ALICE)


async def test_desks_do_not_meet(store):
    await store.save(ALICE, a_desk(1))
    await store.save(BOB, a_desk(2))
    assert await store.exists(ALICE)
    assert (await store.load(ALICE)).state.revision == 1
    assert (await store.load(BOB)).state.revision == 2


async def test_only_desks_with_unfinished_jobs_are_woken(store):
    await store.save(ALICE, running_desk())
    await store.save(BOB, a_desk(1, a_job(status=JobStatus.PAUSED)))
    assert await store.unfinished() == [ALICE]
    await store.save(ALICE, a_desk(2, a_job(status=JobStatus.COMPLETED)))
    assert await store.unfinished() == []
    await store.save(ALICE, running_desk(3))
    assert await store.unfinished() == [ALICE]


async def test_stale_desks_are_those_written_before(store, clock):
    await store.save(ALICE, a_desk(1))
    assert await store.stale(clock() - 3600) == []
    assert await store.stale(clock() + 3600) == [ALICE]


async def test_many_desks_are_saved_at_once(store):
    keys = [f"{number:064x}" for number in range(20)]

    async def several(key):
        for revision in range(1, 6):
            await store.save(key, a_desk(revision))

    async with trio.open_nursery() as nursery:
        for key in keys:
            nursery.start_soon(several, key)
    assert [(await store.load(key)).state.revision for key in keys] == [5] * 20


async def test_one_desk_is_not_saved_twice_at_once(store):
    with pytest.RaisesGroup(RuntimeError):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(store.save, ALICE, a_desk(1))
            nursery.start_soon(store.save, ALICE, a_desk(2))


async def test_a_desk_that_was_saved_once_can_be_removed(store):
    await store.save(ALICE, a_desk(0))
    await store.save(BOB, a_desk(0))
    assert await store.delete_desk(ALICE)
    assert not await store.exists(ALICE)
    with pytest.raises(DeskMissing):
        await store.load(ALICE)
    assert await store.exists(BOB)
    # It can be made again, as any other.
    await store.save(ALICE, a_desk(3))
    assert (await store.load(ALICE)).state.revision == 3


async def test_a_desk_that_is_not_there_is_removed_already(store):
    assert await store.delete_desk(ALICE)


async def test_a_desk_of_which_more_is_kept_stays(store):
    await store.save(ALICE, a_desk(0))
    await store.save(ALICE, a_desk(1))
    assert not await store.delete_desk(ALICE)
    assert (await store.load(ALICE)).state.revision == 1
    await store.save(BOB, a_desk(0))
    await store.append_audit(
        BOB,
        [
            AuditLine(
                at="2026-11-22T03:01:00.000Z",
                who="0" * 16,
                means="link",
                what="start_job",
                revision=0,
            )
        ],
    )
    assert not await store.delete_desk(BOB)
    assert await store.exists(BOB)
