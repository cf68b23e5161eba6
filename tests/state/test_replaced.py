"""An older generation in the place of the newest is found out by the one before it."""

from __future__ import annotations

import errno
import os
import shutil

import pytest

from state.errors import StorageError
from tests.support.states import ALICE, a_desk


@pytest.fixture
def newest(data):
    return data / "sessions" / f"{ALICE}.json"


@pytest.fixture
def previous(data):
    return data / "sessions" / f"{ALICE}.json.1"


@pytest.fixture
async def saved(store):
    for revision in (1, 2, 3):
        await store.save(ALICE, a_desk(revision))
    return store


async def test_a_copy_of_the_previous_one_is_told(saved, newest, previous):
    shutil.copy(previous, newest)
    os.utime(newest, (5, 5))
    state = (await saved.load(ALICE)).state
    assert (state.revision, state.restored.revision) == (2, 2)


async def test_a_still_older_one_gives_way_to_the_previous(saved, data, newest, previous):
    newest.rename(newest.with_name("kept"))
    previous.rename(newest)
    newest.with_name("kept").rename(previous)
    state = (await saved.load(ALICE)).state
    assert (state.revision, state.restored.revision) == (3, 3)
    assert "revision 2" in state.restored.reason
    assert len(os.listdir(data / "quarantine")) == 1
    await saved.save(ALICE, a_desk(4))
    assert (await saved.load(ALICE)).state == a_desk(4)


async def test_one_file_of_two_names_is_the_middle_of_a_save(saved, newest, previous):
    previous.unlink()
    previous.hardlink_to(newest)
    assert (await saved.load(ALICE)).state == a_desk(3)


async def test_a_previous_one_that_only_claims_to_be_newer_is_not_believed(saved, previous):
    previous.write_bytes(previous.read_bytes().replace(b'"revision":2', b'"revision":9', 1))
    assert (await saved.load(ALICE)).state == a_desk(3)


async def test_the_same_save_tried_again_is_no_copy(saved, disk, newest):
    disk.fail("fsync_dir", errno.EIO, name="sessions")
    with pytest.raises(StorageError):
        await saved.save(ALICE, a_desk(4))
    os.utime(newest, (5, 5))
    await saved.save(ALICE, a_desk(4))
    assert (await saved.load(ALICE)).state == a_desk(4)
    newest.write_bytes(b"")
    assert (await saved.load(ALICE)).state.revision == 3
