"""The other files of a job: inputs, artifacts, secrets and the log, whole or not at all."""

from __future__ import annotations

import errno

import pytest
import trio
from msgspec import Raw

from state.errors import DeskTooLarge, JobFilesMissing, StorageBroken, StorageFull
from state.groups import causes_of
from state.items import AHEAD_ITEMS, InputIndex
from state.joblog import DAMAGED_MESSAGE
from state.model import LogLine, OutcomeStatus
from state.wanted import OutcomeFilter
from tests.support.states import ALICE, an_outcome, items

JOB = (ALICE, "job-1")


@pytest.fixture
async def job(store):
    await store.write_inputs(*JOB, items(10))
    return store


@pytest.fixture
def folder(data):
    return data / "files" / ALICE / "job-1"


async def test_damaged_inputs_are_named(job, data):
    path = data / "files" / ALICE / "job-1" / "inputs.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    with pytest.raises(JobFilesMissing, match="cut off after item 9"):
        await job.open_inputs(*JOB)
    path.write_bytes(whole.replace(b"http://h/4", b"http://h/5"))
    inputs = await job.open_inputs(*JOB)
    assert len(await inputs.read([0, 1, 2, 3])) == 4
    with pytest.raises(JobFilesMissing, match="item 4"):
        await inputs.read([3, 4])
    await inputs.aclose()
    path.unlink()
    with pytest.raises(JobFilesMissing):
        await job.open_inputs(*JOB)


@pytest.fixture
def trips(monkeypatch):
    """The indexes of each trip to the disk for items."""
    made, read_on = [], InputIndex.read_on

    def counted(index, handle, indexes):
        made.append(list(indexes))
        return read_on(index, handle, indexes)

    monkeypatch.setattr(InputIndex, "read_on", counted)
    return made


async def test_items_read_one_by_one_come_many_at_a_time(store, trips):
    many = items(AHEAD_ITEMS * 2 + 10)
    await store.write_inputs(*JOB, many)
    inputs = await store.open_inputs(*JOB)
    assert [(await inputs.read([index]))[0] for index in range(len(many))] == many
    assert trips == [[0], [AHEAD_ITEMS + 1], [2 * AHEAD_ITEMS + 2]]
    await inputs.aclose()


async def test_large_items_are_not_read_ahead(store, trips, monkeypatch):
    monkeypatch.setattr("state.items.AHEAD_BYTES", 10)
    await store.write_inputs(*JOB, items(3))
    inputs = await store.open_inputs(*JOB)
    for index in range(3):
        await inputs.read([index])
    assert trips == [[0], [1], [2]]
    await inputs.aclose()


@pytest.mark.parametrize("method", ["make_folder", "create", "write", "fsync", "fsync_dir"])
async def test_failed_inputs_leave_nothing(store, disk, data, method):
    await store.write_inputs(ALICE, "other", items(1))
    names = {"make_folder": "job-1", "fsync_dir": "job-1"}
    disk.fail(method, errno.ENOSPC, name=names.get(method, "inputs"))
    with pytest.raises(StorageFull):
        await store.write_inputs(*JOB, items(3))
    assert [entry.name for entry in (data / "files" / ALICE).iterdir()] == ["other"]
    await store.write_inputs(*JOB, items(3))


async def test_inputs_and_their_names_are_durable(store, disk):
    disk.calls.clear()
    await store.write_inputs(*JOB, items(3))
    synced = [call for call in disk.calls if "sync" in call[0]]
    assert synced == [
        ("fsync_dir", "files"),
        ("fsync", "inputs.jsonl"),
        ("fsync_dir", "job-1"),
        ("fsync_dir", ALICE),
    ]


async def test_a_desks_folder_is_not_relied_on_before_its_name_is_synced(store, disk):
    disk.fail("fsync_dir", errno.EIO, name="files")
    with pytest.raises(StorageBroken):
        await store.write_inputs(*JOB, items(3))
    for job_id, syncs in (("job-1", ["files", "job-1", ALICE]), ("job-2", ["job-2", ALICE])):
        disk.calls.clear()
        await store.write_inputs(ALICE, job_id, items(3))
        assert disk.called("fsync_dir") == syncs


async def test_an_artifacts_folder_whose_sync_failed_is_made_again(job, disk):
    for code in (errno.EIO, 0):
        writer = await job.create_artifact(*JOB, "b")
        disk.calls.clear()
        if code:
            disk.fail("fsync_dir", code, name="job-1")
            with pytest.raises(StorageBroken):
                await writer.commit()
            await writer.abort()
        else:
            await writer.commit()
    assert disk.called("fsync_dir") == ["job-1", "artifacts"]


async def test_artifacts_are_synced_before_they_get_their_name(job, disk):
    writer = await job.create_artifact(*JOB, "a/b")
    await writer.write(b"x")
    disk.calls.clear()
    await writer.commit()
    order = [call for call in disk.calls if call[0] in ("fsync", "rename", "fsync_dir")]
    assert order[0][0] == "fsync"
    assert order[-2:] == [("rename", "b"), ("fsync_dir", "a")]


async def test_secrets_are_durable(job, disk):
    disk.calls.clear()
    await job.save_secrets(*JOB, {"key": "value"})
    order = [call for call in disk.calls if call[0] in ("fsync", "rename", "fsync_dir")]
    assert order == [
        ("fsync", "secrets.json.tmp"),
        ("rename", "secrets.json"),
        ("fsync_dir", ALICE),
    ]


async def test_secrets_of_jobs_staged_at_once_are_all_kept(job, disk):
    """Each change reads the file and replaces it: two at a time would lose one."""
    jobs = [f"job-{number}" for number in range(12)]
    async with trio.open_nursery() as nursery:
        for job_id in jobs:
            nursery.start_soon(job.save_secrets, ALICE, job_id, {"of": job_id})
    async with trio.open_nursery() as nursery:
        for job_id in jobs[:6]:
            nursery.start_soon(job.delete_job, ALICE, job_id)
    kept = [await job.load_secrets(ALICE, job_id) for job_id in jobs]
    assert kept == [{}] * 6 + [{"of": job_id} for job_id in jobs[6:]]


async def test_damaged_secrets_are_an_error_not_none(job, folder):
    await job.save_secrets(*JOB, {"key": "value"})
    (folder.parent / "secrets.json").write_bytes(b"{")
    with pytest.raises(JobFilesMissing, match="secrets"):
        await job.load_secrets(*JOB)
    assert (folder.parent / "secrets.json").read_bytes() == b"{"


def line(message):
    return LogLine(1.0, "info", message)


async def test_a_failed_append_to_the_log_leaves_no_half_line(job, disk):
    await job.append_log(*JOB, [line("one")])
    disk.short_write(10, name="log")
    disk.fail("write", errno.ENOSPC, name="log")
    with pytest.raises(StorageFull):
        await job.append_log(*JOB, [line("two")])
    await job.append_log(*JOB, [line("three")])
    page = await job.read_log(*JOB)
    assert [entry.message for entry in page.lines] == ["one", "three"]


async def test_a_log_line_torn_by_a_crash_is_shown_as_that(job, folder):
    await job.append_log(*JOB, [line("one")])
    with (folder / "log.jsonl").open("ab") as file:
        file.write(b'{"at":1,"lev')
    page = await job.read_log(*JOB)
    assert [entry.message for entry in page.lines] == ["one"]
    await job.append_log(*JOB, [line("two")])
    rest = await job.read_log(*JOB, after=page.next)
    assert [entry.message for entry in rest.lines] == [DAMAGED_MESSAGE, "two"]


async def test_a_log_is_read_from_the_next_line_at_any_offset(job, folder):
    await job.append_log(*JOB, [line("one"), line("two")])
    size = (folder / "log.jsonl").stat().st_size
    for after in range(1, size // 2 + 1):
        page = await job.read_log(*JOB, after=after)
        assert [entry.message for entry in page.lines] == ["two"]
    for after in range(size // 2 + 1, size + 5):
        assert (await job.read_log(*JOB, after=after)).next == size


@pytest.mark.parametrize(("room", "own"), [(15, 0), (25, 10)])
async def test_few_indexes_are_held(job, disk, monkeypatch, room, own):
    """Each job has ten items and counts for some itself: there is room for one, not for two."""
    monkeypatch.setattr("state.reading.HELD_ITEMS_MAX", room)
    monkeypatch.setattr("state.reading.JOB_ITEMS", own)
    await job.write_inputs(ALICE, "job-2", items(10))

    async def opened(job_id):
        disk.calls.clear()
        await job.read_outcomes(ALICE, job_id)
        return disk.called("open_read").count("inputs.jsonl")

    assert [await opened(job_id) for job_id in ("job-1", "job-1", "job-2", "job-1")] == [1, 0, 1, 1]


async def test_names_in_a_table_count_for_what_is_held(job, disk, monkeypatch):
    """Hosts are named by addresses, and may be longer than all else that is held of an item."""
    monkeypatch.setattr("state.reading.HELD_ITEMS_MAX", 200)
    await job.write_inputs(ALICE, "job-2", items(10))
    log = await job.open_outcomes(*JOB)
    await job.read_outcomes(ALICE, "job-2")

    async def read_anew(asking):
        disk.calls.clear()
        await asking
        return disk.called("open_read").count("inputs.jsonl") > 0

    async def failed(length):
        result = Raw(b'{"url": "http://%b.test/"}' % (b"h" * length))
        await log.append([an_outcome(0, status=OutcomeStatus.FAILED, result=result)])
        await job.read_causes(*JOB)

    await failed(1)
    assert not await read_anew(job.read_outcomes(ALICE, "job-2", limit=0))
    await failed(280)
    await failed(281)
    await failed(282)
    assert await read_anew(job.read_outcomes(ALICE, "job-2", limit=0))
    await log.aclose()


async def test_causes_are_grouped_once_for_all_who_ask(job, monkeypatch):
    grouped = []

    def counted(*given):
        grouped.append(given)
        return causes_of(*given)

    monkeypatch.setattr("state.reading.causes_of", counted)
    log = await job.open_outcomes(*JOB)
    await log.append([an_outcome(0, status=OutcomeStatus.FAILED)])
    first = await job.read_causes(*JOB, run=1)
    assert await job.read_causes(*JOB, run=1) == first
    assert len(grouped) == 1
    # Anything that would be told otherwise is counted anew.
    again = OutcomeFilter(http_status=((200, 200),))
    for run, which, failed in ((2, None, 0), (2, again, 0), (2, OutcomeFilter(text="z"), 1)):
        assert (await job.read_causes(*JOB, run=run, again=which)).failed == failed
    await log.append([an_outcome(1, status=OutcomeStatus.FAILED)])
    assert (await job.read_causes(*JOB, run=1)).failed == 2
    assert len(grouped) == 5
    await log.aclose()


async def test_a_page_scans_only_what_is_new(job, disk):
    log = await job.open_outcomes(*JOB)
    await log.append([an_outcome(index) for index in range(9)])
    await job.read_outcomes(*JOB, limit=1)
    disk.reads.clear()
    await log.append([an_outcome(9)])
    await job.read_outcomes(*JOB, limit=1)
    scanned = [offset for name, offset in disk.reads if name == "outcomes.jsonl"]
    assert min(scanned[:-1]) > 1000  # the last read is that of the line on the page
    await log.aclose()


async def test_more_secrets_than_can_be_read_again_are_refused(job, monkeypatch):
    """Else the file would be damage at the next look, with the secrets of every job in it."""
    monkeypatch.setattr("state.secrets._MAX_BYTES", 1_000)
    await job.save_secrets(*JOB, {"key": "value"})
    with pytest.raises(DeskTooLarge):
        await job.save_secrets(ALICE, "job-2", {"key": "x" * 1_000})
    assert await job.load_secrets(*JOB) == {"key": "value"}
    assert await job.load_secrets(ALICE, "job-2") == {}
