"""The files of journeys: private, whole or not there, told from what is damaged, and swept."""

from __future__ import annotations

import errno
import os
import stat

import msgspec
import pytest

from state.digests import digest_of
from state.errors import DeskUnreadable, JourneysMissing, StorageBroken, StorageError, StorageFull
from state.journeys import Journey, encode_journeys
from state.model import JourneyBook
from tests.support.states import ALICE, a_desk

DATA = encode_journeys([Journey(id="0" * 8, name="shop", url="http://h/")])
OTHER = encode_journeys([Journey(id="1" * 8, name="bank", url="http://h/")])
DIGEST = digest_of(DATA)


def naming(data, revision=1):
    return a_desk(revision, journeys=JourneyBook(digest_of(data), 1, len(data)))


@pytest.fixture
def folder(data):
    return data / "files" / ALICE / "journeys"


@pytest.fixture
async def kept(open_store, folder):
    """The path of journeys that were saved, and their desk with them."""
    async with open_store() as store:
        await store.save_journeys(ALICE, DATA)
        await store.save(ALICE, naming(DATA))
    return folder / f"{DIGEST}.json"


async def test_the_file_is_json_under_its_own_hash_and_private(kept):
    (found,) = msgspec.json.decode(kept.read_bytes())
    assert found["name"] == "shop"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


async def test_it_and_the_names_of_its_folders_are_durable_when_it_is_acknowledged(
    open_store, disk
):
    async with open_store() as store:
        disk.calls.clear()
        await store.save_journeys(ALICE, DATA)
        calls = [call for call, _ in disk.calls]
    wanted = ["make_folder", "create", "write", "fsync", "rename", "fsync_dir"]
    assert [call for call in calls if call in wanted] == [
        *("make_folder", "fsync_dir"),  # the desk's folder
        *("make_folder", "fsync_dir"),  # that of its journeys
        *("create", "write", "fsync", "rename", "fsync_dir"),
    ]


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "torn": lambda path: path.write_bytes(DATA[:-3]),
    "longer": lambda path: path.write_bytes(DATA + b"\n"),
    "a bit": lambda path: path.write_bytes(DATA.replace(b"shop", b"shoq")),
    "another": lambda path: path.write_bytes(OTHER),
    "gone": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a FIFO": lambda path: (path.unlink(), os.mkfifo(path)),
    "a symbolic link": lambda path: (path.unlink(), path.symlink_to("/etc/hostname")),
    "all of them gone": lambda path: (path.unlink(), path.parent.rmdir()),
    "no folder": lambda path: (path.unlink(), path.parent.rmdir(), path.parent.write_bytes(b"")),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_of_damaged_journeys_nothing_is_read_the_desk_lives_and_can_be_given_others(
    open_store, kept, damage
):
    DAMAGE[damage](kept)
    async with open_store() as store:
        assert (await store.load(ALICE)).state.journeys.digest == DIGEST
        with pytest.raises(JourneysMissing, match="journeys"):
            await store.read_journeys(ALICE, DIGEST)
        for data in (OTHER, DATA):
            await store.save_journeys(ALICE, data)
            assert await store.read_journeys(ALICE, digest_of(data)) == data


@pytest.mark.parametrize("damage", [name for name in DAMAGE if "gone" not in name])
async def test_what_was_damaged_is_kept_in_quarantine(open_store, kept, data, damage):
    DAMAGE[damage](kept)
    async with open_store() as store:
        await store.save_journeys(ALICE, OTHER)
        await store.keep_journeys(ALICE, [digest_of(OTHER)])
    assert len(list((data / "quarantine").iterdir())) == 1


async def test_what_is_whole_and_named_no_more_is_kept_nowhere(open_store, kept, data):
    async with open_store() as store:
        await store.save_journeys(ALICE, OTHER)
        await store.keep_journeys(ALICE, [digest_of(OTHER)])
    assert not kept.exists()
    assert list((data / "quarantine").iterdir()) == []


async def test_a_disk_that_cannot_be_read_says_so(open_store, kept, disk):
    async with open_store() as store:
        disk.fail("open_read", errno.EIO, name=DIGEST)
        with pytest.raises(StorageError):
            await store.read_journeys(ALICE, DIGEST)
        assert await store.read_journeys(ALICE, DIGEST) == DATA


STEPS = [
    *(("make_folder", ALICE), ("fsync_dir", ""), ("make_folder", "journeys"), ("fsync_dir", ALICE)),
    *(("create", DIGEST), ("write", DIGEST), ("fsync", DIGEST), ("rename", DIGEST)),
    ("fsync_dir", "journeys"),
]


@pytest.mark.parametrize(("step", "name"), STEPS)
@pytest.mark.parametrize(
    ("code", "error"), [(errno.EIO, StorageBroken), (errno.ENOSPC, StorageFull)]
)
async def test_a_save_that_fails_leaves_nothing_half_done_and_the_next_does_it(
    open_store, disk, data, step, name, code, error
):
    async with open_store() as store:
        disk.fail(step, code, name=name)
        with pytest.raises(error):
            await store.save_journeys(ALICE, DATA)
        assert not list((data / "files").rglob("*.tmp"))
        assert store.sizes.usage(ALICE).used_bytes == 0
        await store.save_journeys(ALICE, DATA)
        assert await store.read_journeys(ALICE, DIGEST) == DATA
        assert store.sizes.usage(ALICE).used_bytes == len(DATA)


async def test_a_full_disk_takes_no_list_even_where_the_ballast_would_do(open_store, disk, data):
    async with open_store() as store:
        disk.fail("write", errno.ENOSPC, name=DIGEST)
        with pytest.raises(StorageFull):
            await store.save_journeys(ALICE, DATA)
    assert (data / "ballast").exists()


async def test_what_a_killed_server_left_half_done_goes_at_the_next_load(open_store, kept):
    left = kept.with_name(f"{DIGEST}.json.0123456789abcdef.tmp")
    left.write_bytes(b"half")
    async with open_store() as store:
        await store.load(ALICE)
        assert await store.read_journeys(ALICE, DIGEST) == DATA
    assert not left.exists()


async def test_where_the_generation_before_cannot_be_judged_nothing_is_swept(
    open_store, kept, data
):
    async with open_store() as store:
        await store.save_journeys(ALICE, OTHER)
        await store.save(ALICE, naming(OTHER, 2))
    before = data / "sessions" / f"{ALICE}.json.1"
    before.write_bytes(before.read_bytes().replace(b'"schema":1', b'"schema":9'))
    async with open_store() as store:
        assert "newer" in (await store.load(ALICE)).sweep_error
    assert kept.exists()


async def test_where_the_generation_before_is_damaged_only_the_newest_is_kept(
    open_store, kept, data
):
    async with open_store() as store:
        await store.save_journeys(ALICE, OTHER)
        await store.save(ALICE, naming(OTHER, 2))
    (data / "sessions" / f"{ALICE}.json.1").write_bytes(b"{")
    async with open_store() as store:
        assert (await store.load(ALICE)).sweep_error is None
        assert await store.read_journeys(ALICE, digest_of(OTHER)) == OTHER
    assert not kept.exists()


async def test_a_desk_whose_file_is_gone_is_not_begun_anew_over_its_journeys(
    open_store, kept, data
):
    for file in (data / "sessions").iterdir():
        file.unlink()
    async with open_store() as store:
        assert await store.exists(ALICE)
        with pytest.raises(DeskUnreadable):
            await store.load(ALICE)
    assert kept.exists()


async def test_what_another_save_renames_meanwhile_is_no_fault_of_this_one(open_store, disk):
    """Two windows save at once: a temp file of the one is listed, and gone when it is measured."""
    async with open_store() as store:
        await store.save_journeys(ALICE, OTHER)
        disk.fail("facts", errno.ENOENT, name=digest_of(OTHER))
        await store.save_journeys(ALICE, DATA)
        assert await store.read_journeys(ALICE, DIGEST) == DATA
