"""The desk's file holds what is live and not the items: a job of 100,000 makes it no larger."""

from __future__ import annotations

from msgspec.structs import replace

from state.model import AtWork, Counts, IdempotencyRecord, JobStatus
from tests.support.states import ALICE, a_desk, a_job, an_outcome, items

ITEMS = 100_000
LIMIT_BYTES = 256_000  # design: a desk with a job of 100,000 items
LARGEST_SPEC = {"headers": {"x-large": "x" * (32 * 1024 - 100)}}

# What items at work may say of themselves, of as many as are kept.
LONGEST_WORDS = tuple(
    AtWork(
        index=ITEMS - 1 - n, fraction=0.3333, stage="步" * 100, done=1, total=3, at=1.7e9 + 0.123
    )
    for n in range(16)
)


def remembered(number):
    """What an answer with an idempotency key leaves behind."""
    name = f"{number:064x}"
    return IdempotencyRecord(name, name, "job-1", JobStatus.QUEUED, number, 5.0)


async def test_the_file_of_a_desk_with_a_hundred_thousand_items_is_small(store, data):
    await store.write_inputs(ALICE, "job-1", items(ITEMS))
    log = await store.open_outcomes(ALICE, "job-1")
    await log.append([an_outcome(index) for index in range(ITEMS // 2)])
    await log.sync()
    await log.aclose()
    job = a_job(status=JobStatus.RUNNING, total=ITEMS, spec=LARGEST_SPEC)
    job = replace(job, counts=Counts(ITEMS, ok=ITEMS // 2), working=LONGEST_WORDS)
    desk = a_desk(1, job, idempotency=tuple(map(remembered, range(500))))
    await store.save(ALICE, desk)
    assert (data / "sessions" / f"{ALICE}.json").stat().st_size < LIMIT_BYTES
