"""The outcome file: torn tails, damaged lines, failing disks, and readers that follow it."""

from __future__ import annotations

import errno
import json
import zlib

import pytest

from state.errors import StorageBroken, StorageFull
from state.model import OutcomeStatus
from tests.support.states import ALICE, an_outcome, items

JOB = (ALICE, "job-1")


@pytest.fixture
async def job(store):
    await store.write_inputs(*JOB, items(10))
    return store


@pytest.fixture
def path(data):
    return data / "files" / ALICE / "job-1" / "outcomes.jsonl"


async def written(store, *indexes):
    log = await store.open_outcomes(*JOB)
    await log.append([an_outcome(index) for index in indexes])
    await log.sync()
    await log.aclose()


async def replayed(store):
    log = await store.open_outcomes(*JOB)
    await log.aclose()
    return log.replay


async def test_it_says_whether_the_job_had_made_anything(job):
    assert (await replayed(job)).is_bare
    await written(job, 0)
    assert (await replayed(job)).is_bare
    packs = await job.open_artifacts(*JOB)
    packs.add("a.txt", b"a")
    await packs.sync()
    await packs.aclose()
    assert not (await replayed(job)).is_bare


async def test_a_large_one_alone_is_something_that_was_made(job):
    made = await job.create_artifact(*JOB, "a.txt")
    await made.write(b"a")
    await made.commit()
    assert not (await replayed(job)).is_bare


async def shown(store):
    return [record.index for record, _ in (await store.read_outcomes(*JOB)).records]


async def test_a_line_is_json_and_carries_its_crc(job, path):
    await written(job, 7)
    (line,) = path.read_bytes().splitlines()
    parsed = json.loads(line)
    assert (parsed["index"], parsed["status"], parsed["result"]) == (7, "ok", {"http_status": 200})
    body = line[: line.rindex(b',"crc"')]
    assert line.endswith(b',"crc":"%s"}' % parsed["crc"].encode())
    assert int(parsed["crc"], 16) == zlib.crc32(f"{ALICE}/job-1".encode() + body)


async def test_a_result_with_line_breaks_stays_one_line(job, path):
    log = await job.open_outcomes(*JOB)
    await log.append([an_outcome(0, result=b'{\n "a": 1\n}'), an_outcome(1)])
    await log.aclose()
    assert len(path.read_bytes().splitlines()) == 2
    assert await shown(job) == [0, 1]


async def test_a_tail_torn_at_any_byte_is_cut(job, path):
    await written(job, 0)
    whole = path.read_bytes()
    await written(job, 1)
    both = path.read_bytes()
    for length in range(len(whole), len(both)):
        path.write_bytes(both[:length])
        replay = await replayed(job)
        assert list(replay.latest) == [0]
        assert (replay.bad_lines, replay.cut_bytes) == (0, length - len(whole))
        assert path.read_bytes() == whole
        assert await shown(job) == [0]


@pytest.mark.parametrize("spoil", [b"\0", b"~", b"\n"])
async def test_a_changed_byte_anywhere_costs_that_line_only(job, path, spoil):
    await written(job, 0, 1, 2)
    whole = path.read_bytes()
    second = whole.index(b"\n") + 1
    for position in range(second, whole.index(b"\n", second)):
        path.write_bytes(whole[:position] + spoil + whole[position + 1 :])
        replay = await replayed(job)
        assert list(replay.latest) == [0, 2]
        assert replay.bad_lines >= 1
        assert replay.cut_bytes == 0
        assert await shown(job) == [0, 2]


async def test_a_bad_last_line_is_cut_and_new_ones_follow(job, path):
    await written(job, 0, 1)
    whole = path.read_bytes()
    path.write_bytes(whole[:-4] + b"x" + whole[-3:])
    assert await shown(job) == [0]
    await written(job, 2, 3)
    assert await shown(job) == [0, 2, 3]
    assert list((await replayed(job)).latest) == [0, 2, 3]


async def test_an_index_beyond_the_items_is_not_shown(job, path):
    await written(job, 1, 10)
    assert await shown(job) == [1]


async def test_a_failed_append_counts_for_nothing(job, disk, path):
    log = await job.open_outcomes(*JOB)
    await log.append([an_outcome(0)])
    before = path.read_bytes()
    disk.short_write(40, name="outcomes")
    disk.fail("write", errno.ENOSPC, name="outcomes")
    with pytest.raises(StorageFull):
        await log.append([an_outcome(1), an_outcome(2)])
    assert path.read_bytes() == before
    await log.append([an_outcome(1)])
    await log.aclose()
    assert await shown(job) == [0, 1]
    assert (await replayed(job)).bad_lines == 0


async def test_an_append_that_could_not_be_cut_off_is_cut_off_later(job, disk):
    log = await job.open_outcomes(*JOB)
    await log.append([an_outcome(0)])
    disk.short_write(200, name="outcomes")
    disk.fail("write", errno.ENOSPC, name="outcomes")
    disk.fail("truncate", errno.EIO, name="outcomes", times=2)
    with pytest.raises(StorageFull):
        await log.append([an_outcome(1), an_outcome(2)])
    assert await shown(job) == [0]
    with pytest.raises(StorageBroken):
        await log.append([an_outcome(3)])
    await log.append([an_outcome(4)])
    await log.aclose()
    assert await shown(job) == [0, 4]
    assert (await replayed(job)).bad_lines == 0


async def test_appends_are_not_synced_and_a_sync_is_one(job, disk):
    log = await job.open_outcomes(*JOB)
    disk.calls.clear()
    for index in range(5):
        await log.append([an_outcome(index)])
    assert disk.calls == [("write", "outcomes.jsonl")] * 5
    disk.calls.clear()
    await log.sync()
    await log.sync()
    assert disk.calls == [("fdatasync", "outcomes.jsonl")]
    await log.aclose()


async def test_a_failed_sync_is_not_repeated_but_written_anew(job, disk, path):
    log = await job.open_outcomes(*JOB)
    await log.append([an_outcome(0)])
    await log.sync()
    await log.append([an_outcome(1)])
    disk.fail("fdatasync", errno.EIO, name="outcomes")
    with pytest.raises(StorageBroken):
        await log.sync()
    # The kernel may have dropped what it could not write; a sync would not know of it.
    path.write_bytes(path.read_bytes()[: path.read_bytes().index(b"\n") + 1])
    await log.append([an_outcome(2)])
    disk.calls.clear()
    await log.sync()
    assert disk.called("fdatasync") == []
    assert (
        disk.calls[-3:]
        == [
            ("rename", "outcomes.jsonl"),
            ("close", "outcomes.jsonl"),
            ("fsync_dir", "job-1"),
            ("close", "job-1"),
        ][-3:]
    )
    assert await shown(job) == [0, 1, 2]
    await log.append([an_outcome(3)])
    await log.sync()
    await log.aclose()
    assert list((await replayed(job)).latest) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("method", "name"),
    [("write", "outcomes.jsonl.tmp"), ("fsync", "outcomes"), ("rename", "outcomes"),
     ("fsync_dir", "job-1")],
)  # fmt: skip
async def test_writing_anew_may_fail_and_is_tried_again(job, disk, path, method, name):
    log = await job.open_outcomes(*JOB)
    await log.append([an_outcome(0)])
    disk.fail("fdatasync", errno.EIO, name="outcomes")
    disk.fail(method, errno.EIO, name=name)
    for _ in range(2):
        with pytest.raises(StorageBroken):
            await log.sync()
    await log.append([an_outcome(1)])
    await log.sync()
    await log.aclose()
    assert list((await replayed(job)).latest) == [0, 1]
    assert sorted(entry.name for entry in path.parent.iterdir()) == [
        "inputs.jsonl",
        "outcomes.jsonl",
    ]


async def test_what_is_counted_at_opening_is_synced_first(job, disk):
    await written(job, 0)
    disk.calls.clear()
    await replayed(job)
    assert disk.called("fdatasync") == ["outcomes.jsonl"]


async def test_a_new_outcome_file_has_a_durable_name(job, disk):
    disk.calls.clear()
    await replayed(job)
    made = disk.calls.index(("create", "outcomes.jsonl"))
    assert ("fsync_dir", "job-1") in disk.calls[made:]


async def test_an_outcome_file_whose_name_was_not_synced_is_synced_by_the_next(job, disk):
    disk.fail("fsync_dir", errno.EIO, name="job-1")
    disk.calls.clear()
    with pytest.raises(StorageBroken):
        await job.open_outcomes(*JOB)
    assert ("close", "outcomes.jsonl") in disk.calls
    disk.calls.clear()
    await replayed(job)
    assert ("fsync_dir", "job-1") in disk.calls


async def test_what_a_dead_runner_left_half_done_is_swept(job, path):
    (path.parent / "parts").mkdir()
    (path.parent / "parts" / "part.1.tmp").write_bytes(b"x")
    (path.parent / "outcomes.jsonl.1.tmp").write_bytes(b"x")
    await replayed(job)
    assert sorted(entry.name for entry in path.parent.iterdir()) == [
        "inputs.jsonl",
        "outcomes.jsonl",
    ]


async def test_unsynced_lines_do_not_pile_up(job, disk, monkeypatch):
    monkeypatch.setattr("state.sealed_file.UNSYNCED_MAX_BYTES", 500)
    log = await job.open_outcomes(*JOB)
    disk.calls.clear()
    for index in range(10):
        await log.append([an_outcome(index)])
    await log.aclose()
    assert len(disk.called("fdatasync")) >= 2


async def test_unknown_status_words_are_bad_lines(job, path):
    await written(job, 0)
    body = b'{"index":1,"run":1,"status":"great","at":1'
    with path.open("ab") as file:
        file.write(b'%b,"crc":"%08x"}\n' % (body, zlib.crc32(f"{ALICE}/job-1".encode() + body)))
    await written(job, 2)
    replay = await replayed(job)
    assert replay.latest == {0: (1, OutcomeStatus.OK), 2: (1, OutcomeStatus.OK)}


async def test_lines_of_another_job_are_bad_lines(job, path):
    await written(job, 0)
    await job.write_inputs(ALICE, "job-2", items(3))
    log = await job.open_outcomes(ALICE, "job-2")
    await log.append([an_outcome(1)])
    await log.aclose()
    other = path.parent.parent / "job-2" / path.name
    path.write_bytes(other.read_bytes() + path.read_bytes())
    replay = await replayed(job)
    assert (replay.latest, replay.bad_lines) == ({0: (1, OutcomeStatus.OK)}, 1)
