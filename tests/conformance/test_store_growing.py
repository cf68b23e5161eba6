"""What every store promises about the items of a job that grows."""

from __future__ import annotations

import pytest
from msgspec import Raw

from state.errors import JobFilesMissing, QuotaReached
from state.model import InputItem, OutcomeStatus
from state.wanted import OutcomeFilter
from tests.support.states import ALICE, a_desk, a_job, an_outcome, items

JOB = (ALICE, "job-1")
FAILED = OutcomeStatus.FAILED


def found(number, size=0):
    return InputItem(
        Raw(b'{"url":"http://h/%d%s"}' % (number, b"x" * size)), "http://h", f"/{number}"
    )


@pytest.fixture
async def job(store):
    await store.write_inputs(*JOB, [found(0), found(1)])
    return store


async def grown(store, *numbers, grows_from=2):
    """Append those, synced, as a runner does; how many items there are then."""
    inputs = await store.open_inputs(*JOB, grows_from=grows_from)
    await inputs.append([found(number) for number in numbers])
    await inputs.sync()
    await inputs.aclose()
    return inputs.count


async def all_of(store):
    return list(await store.read_items(*JOB, limit=1_000))


async def test_what_is_appended_follows_the_others_in_order(job):
    inputs = await job.open_inputs(*JOB, grows_from=2)
    assert (inputs.count, inputs.cut_bytes) == (2, 0)
    await inputs.append([found(2), found(3)])
    await inputs.append([found(4)])
    assert inputs.count == 5
    assert await inputs.read([4, 0, 2]) == [found(4), found(0), found(2)]
    await inputs.sync()
    await inputs.append([])
    assert await inputs.read([1, 2, 3]) == [found(1), found(2), found(3)]
    await inputs.aclose()
    await inputs.aclose()
    assert await all_of(job) == [found(number) for number in range(5)]


async def test_what_was_found_is_there_for_the_next_runner(job):
    assert await grown(job, 2, 3) == 4
    assert await grown(job, 4, grows_from=3) == 5
    inputs = await job.open_inputs(*JOB)
    assert inputs.count == 5
    assert await inputs.read(range(5)) == [found(number) for number in range(5)]
    await inputs.aclose()


async def test_readers_follow_a_job_that_grows(job):
    assert len(await all_of(job)) == 2
    assert (await job.read_pending(*JOB))[0] == 2
    inputs = await job.open_inputs(*JOB, grows_from=2)
    log = await job.open_outcomes(*JOB)
    broken = OutcomeFilter(text="broken")
    for number in range(2, 30):
        await inputs.append([found(number)])
        await inputs.sync()
        await log.append([an_outcome(number - 2, FAILED, error="broken")])
        page = await job.read_outcomes(*JOB, status=FAILED, run=1, where=broken, limit=1)
        assert (page.total, page.ended, page.items, page.bad_lines) == (
            number - 1,
            number - 1,
            number + 1,
            0,
        )
        total, pending = await job.read_pending(*JOB, run=1, limit=1)
        assert (total, pending[0]) == (2, (number - 1, found(number - 1)))
        assert (await job.read_items(*JOB, offset=number)) == (found(number),)
    read = [
        (record.index, item)
        async for batch in job.iter_outcomes(*JOB, batch=7)
        for record, item in batch
    ]
    assert read == [(number, found(number)) for number in range(28)]
    await log.aclose()
    await inputs.aclose()


async def test_fewer_items_than_were_counted_are_missed(job):
    await grown(job, 2)
    with pytest.raises(JobFilesMissing):
        await job.open_inputs(*JOB, grows_from=4)
    assert await grown(job, 3, grows_from=3) == 4


async def test_one_runner_at_a_time_holds_them(job):
    inputs = await job.open_inputs(*JOB, grows_from=2)
    with pytest.raises(RuntimeError, match="open already"):
        await job.open_inputs(*JOB, grows_from=2)
    reading = await job.open_inputs(*JOB)
    await reading.aclose()
    await inputs.aclose()
    await grown(job, 2)


async def test_only_what_was_opened_to_grow_does(job):
    inputs = await job.open_inputs(*JOB)
    with pytest.raises(RuntimeError, match="1 items"):
        await inputs.append([found(2)])
    await inputs.sync()
    await inputs.aclose()
    assert len(await all_of(job)) == 2


async def test_a_job_without_files_does_not_grow(store):
    with pytest.raises(JobFilesMissing):
        await store.open_inputs(*JOB, grows_from=0)
    await store.write_inputs(*JOB, [])
    await grown(store, 0, grows_from=0)


async def test_found_items_take_up_room_and_stop_where_there_is_none(job):
    await job.save(ALICE, a_desk(1, a_job(total=2, grows_to=100)))
    before = job.sizes.usage(ALICE).used_bytes
    await grown(job, 2)
    used = job.sizes.usage(ALICE).used_bytes
    assert used > before
    job.sizes.limit(ALICE, used + 100)
    inputs = await job.open_inputs(*JOB, grows_from=2)
    with pytest.raises(QuotaReached):
        await inputs.append([found(3, 500)])
    assert inputs.count == 3
    await inputs.sync()
    await inputs.aclose()
    assert [item.name for item in await all_of(job)] == ["/0", "/1", "/2"]
    assert job.sizes.usage(ALICE).used_bytes == used


async def test_a_job_that_was_copied_has_all_that_was_found(job):
    await grown(job, 2)
    await job.copy_inputs(ALICE, "job-1", "job-2")
    copied = await job.open_inputs(ALICE, "job-2", grows_from=3)
    assert copied.count == 3
    await copied.aclose()


async def test_a_job_that_was_copied_in_part_has_the_first_of_its_items(job):
    await grown(job, 2)
    await job.copy_inputs(ALICE, "job-1", "job-2", first=1)
    await job.copy_inputs(ALICE, "job-1", "job-2", first=1)
    copied = await job.open_inputs(ALICE, "job-2", grows_from=1)
    assert copied.count == 1
    await copied.aclose()
    with pytest.raises(JobFilesMissing):
        await job.copy_inputs(ALICE, "job-1", "job-3", first=4)
    with pytest.raises(JobFilesMissing):
        await job.read_items(ALICE, "job-3")


async def test_a_deleted_job_is_made_anew(job):
    await grown(job, 2)
    await job.delete_job(*JOB)
    await job.write_inputs(*JOB, items(1))
    inputs = await job.open_inputs(*JOB, grows_from=1)
    assert inputs.count == 1
    await inputs.aclose()
