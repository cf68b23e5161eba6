"""A medium that fails: the desk that becomes read-only heals, and no suspect file is trusted."""

from __future__ import annotations

import errno
from functools import partial

import pytest

from state.disk import storage_error
from state.errors import StorageBroken, StorageReadOnly
from state.health import PROBE_EVERY_S
from state.store import FileStore
from tests.support.states import ALICE, BOB, a_desk, an_outcome, items, running_desk

FILE = f"{ALICE}.json"
PROBE = f"{ALICE}.probe.tmp"
JOB = (ALICE, "job-1")


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def open_store(open_store, clock):
    return partial(open_store, clock=clock)


@pytest.fixture
async def sick(store: FileStore, disk):
    """A store whose medium has failed three times under Alice, and fails on."""
    await store.save(ALICE, a_desk(1))
    disk.fail("fsync", errno.EIO, name=ALICE, times=1_000)
    for revision in (2, 3):
        with pytest.raises(StorageBroken):
            await store.save(ALICE, a_desk(revision))
    disk.calls.clear()
    return store


async def test_a_read_only_desk_is_probed_seldom(sick, disk, clock):
    for _ in range(5):
        with pytest.raises(StorageReadOnly):
            await sick.save(ALICE, a_desk(4))
    assert disk.calls == []
    clock.now += PROBE_EVERY_S
    for _ in range(5):
        with pytest.raises(StorageReadOnly):
            await sick.save(ALICE, a_desk(4))
    assert disk.called("create") == [PROBE]
    assert (await sick.load(ALICE)).state == a_desk(1)


@pytest.mark.parametrize("first", ["save", "write_inputs", "save_secrets"])
async def test_a_read_only_desk_heals_with_its_disk(sick, disk, clock, first):
    disk.mend()
    clock.now += PROBE_EVERY_S
    doing = {
        "save": (a_desk(4),),
        "write_inputs": ("job-1", items(1)),
        "save_secrets": ("job-1", {"key": "value"}),
    }
    await getattr(sick, first)(ALICE, *doing[first])
    probed = [call for call in disk.calls if PROBE in call or call == ("fsync_dir", "sessions")]
    assert probed[:6] == [
        ("create", PROBE),
        ("write", PROBE),
        ("fsync", PROBE),
        ("close", PROBE),
        ("unlink", PROBE),
        ("fsync_dir", "sessions"),
    ]
    await sick.save(ALICE, a_desk(5))
    assert (await sick.load(ALICE)).state == a_desk(5)


async def test_an_append_heals_the_desk_too(store, disk, clock):
    await store.write_inputs(*JOB, items(3))
    await store.save(ALICE, running_desk(1))
    log = await store.open_outcomes(*JOB)
    disk.fail("fsync", errno.EIO, name=FILE, times=4)
    for revision in (2, 3):
        with pytest.raises(StorageBroken):
            await store.save(ALICE, running_desk(revision))
    with pytest.raises(StorageReadOnly):
        await log.append([an_outcome(0)])
    disk.mend()
    clock.now += PROBE_EVERY_S
    await log.append([an_outcome(0)])
    await log.aclose()


async def test_no_files_are_made_ready_for_a_desk_that_is_read_only(store, disk):
    await store.write_inputs(*JOB, items(3))
    await store.save(ALICE, running_desk(1))
    pack = await store.open_artifacts(*JOB)
    disk.fail("fsync", errno.EIO, name=FILE, times=4)
    for revision in (2, 3):
        with pytest.raises(StorageBroken):
            await store.save(ALICE, running_desk(revision))
    disk.calls.clear()
    with pytest.raises(StorageReadOnly):
        await pack.prepare()
    assert disk.calls == []
    await pack.aclose()


async def test_a_probe_whose_folder_sync_fails_heals_nothing(sick, disk, clock):
    disk.mend()
    disk.fail("fsync_dir", errno.EIO, name="sessions")
    clock.now += PROBE_EVERY_S
    with pytest.raises(StorageReadOnly):
        await sick.save(ALICE, a_desk(4))
    await sick.save(BOB, a_desk(1))


async def test_a_suspect_outcome_file_is_written_anew_by_the_next_who_opens_it(store, disk, data):
    await store.write_inputs(*JOB, items(3))
    log = await store.open_outcomes(*JOB)
    await log.append([an_outcome(0)])
    disk.fail("fdatasync", errno.EIO, name="outcomes")
    with pytest.raises(StorageBroken):
        await log.sync()
    await log.aclose()
    disk.calls.clear()
    again = await store.open_outcomes(*JOB)
    assert list(again.replay.latest) == [0]
    assert disk.called("fdatasync") == []
    assert disk.called("fsync") == ["outcomes.jsonl.tmp"]
    assert ("fsync_dir", "job-1") in disk.calls
    await again.append([an_outcome(1)])
    await again.sync()
    await again.aclose()
    assert disk.called("fdatasync") == ["outcomes.jsonl.tmp"]  # by the new file's handle
    lines = (data / "files" / ALICE / "job-1" / "outcomes.jsonl").read_bytes().splitlines()
    assert len(lines) == 2


@pytest.mark.parametrize("method", ["fsync", "fsync_dir"])
async def test_it_stays_suspect_until_it_was_written_anew(store, disk, method):
    await store.write_inputs(*JOB, items(3))
    disk.fail("fdatasync", errno.EIO, name="outcomes")
    log = await store.open_outcomes(*JOB)
    await log.append([an_outcome(0)])
    with pytest.raises(StorageBroken):
        await log.sync()
    await log.aclose()
    disk.fail(method, errno.EIO, name="outcomes" if method == "fsync" else "job-1")
    with pytest.raises(StorageBroken):
        await store.open_outcomes(*JOB)
    disk.calls.clear()
    await (await store.open_outcomes(*JOB)).aclose()
    assert disk.called("fsync") == ["outcomes.jsonl.tmp"]


async def test_a_write_that_the_medium_refused_makes_the_file_suspect(store, disk):
    await store.write_inputs(*JOB, items(3))
    log = await store.open_outcomes(*JOB)
    await log.append([an_outcome(0)])
    disk.fail("write", errno.EIO, name="outcomes")
    with pytest.raises(StorageBroken):
        await log.append([an_outcome(1)])
    await log.sync()
    await log.aclose()
    assert disk.called("fdatasync") == []


@pytest.mark.parametrize("code", [errno.EIO, errno.EROFS, errno.EACCES])
async def test_a_ballast_that_cannot_be_laid_holds_up_no_save(open_store, disk, code):
    disk.fail("create", code, name="ballast", times=100)
    async with open_store() as store:
        await store.save(ALICE, a_desk(1))


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EROFS, "make it writable again"),
        (errno.EIO, "the kernel's log"),
        (errno.EMFILE, "raise the limit"),
        (errno.EACCES, "owner and mode"),
    ],
)
def test_an_error_says_what_where_and_what_to_do(code, advice):
    said = str(storage_error(OSError(code, "said the kernel", f"{FILE}.{'0' * 16}.tmp")))
    assert "said the kernel" in said
    assert f"{ALICE[:8]}.json)" in said
    assert advice in said
