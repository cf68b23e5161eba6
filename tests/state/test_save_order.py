"""The order in which a save reaches the disk, and how few syncs it takes."""

from __future__ import annotations

import errno

import pytest
import trio

from state.errors import StorageBroken, StorageError, StorageFull, StorageReadOnly
from state.model import JobStatus
from tests.support.states import ALICE, BOB, a_desk, a_job, items, running_desk

FILE = f"{ALICE}.json"
SAVED = [
    ("create", f"{FILE}.tmp"),
    ("write", f"{FILE}.tmp"),
    ("fsync", f"{FILE}.tmp"),
    ("close", f"{FILE}.tmp"),
    ("unlink", f"{FILE}.link"),
    ("link", f"{FILE}.link"),
    ("rename", f"{FILE}.1"),
    ("rename", FILE),
    ("fsync_dir", "sessions"),
]


def syncs(disk):
    return [method for method, _ in disk.calls if "sync" in method]


async def test_a_save_goes_in_the_documented_order(store, disk):
    await store.save(ALICE, a_desk(1))
    disk.calls.clear()
    await store.save(ALICE, a_desk(2))
    assert disk.calls == SAVED
    assert len(syncs(disk)) == 2


async def test_the_first_save_has_nothing_to_keep(store, disk):
    disk.calls.clear()
    await store.save(ALICE, a_desk(1))
    assert ("rename", f"{FILE}.1") not in disk.calls
    assert disk.calls[-1] == ("fsync_dir", "sessions")


async def test_both_generations_stay(store, data):
    for revision in (1, 2, 3):
        await store.save(ALICE, a_desk(revision))
    names = {path.name: path.read_bytes() for path in (data / "sessions").iterdir()}
    assert sorted(names) == [FILE, f"{FILE}.1"]
    assert b'"revision":3' in names[FILE]
    assert b'"revision":2' in names[f"{FILE}.1"]


async def test_the_marker_is_durable_before_the_state_that_needs_it(store, disk):
    disk.calls.clear()
    await store.save(ALICE, running_desk())
    marked = disk.calls.index(("fsync_dir", "active"))
    assert disk.calls.index(("create", ALICE)) < marked
    assert marked < disk.calls.index(("create", f"{FILE}.tmp"))
    disk.calls.clear()
    await store.save(ALICE, a_desk(2, a_job(status=JobStatus.PAUSED)))
    await store.save(ALICE, running_desk(3))
    assert len(syncs(disk)) == 4  # a marker that is still there costs nothing


async def test_no_state_is_saved_whose_marker_is_not_durable(store, disk):
    disk.fail("fsync_dir", errno.EIO, name="active")
    with pytest.raises(StorageError):
        await store.save(ALICE, running_desk())
    assert not await store.exists(ALICE)
    await store.save(ALICE, running_desk())
    assert disk.called("fsync_dir")[-2:] == ["active", "sessions"]


async def test_markers_go_when_the_store_closes(open_store, data):
    async with open_store() as store:
        await store.save(ALICE, running_desk())
        await store.save(BOB, running_desk())
        await store.save(BOB, a_desk(2))
    assert [path.name for path in (data / "active").iterdir()] == [ALICE]
    async with open_store() as store:
        assert await store.unfinished() == [ALICE]


async def test_desks_saved_at_once_share_folder_syncs(store, disk):
    disk.calls.clear()
    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(store.save, f"{number:064x}", a_desk(1))
    assert disk.called("fsync_dir").count("sessions") < 20


async def test_short_writes_are_carried_on(store, disk, data):
    disk.short_write(5, name=FILE)
    await store.save(ALICE, a_desk(1))
    assert disk.called("write").count(f"{FILE}.tmp") == 2
    assert (await store.load(ALICE)).state == a_desk(1)


@pytest.mark.parametrize("method", ["create", "write", "fsync", "link", "rename"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
async def test_a_full_disk_keeps_the_old_version(store, disk, data, method, code):
    await store.save(ALICE, a_desk(1))
    disk.fail(method, code, name=FILE)
    with pytest.raises(StorageFull):
        await store.save(ALICE, a_desk(2))
    assert (await store.load(ALICE)).state == a_desk(1)
    assert not [path for path in (data / "sessions").iterdir() if path.suffix == ".tmp"]
    await store.save(ALICE, a_desk(3))
    assert (await store.load(ALICE)).state == a_desk(3)


async def test_an_essential_save_uses_the_ballast(store, disk, data):
    await store.save(ALICE, a_desk(1))
    disk.fail("write", errno.ENOSPC, name=FILE)
    await store.save(ALICE, a_desk(2), essential=True)
    assert (await store.load(ALICE)).state == a_desk(2)
    assert not (data / "ballast").exists()


async def test_the_ballast_is_really_on_disk_and_really_given_up(open_store, disk):
    async with open_store() as store:
        assert "ballast" in disk.called("fsync")
        disk.fail("write", errno.ENOSPC, name=FILE)
        disk.calls.clear()
        await store.save(ALICE, a_desk(1), essential=True)
        freed = disk.calls.index(("unlink", "ballast"))
        assert disk.calls[freed + 1] == ("fsync_dir", "data")


async def test_a_spent_ballast_comes_before_plain_saves_and_new_jobs(store, disk, data):
    disk.fail("write", errno.ENOSPC, name=FILE)
    await store.save(ALICE, a_desk(1), essential=True)
    disk.fail("write", errno.ENOSPC, name="ballast", times=2)
    with pytest.raises(StorageFull):
        await store.save(ALICE, a_desk(2))
    with pytest.raises(StorageFull):
        await store.write_inputs(ALICE, "job-1", items(1))
    await store.save(ALICE, a_desk(3), essential=True)
    await store.save(ALICE, a_desk(4))
    assert (data / "ballast").stat().st_size == 4096


async def test_a_delete_works_on_a_full_disk(store, disk, data):
    await store.write_inputs(ALICE, "job-1", items(1))
    await store.save_secrets(ALICE, "job-1", {"key": "value"})
    disk.fail("write", errno.ENOSPC, name="secrets.json")
    await store.delete_job(ALICE, "job-1")
    assert await store.load_secrets(ALICE, "job-1") == {}
    assert not (data / "ballast").exists()


async def test_a_full_disk_does_not_keep_the_server_from_starting(open_store, disk):
    disk.fail("write", errno.ENOSPC, name="ballast")
    async with open_store() as store:
        await store.save(ALICE, a_desk(1))


async def test_one_failure_of_the_medium_is_met_with_a_new_file(store, disk):
    disk.fail("fsync", errno.EIO, name=FILE)
    await store.save(ALICE, a_desk(1))
    assert disk.called("create").count(f"{FILE}.tmp") == 2
    assert disk.called("fsync").count(f"{FILE}.tmp") == 2  # one on each descriptor
    assert (await store.load(ALICE)).state == a_desk(1)


async def test_a_dead_medium_makes_the_desk_read_only(store, disk):
    await store.save(ALICE, a_desk(1))
    disk.fail("fsync", errno.EIO, name=FILE, times=100)
    for revision in (2, 3):
        with pytest.raises(StorageBroken):
            await store.save(ALICE, a_desk(revision))
    disk.mend()
    with pytest.raises(StorageReadOnly):
        await store.save(ALICE, a_desk(4))
    with pytest.raises(StorageReadOnly):
        await store.write_inputs(ALICE, "job-1", items(1))
    assert (await store.load(ALICE)).state == a_desk(1)
    await store.save(BOB, a_desk(1))


async def test_a_good_save_forgives_earlier_failures(store, disk):
    for revision in range(1, 6):
        disk.fail("fsync", errno.EIO, name=FILE)
        await store.save(ALICE, a_desk(revision))


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS])
async def test_a_failed_folder_sync_leaves_the_outcome_unknown(store, disk, code):
    await store.save(ALICE, a_desk(1))
    disk.fail("fsync_dir", code, name="sessions")
    with pytest.raises(StorageError) as raised:
        await store.save(ALICE, a_desk(2))
    # These two promise that the old version was kept.
    assert not isinstance(raised.value, StorageFull | StorageReadOnly)
    disk.calls.clear()
    loaded = await store.load(ALICE)
    assert loaded.state == a_desk(2)
    assert disk.called("fsync_dir") == ["sessions"]  # made durable before it was shown
    disk.calls.clear()
    await store.save(ALICE, a_desk(3))
    assert disk.calls == SAVED


async def test_a_read_only_disk_is_named(store, disk):
    disk.fail("create", errno.EROFS, name=FILE)
    with pytest.raises(StorageReadOnly):
        await store.save(ALICE, a_desk(1))
    await store.save(ALICE, a_desk(1))
