"""What every store promises about the sizes of desks: counted as it is written, never passed."""

from __future__ import annotations

import pytest
from msgspec import Raw
from msgspec.structs import replace

from state.errors import QuotaReached, StorageFull
from state.model import InputItem, LogLine
from state.views import Usage
from tests.conformance.test_store_audit import line
from tests.support.states import ALICE, BOB, a_desk, a_job, an_outcome, items

JOB = (ALICE, "job-1")
LINE = LogLine(1.0, "info", "x" * 100)


def used(store, desk=ALICE):
    return store.sizes.usage(desk).used_bytes


@pytest.fixture
async def job(store):
    await store.write_inputs(*JOB, items(3))
    return store


@pytest.fixture
async def outcomes(job):
    log = await job.open_outcomes(*JOB)
    yield log
    await log.aclose()


async def test_what_is_written_is_counted(job, outcomes):
    sizes = [used(job)]
    await outcomes.append([an_outcome(0)])
    sizes.append(used(job))
    await job.append_log(*JOB, [LINE])
    sizes.append(used(job))
    writer = await job.create_artifact(*JOB, "a.txt")
    await writer.write(b"x" * 100)
    sizes.append(used(job))
    await writer.commit()
    assert sizes[0] > 0
    assert sizes == sorted(set(sizes))
    assert used(job) == sizes[-1] == sizes[-2] + 100 == job.sizes.job_bytes(*JOB)
    assert used(job, BOB) == 0


async def test_what_goes_is_counted_too(job):
    before = used(job)
    for size in (100, 40):
        writer = await job.create_artifact(*JOB, "a.txt")
        await writer.write(b"x" * size)
        await writer.commit()
        assert used(job) == before + size
    writer = await job.create_artifact(*JOB, "b.txt")
    await writer.write(b"x" * 100)
    await writer.abort()
    assert used(job) == before + 40
    await job.delete_job(*JOB)
    assert used(job) == 0


async def test_inputs_that_fail_leave_nothing_counted(store):
    def broken():
        yield from items(2_000)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.write_inputs(*JOB, broken())
    assert used(store) == 0


async def test_inputs_that_do_not_fit_are_refused_and_stop_nobody(job, outcomes):
    job.sizes.limit(ALICE, used(job) + 5_000)
    large = [InputItem(Raw(b'"' + b"x" * 10_000 + b'"'))]
    with pytest.raises(QuotaReached) as refused:
        await job.write_inputs(ALICE, "job-2", large)
    assert (refused.value.used_bytes, refused.value.limit_bytes) == (used(job), used(job) + 5_000)
    assert not job.sizes.usage(ALICE).full
    await outcomes.append([an_outcome(0)])
    await job.write_inputs(BOB, "job-2", large)


async def test_a_refusal_tells_the_new_job_from_what_was_there_before(job):
    """Of a list of many chunks too, of which some found room."""
    await job.append_audit(ALICE, [line(1)])
    many = [InputItem(Raw(b'"' + b"x" * 100 + b'"'))] * 2_000
    await job.write_inputs(BOB, "job-2", many)
    before, needed = used(job), used(job, BOB)
    for limit, never in [(before + needed - 1, False), (needed, True), (before + 80_000, True)]:
        job.sizes.limit(ALICE, limit)
        with pytest.raises(QuotaReached) as refused:
            await job.write_inputs(ALICE, "job-2", many)
        error = refused.value
        assert (error.used_bytes, error.needed_bytes, error.limit_bytes) == (before, needed, limit)
        assert 0 < error.kept_bytes < before
        assert error.fits_never is never
        assert used(job) == before
    job.sizes.limit(ALICE, before + needed)
    await job.write_inputs(ALICE, "job-2", many)


async def test_a_job_that_does_not_fit_waits_with_all_others_until_something_goes(job, outcomes):
    await job.write_inputs(ALICE, "job-2", items(3))
    job.sizes.limit(ALICE, used(job) + 200)
    writer = await job.create_artifact(*JOB, "a.txt")
    await writer.write(b"x" * 150)
    with pytest.raises(QuotaReached):
        await writer.write(b"x" * 100)
    await writer.abort()
    # There is room for a line again: it would go on for ever beside the artifact that never fits.
    assert job.sizes.usage(ALICE).full
    with pytest.raises(QuotaReached):
        await outcomes.append([replace(an_outcome(0), result=Raw(b"{}"))])
    with pytest.raises(QuotaReached):
        await job.append_log(*JOB, [])
    await job.delete_job(ALICE, "never-there")
    assert job.sizes.usage(ALICE).full
    await job.delete_job(ALICE, "job-2")
    assert not job.sizes.usage(ALICE).full
    await outcomes.append([an_outcome(0)])


@pytest.mark.parametrize("room", [0, 1, 50, 400, 3_000])
async def test_no_desk_passes_its_limit(job, outcomes, room):
    limit = used(job) + room
    job.sizes.limit(ALICE, limit)
    for number in range(40):
        writes = (
            lambda number=number: outcomes.append([an_outcome(number % 3)]),
            lambda: job.append_log(*JOB, [LINE]),
            lambda number=number: job.write_inputs(ALICE, f"job-{number + 2}", items(2)),
        )
        try:
            await writes[number % 3]()
        except QuotaReached:
            assert used(job) <= limit
    assert used(job) <= limit


async def test_the_audit_log_is_counted_and_never_refused(job):
    job.sizes.limit(ALICE, used(job))
    before = used(job)
    await job.append_audit(ALICE, [line(1)])
    assert used(job) > before
    for number in range(100):
        await job.append_audit(ALICE, [line(number)])
    assert used(job) - before <= 2 * 4096 + 512


async def test_a_load_takes_what_was_last_known(job):
    size = used(job)
    await job.save(ALICE, replace(a_desk(1, a_job("job-1")), sizes={"job-1": size}))
    job.sizes.forget(ALICE)
    assert job.sizes.usage(ALICE).used_bytes == 0
    await job.load(ALICE)
    assert used(job) == size
    # What is known of it now is newer.
    await job.append_log(*JOB, [LINE])
    now = used(job)
    await job.load(ALICE)
    assert used(job) == now


async def test_a_job_that_is_opened_is_counted_anew(job):
    await job.append_log(*JOB, [LINE])
    writer = await job.create_artifact(*JOB, "a/b/c.txt")
    await writer.write(b"x" * 100)
    await writer.commit()
    size = used(job)
    await job.save(ALICE, a_desk(1, a_job("job-1")))
    job.sizes.forget(ALICE)
    await job.load(ALICE)
    assert used(job) == 0
    log = await job.open_outcomes(*JOB)
    await log.aclose()
    assert used(job) == size


async def test_a_desk_of_which_nothing_is_known_has_no_limit(store):
    found = store.sizes.usage(BOB)
    assert (found.used_bytes, found.full) == (0, False)
    assert found != Usage()


def test_a_full_desk_is_no_full_disk():
    """The answer to a full disk is other: there the ballast is spent, and 507 said."""
    assert not issubclass(QuotaReached, StorageFull)
