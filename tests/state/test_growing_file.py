"""The file of items that a job has found: torn tails, damaged lines, failing disks, readers."""

from __future__ import annotations

import errno
import json

import pytest
from msgspec import Raw

from state.errors import JobFilesMissing, StorageBroken, StorageFull
from state.model import InputItem
from tests.support.states import ALICE

JOB = (ALICE, "job-1")


def found(number):
    return InputItem(Raw(b'{"url":"http://h/%d"}' % number), "http://h", f"/{number}")


@pytest.fixture
async def job(store):
    await store.write_inputs(*JOB, [found(0), found(1)])
    return store


@pytest.fixture
def path(data):
    return data / "files" / ALICE / "job-1" / "inputs.jsonl"


async def grow(store, *numbers, grows_from=2):
    inputs = await store.open_inputs(*JOB, grows_from=grows_from)
    await inputs.append([found(number) for number in numbers])
    await inputs.sync()
    await inputs.aclose()


async def names(store):
    return [item.name for item in await store.read_items(*JOB, limit=100)]


async def test_a_line_names_its_item_and_one_of_a_job_that_does_not_grow_has_no_name(job, path):
    (first, _) = path.read_bytes().splitlines()
    assert json.loads(first).keys() == {"item", "key", "name", "crc"}
    await job.write_inputs(ALICE, "job-2", [InputItem(Raw(b"1"))])
    (line,) = path.parent.with_name("job-2").joinpath("inputs.jsonl").read_bytes().splitlines()
    assert json.loads(line).keys() == {"item", "crc"}


async def test_a_tail_torn_at_any_byte_is_cut(job, path):
    await grow(job, 2)
    whole = path.read_bytes()
    await grow(job, 3)
    both = path.read_bytes()
    for length in range(len(whole), len(both)):
        path.write_bytes(both[:length])
        inputs = await job.open_inputs(*JOB, grows_from=2)
        assert (inputs.count, inputs.cut_bytes) == (3, length - len(whole))
        await inputs.aclose()
        assert path.read_bytes() == whole
        assert await names(job) == ["/0", "/1", "/2"]


async def test_a_torn_tail_is_passed_over_by_who_reads_before_the_job_is_opened(job, path):
    await grow(job, 2)
    path.write_bytes(path.read_bytes() + b'{"item":{"url"')
    assert await names(job) == ["/0", "/1", "/2"]
    await grow(job, 3)
    assert await names(job) == ["/0", "/1", "/2", "/3"]


async def test_a_file_of_a_job_that_does_not_grow_must_be_whole(store, path):
    await store.write_inputs(*JOB, [InputItem(Raw(b"1")), InputItem(Raw(b"2"))])
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(JobFilesMissing, match="cut off after item 1"):
        await names(store)


@pytest.mark.parametrize("garbage", [b"\0" * 40, b"x" * 30 + b"\n", b"\n\n\n", b"{}\n{}\n"])
async def test_what_power_loss_left_behind_is_cut_whatever_it_is(job, path, garbage):
    whole = path.read_bytes()
    path.write_bytes(whole + garbage)
    await grow(job, 2)
    assert await names(job) == ["/0", "/1", "/2"]
    assert path.read_bytes().startswith(whole)


async def test_a_line_in_another_place_is_no_item(job, path):
    await grow(job, 2, 3)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], lines[3], lines[2]]))
    inputs = await job.open_inputs(*JOB, grows_from=2)
    assert inputs.count == 2
    await inputs.aclose()


@pytest.mark.parametrize("spoil", [lambda line: b"X" + line[1:], lambda line: b""])
async def test_damage_among_items_that_were_counted_changes_nothing_and_is_told(job, path, spoil):
    await grow(job, 2, 3)
    lines = path.read_bytes().splitlines(keepends=True)
    damaged = b"".join([lines[0], spoil(lines[1]), *lines[2:]])
    path.write_bytes(damaged)
    with pytest.raises(JobFilesMissing, match="damaged at item 1 of 4"):
        await job.open_inputs(*JOB, grows_from=4)
    assert path.read_bytes() == damaged


async def test_a_missing_file_is_not_made_anew(job, path):
    path.unlink()
    with pytest.raises(JobFilesMissing):
        await job.open_inputs(*JOB, grows_from=0)
    assert not path.exists()


async def test_a_short_write_leaves_nothing_of_its_items(job, disk, path):
    inputs = await job.open_inputs(*JOB, grows_from=2)
    whole = path.read_bytes()
    disk.short_write(40, name="inputs")
    disk.fail("write", errno.ENOSPC, name="inputs")
    disk.fail("truncate", errno.EIO, name="inputs", times=1)
    with pytest.raises(StorageFull):
        await inputs.append([found(2), found(3)])
    # What could not be cut off yet is neither counted nor shown.
    assert (inputs.count, path.read_bytes()[:-40]) == (2, whole)
    assert await names(job) == ["/0", "/1"]
    await inputs.append([found(2)])
    await inputs.sync()
    assert await inputs.read([2]) == [found(2)]
    await inputs.aclose()


async def test_a_failed_sync_is_made_up_for_by_a_new_file(job, disk, path):
    inputs = await job.open_inputs(*JOB, grows_from=2)
    await inputs.append([found(2)])
    before = path.stat().st_ino
    disk.fail("fdatasync", errno.EIO, name="inputs")
    with pytest.raises(StorageBroken):
        await inputs.sync()
    await inputs.append([found(3)])
    await inputs.sync()
    assert path.stat().st_ino != before
    assert await inputs.read(range(4)) == [found(number) for number in range(4)]
    await inputs.aclose()
    assert await names(job) == ["/0", "/1", "/2", "/3"]
