"""The series of an outcome file: each byte is read once, damage is told, a repair is followed."""

from __future__ import annotations

from msgspec import Raw
from msgspec.structs import replace

from state.buckets import SeriesAsk
from state.model import OutcomeRecord, OutcomeStatus
from state.packed import one, unpacked
from tests.support.states import ALICE, an_item

ASK = SeriesAsk(points=100, begun_at=0.0, until=100.0)
NAME = "outcomes.jsonl"


def an_ending(index, at=1.0):
    return OutcomeRecord(index=index, run=1, status=OutcomeStatus.OK, at=at, result=Raw(b"{}"))


async def written(store, *records, items=50):
    await store.write_inputs(ALICE, "job-1", [an_item(index) for index in range(items)])
    log = await store.open_outcomes(ALICE, "job-1")
    await log.append(records)
    await log.sync()
    return log


def outcomes_read(disk):
    found = [offset for name, offset in disk.reads if name == NAME]
    disk.reads.clear()
    return found


async def test_what_was_counted_is_not_read_again(store, disk, data):
    log = await written(store, *map(an_ending, range(10)))
    (file,) = data.glob(f"files/*/job-1/{NAME}")
    assert (await store.read_series(ALICE, "job-1", ASK)).total.counts[0] == 10
    known = file.stat().st_size
    outcomes_read(disk)
    await store.read_series(ALICE, "job-1", ASK)
    assert outcomes_read(disk) == []
    await log.append([an_ending(index, 2.0) for index in range(10, 13)])
    assert (await store.read_series(ALICE, "job-1", ASK)).total.counts[0] == 13
    assert min(outcomes_read(disk)) == known
    await log.aclose()


async def test_damaged_lines_are_counted_and_the_others_are_told(store, data):
    log = await written(store, *map(an_ending, range(3)))
    await log.aclose()
    (file,) = data.glob(f"files/*/job-1/{NAME}")
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + lines[1].replace(b'"ok"', b'"no"') + lines[2])
    page = await store.read_series(ALICE, "job-1", ASK)
    assert (page.total.counts[0], page.bad_lines) == (2, 1)


async def test_a_file_that_was_repaired_is_counted_anew(store, data):
    log = await written(store, *map(an_ending, range(3)))
    await log.aclose()
    assert (await store.read_series(ALICE, "job-1", ASK)).total.counts[0] == 3
    (file,) = data.glob(f"files/*/job-1/{NAME}")
    file.write_bytes(file.read_bytes()[:-4])
    # Its runner cuts off the torn end when it opens it again.
    log = await store.open_outcomes(ALICE, "job-1")
    await log.append([an_ending(index) for index in (2, 3)])
    assert (await store.read_series(ALICE, "job-1", ASK)).total.counts[0] == 4
    await log.aclose()


async def test_what_a_job_has_found_since_counts(store):
    items = [replace(an_item(index), name=f"/{index}") for index in range(3)]
    await store.write_inputs(ALICE, "job-1", items[:1])
    inputs = await store.open_inputs(ALICE, "job-1", grows_from=1)
    log = await store.open_outcomes(ALICE, "job-1")
    await log.append([an_ending(0)])
    assert (await store.read_series(ALICE, "job-1", ASK)).total.counts[0] == 1
    await inputs.append(items[1:])
    await log.append([an_ending(1), an_ending(2)])
    page = await store.read_series(ALICE, "job-1", ASK)
    assert (page.total.counts[0], page.bad_lines) == (3, 0)
    await log.aclose()
    await inputs.aclose()


def test_small_counters_are_added_together():
    both = one(0) + 3 * one(2) + (one(2) + one(9))
    assert unpacked(both) == [1, 0, 4, 0, 0, 0, 0, 0, 0, 1]
    assert unpacked(one(1), 4) == [0, 1, 0, 0]
    assert unpacked(0) == []
