"""What every store promises about giving a job the items of another, as passes of schedules do."""

from __future__ import annotations

import pytest

from state.errors import JobFilesMissing, QuotaReached
from state.model import OutcomeStatus
from state.views import Replay
from tests.support.states import ALICE, BOB, a_desk, a_job, an_item, an_outcome, items


@pytest.fixture
async def job(store):
    await store.write_inputs(ALICE, "job-1", items(1_200))
    return store


async def read_all(store, job_id):
    inputs = await store.open_inputs(ALICE, job_id)
    found = await inputs.read(range(inputs.count))
    await inputs.aclose()
    return found


async def test_the_copy_has_all_items_and_outlives_the_original(job):
    await job.copy_inputs(ALICE, "job-1", "job-2")
    await job.delete_job(ALICE, "job-1")
    assert await read_all(job, "job-2") == items(1_200)


async def test_the_copy_has_the_secrets_and_no_others(job):
    await job.copy_inputs(ALICE, "job-1", "plain")
    await job.save_secrets(ALICE, "job-1", {"proxy": "user:password"})
    await job.copy_inputs(ALICE, "job-1", "job-2")
    await job.delete_job(ALICE, "job-1")
    assert await job.load_secrets(ALICE, "job-2") == {"proxy": "user:password"}
    assert await job.load_secrets(ALICE, "plain") == {}


async def test_a_second_copy_leaves_what_the_job_has_done(job):
    await job.copy_inputs(ALICE, "job-1", "job-2")
    log = await job.open_outcomes(ALICE, "job-2")
    await log.append([an_outcome(3)])
    await log.sync()
    await log.aclose()
    await job.copy_inputs(ALICE, "job-1", "job-2")
    log = await job.open_outcomes(ALICE, "job-2")
    assert log.replay == Replay({3: (1, OutcomeStatus.OK)}, {}, 0, 0, is_bare=True)
    await log.aclose()


async def test_what_is_not_there_cannot_be_copied(job):
    for desk, job_id in ((ALICE, "job-9"), (BOB, "job-1")):
        with pytest.raises(JobFilesMissing):
            await job.copy_inputs(desk, job_id, "job-2")
    with pytest.raises(JobFilesMissing):
        await job.open_inputs(ALICE, "job-2")


async def test_the_copy_takes_up_room_of_the_desk(store):
    await store.write_inputs(ALICE, "job-1", items(100))
    size = store.sizes.job_bytes(ALICE, "job-1")
    store.sizes.limit(ALICE, 5 * size // 2)
    await store.copy_inputs(ALICE, "job-1", "job-2")
    assert store.sizes.job_bytes(ALICE, "job-2") == size
    with pytest.raises(QuotaReached):
        await store.copy_inputs(ALICE, "job-1", "job-3")
    with pytest.raises(JobFilesMissing):
        await store.open_inputs(ALICE, "job-3")


async def test_a_load_sweeps_copies_that_no_state_names(job):
    await job.save(ALICE, a_desk(1, a_job(total=1_200)))
    await job.copy_inputs(ALICE, "job-1", "job-2")
    await job.load(ALICE)
    with pytest.raises(JobFilesMissing):
        await job.open_inputs(ALICE, "job-2")
    await job.copy_inputs(ALICE, "job-1", "job-2")
    assert (await read_all(job, "job-2"))[-1] == an_item(1_199)
