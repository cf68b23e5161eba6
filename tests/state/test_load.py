"""Which generation is loaded, and that nothing ever starts silently empty."""

from __future__ import annotations

import errno
import os
import socket

import pytest
from msgspec.structs import replace

from state.codec import encode
from state.errors import (
    DeskMissing,
    DeskUnreadable,
    DeskUnreadableNow,
    JobFilesMissing,
    StorageError,
)
from state.migrations import Schema
from state.model import JobStatus
from tests.support.states import ALICE, BOB, a_desk, a_job, an_item, items, running_desk


@pytest.fixture
def newest(data):
    return data / "sessions" / f"{ALICE}.json"


@pytest.fixture
def previous(data):
    return data / "sessions" / f"{ALICE}.json.1"


@pytest.fixture
async def saved(store):
    """Revision 1 is the previous generation, revision 2 the newest."""
    await store.save(ALICE, a_desk(1))
    await store.save(ALICE, a_desk(2))
    return store


def spoilt_truncated(path):
    path.write_bytes(path.read_bytes()[:-1])


def spoilt_zeroed(path):
    path.write_bytes(bytes(path.stat().st_size))


def spoilt_empty(path):
    path.write_bytes(b"")


def spoilt_foreign(path):
    path.write_bytes(encode(BOB, a_desk(9)))


def spoilt_huge(path):
    os.truncate(path, 5 * 1024**3)


def spoilt_folder(path):
    path.unlink()
    path.mkdir()


def spoilt_fifo(path):
    path.unlink()
    os.mkfifo(path)


def spoilt_link(path):
    path.rename(path.with_suffix(".elsewhere"))
    path.symlink_to(path.with_suffix(".elsewhere"))


def spoilt_socket(path):
    path.unlink()
    here = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(f"/proc/self/fd/{here}/{path.name[-20:]}")
    os.close(here)
    (path.parent / path.name[-20:]).rename(path)


SPOILT = [
    spoilt_truncated,
    spoilt_zeroed,
    spoilt_empty,
    spoilt_foreign,
    spoilt_huge,
    spoilt_folder,
    spoilt_fifo,
    spoilt_link,
    spoilt_socket,
]


@pytest.mark.parametrize("spoil", SPOILT)
async def test_the_previous_generation_is_restored_and_says_so(saved, data, newest, spoil):
    spoil(newest)
    state = (await saved.load(ALICE)).state
    assert state.revision == 1
    assert state.restored is not None
    assert (state.restored.revision, bool(state.restored.reason)) == (1, True)
    assert len([*(data / "quarantine").iterdir()]) == 1
    await saved.save(ALICE, a_desk(3))
    assert (await saved.load(ALICE)).state == a_desk(3)


@pytest.mark.parametrize("spoil", SPOILT)
async def test_two_bad_generations_are_left_alone(saved, data, newest, previous, spoil):
    spoil(newest)
    spoil(previous)
    with pytest.raises(DeskUnreadable):
        await saved.load(ALICE)
    assert await saved.exists(ALICE)
    assert {newest.name, previous.name} <= set(os.listdir(data / "sessions"))
    assert [*(data / "quarantine").iterdir()] == []


async def test_what_is_set_aside_is_durable_there_before_it_is_gone_here(saved, disk, newest):
    newest.write_bytes(b"")
    disk.calls.clear()
    await saved.load(ALICE)
    changes = [call for call in disk.calls if call[0] in ("rename", "fsync_dir")]
    assert [method for method, _ in changes] == ["rename", "fsync_dir", "fsync_dir"]
    assert [name for _, name in changes[1:]] == ["quarantine", "sessions"]


async def test_a_missing_newest_generation_is_restored(saved, newest):
    newest.unlink()
    os.utime(newest.with_suffix(".json.1"), (1_700_000_000, 1_700_000_000))
    assert await saved.exists(ALICE)
    loaded = await saved.load(ALICE)
    assert loaded.state.restored.reason == "its file is missing"
    assert loaded.saved_at == 1_700_000_000


async def test_a_bad_only_generation_is_not_an_empty_desk(store, newest):
    await store.save(ALICE, a_desk(1))
    newest.write_bytes(b"{}")
    with pytest.raises(DeskUnreadable):
        await store.load(ALICE)
    assert newest.read_bytes() == b"{}"


async def test_files_of_jobs_without_a_desk_are_not_an_empty_desk(store, newest):
    await store.save(ALICE, a_desk(1))
    await store.write_inputs(ALICE, "job-1", items(1))
    newest.unlink()
    assert await store.exists(ALICE)
    with pytest.raises(DeskUnreadable):
        await store.load(ALICE)


async def test_a_newer_schema_is_left_untouched(open_store, saved, newest):
    before = newest.read_bytes().replace(b'"schema":1', b'"schema":2')
    newest.write_bytes(before)
    with pytest.raises(DeskUnreadable, match="newer"):
        await saved.load(ALICE)
    assert newest.read_bytes() == before


async def test_the_file_before_a_migration_is_kept(open_store, disk, newest):
    async with open_store() as store:
        await store.save(ALICE, a_desk(1))
    before = newest.read_bytes()
    schema = Schema(2, {1: lambda desk: {**desk, "next_arrival": 7}})
    async with open_store(schema=schema) as store:
        state = (await store.load(ALICE)).state
        assert state.next_arrival == 7
        for revision in (2, 3):
            state = replace(state, revision=revision)
            await store.save(ALICE, state)
        assert (await store.load(ALICE)).state == state
    assert newest.with_name(f"{newest.name}.schema1").read_bytes() == before
    kept = disk.calls.index(("link", f"{newest.name}.schema1"))
    assert disk.calls[kept + 1] == ("fsync_dir", "sessions")


@pytest.mark.parametrize("method", ["open_read", "facts_of", "read"])
@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES, errno.ENOMEM])
async def test_a_read_that_fails_is_no_damage_and_is_tried_again(saved, disk, newest, method, code):
    """An older generation in its place would lose what was acknowledged."""
    disk.fail(method, code, name=newest.name)
    with pytest.raises(DeskUnreadableNow):
        await saved.load(ALICE)
    loaded = (await saved.load(ALICE)).state
    assert (loaded.revision, loaded.restored) == (2, None)


async def test_no_descriptors_is_a_matter_of_time(saved, disk, newest):
    disk.fail("open_read", errno.EMFILE, name=newest.name)
    with pytest.raises(StorageError):
        await saved.load(ALICE)
    assert (await saved.load(ALICE)).state.revision == 2


async def test_a_restored_desk_sweeps_nothing(store, newest):
    """The lost generation may have known the jobs that this one does not."""
    await store.save(ALICE, a_desk(1))
    await store.write_inputs(ALICE, "job-1", items(1))
    await store.save(ALICE, a_desk(2, a_job()))
    newest.write_bytes(b"")
    restored = (await store.load(ALICE)).state
    await store.save(ALICE, restored)
    await store.load(ALICE)
    assert (await store.read_pending(ALICE, "job-1"))[1] == ((0, an_item(0)),)
    await store.save(ALICE, a_desk(3))
    await store.load(ALICE)
    with pytest.raises(JobFilesMissing):
        await store.read_pending(ALICE, "job-1")


async def test_a_sweep_that_fails_is_reported_and_the_desk_is_served(store, disk):
    await store.save(ALICE, a_desk(1))
    await store.write_inputs(ALICE, "job-1", items(1))
    disk.fail("unlink", errno.EROFS, name="inputs.jsonl")
    loaded = await store.load(ALICE)
    assert loaded.state == a_desk(1)
    assert "read-only" in loaded.sweep_error


async def test_left_over_temp_files_are_swept(open_store, data):
    async with open_store() as store:
        await store.save(ALICE, a_desk(1))
    sessions = data / "sessions"
    for number in range(50):
        (sessions / f"{ALICE}.json.{number}.tmp").touch()
    (sessions / f"{ALICE}.json.link").touch()
    async with open_store() as store:
        assert [path.name for path in sessions.iterdir()] == [f"{ALICE}.json"]
        assert (await store.load(ALICE)).state == a_desk(1)


async def test_the_folders_are_durable_before_anything_is_in_them(open_store, disk):
    async with open_store():
        made = [call for call in disk.calls if call[0] in ("make_folder", "fsync_dir")]
        assert [method for method, _ in made[:6]] == ["make_folder"] * 5 + ["fsync_dir"]
        assert made[5][1] == "data"


async def test_what_a_killed_server_left_unsynced_is_synced_at_the_start(open_store, disk):
    async with open_store():
        disk.calls.clear()
    async with open_store():
        assert {"sessions", "active"} <= set(disk.called("fsync_dir"))


async def test_a_marker_without_a_desk_goes(open_store, data):
    async with open_store() as store:
        await store.save(ALICE, running_desk())
        await store.save(ALICE, a_desk(2, a_job(status=JobStatus.FAILED)))
        await store.save(BOB, running_desk())
    (data / "sessions" / f"{BOB}.json").unlink()
    async with open_store() as store:
        with pytest.raises(DeskMissing):
            await store.load(BOB)
    async with open_store() as store:
        assert await store.unfinished() == []


async def test_only_hex_sha256_names_a_desk(store):
    for key in ("", "alice", "../" + ALICE[3:], ALICE.upper(), ALICE + "0"):
        with pytest.raises(ValueError, match="desk key"):
            await store.load(key)
        with pytest.raises(ValueError, match="desk key"):
            await store.save(key, a_desk(1))
