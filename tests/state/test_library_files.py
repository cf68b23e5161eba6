"""The files of the library and the copies of jobs: private, whole or not there, told from what is
damaged, and swept."""

from __future__ import annotations

import errno
import os
import stat

import pytest
from msgspec.structs import replace

from state.codec import Damaged, decode, encode
from state.digests import digest_of
from state.errors import JobFilesMissing, LibraryMissing, StorageBroken
from state.library import Model, Picture, Preset, Template, fault_in_library, is_library_id
from tests.support.states import ALICE, a_desk, a_job, items

DATA, OTHER = b"Dear {{ name }}", b"Hello {{ name }}"
DIGEST = digest_of(DATA)
JOB = "job-1"


def template(data=DATA, **fields):
    digests = {"digest": digest_of(data), "facts": digest_of(data)}
    given = {"id": "t", "name": "T", "format": "txt", "size_bytes": len(data), **digests}
    return Template(**{**given, **fields})


@pytest.fixture
async def kept(open_store, data):
    """The path of a template that was saved, and its desk with it."""
    async with open_store() as store:
        await store.save_library(ALICE, DATA)
        await store.save(ALICE, a_desk(1, templates={"t": template()}))
    return data / "files" / ALICE / "library" / DIGEST


@pytest.fixture
async def given(open_store, kept, data):
    """The path of the copy that a job has of it."""
    async with open_store() as store:
        await store.write_inputs(ALICE, JOB, items(1))
        await store.copy_assets(ALICE, JOB, [DIGEST])
        job = a_job(JOB, total=1, assets=(DIGEST,))
        await store.save(ALICE, a_desk(2, job, templates={"t": template()}))
    return data / "files" / ALICE / JOB / "assets" / DIGEST


async def test_both_are_private_and_the_copy_is_no_link(kept, given):
    for path in (kept, given):
        assert path.read_bytes() == DATA
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert given.stat().st_ino != kept.stat().st_ino


async def test_the_names_of_both_and_of_their_folders_are_durable(open_store, disk):
    wanted = ["make_folder", "create", "write", "fsync", "rename", "fsync_dir"]
    async with open_store() as store:
        await store.write_inputs(ALICE, JOB, items(1))
        for do in (
            lambda: store.save_library(ALICE, DATA),
            lambda: store.copy_assets(ALICE, JOB, [DIGEST]),
        ):
            disk.calls.clear()
            await do()
            assert [call for call, _ in disk.calls if call in wanted] == [
                *("make_folder", "fsync_dir"),
                *("create", "write", "fsync", "rename", "fsync_dir"),
            ]


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "torn": lambda path: path.write_bytes(DATA[:-3]),
    "longer": lambda path: path.write_bytes(DATA + b"\n"),
    "another": lambda path: path.write_bytes(OTHER),
    "gone": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a FIFO": lambda path: (path.unlink(), os.mkfifo(path)),
    "a symbolic link": lambda path: (path.unlink(), path.symlink_to("/etc/hostname")),
    "all of them gone": lambda path: (path.unlink(), path.parent.rmdir()),
    "no folder": lambda path: (path.unlink(), path.parent.rmdir(), path.parent.write_bytes(b"")),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_of_a_damaged_file_nothing_is_read_and_it_can_be_saved_again(
    open_store, kept, damage, data
):
    DAMAGE[damage](kept)
    async with open_store() as store:
        assert (await store.load(ALICE)).state.templates == {"t": template()}
        with pytest.raises(LibraryMissing):
            await store.read_library(ALICE, DIGEST)
        await store.save_library(ALICE, DATA)
        assert await store.read_library(ALICE, DIGEST) == DATA
    if "gone" not in damage:
        assert os.listdir(data / "quarantine")


@pytest.mark.parametrize("damage", DAMAGE)
async def test_of_a_damaged_copy_nothing_is_read_and_the_librarys_own_is_whole(
    open_store, given, damage
):
    DAMAGE[damage](given)
    async with open_store() as store:
        with pytest.raises(JobFilesMissing):
            await store.read_asset(ALICE, JOB, DIGEST)
        assert await store.read_library(ALICE, DIGEST) == DATA


async def test_a_pass_is_not_given_a_damaged_copy(open_store, given):
    given.write_bytes(OTHER)
    async with open_store() as store:
        with pytest.raises(JobFilesMissing):
            await store.copy_inputs(ALICE, JOB, "pass")


async def test_a_pass_whose_copy_was_torn_by_a_crash_gets_it_again(open_store, given, data):
    async with open_store() as store:
        await store.copy_inputs(ALICE, JOB, "pass")
        (data / "files" / ALICE / "pass" / "assets" / DIGEST).write_bytes(DATA[:3])
        await store.copy_inputs(ALICE, JOB, "pass")
        assert await store.read_asset(ALICE, "pass", DIGEST) == DATA


async def test_a_copy_that_cannot_be_written_is_no_job(open_store, kept, disk, data):
    async with open_store() as store:
        await store.write_inputs(ALICE, JOB, items(1))
        used = store.sizes.job_bytes(ALICE, JOB)
        disk.fail("fsync", errno.EIO)
        with pytest.raises(StorageBroken):
            await store.copy_assets(ALICE, JOB, [DIGEST])
        assert os.listdir(data / "files" / ALICE / JOB / "assets") == []
        assert store.sizes.job_bytes(ALICE, JOB) == used


@pytest.mark.parametrize(
    "templates",
    [
        {"t": template(digest="..")},
        {"t": template(facts="")},
        {"u": template()},
        {"t": template(version=0)},
        {"t": template(size_bytes=-1)},
        {"t": template(uses=-1)},
        {"t": template(created_at=1e300)},
        {"t/../x": template(id="t/../x")},
    ],
)
def test_what_no_desk_has_ever_saved_is_damage(templates):
    with pytest.raises(Damaged):
        decode(ALICE, encode(ALICE, a_desk(1, templates=templates)))


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "x" * 64, "...a"])
def test_ids_are_parts_of_addresses(name):
    assert is_library_id(name)


@pytest.mark.parametrize("name", ["", ".", "..", "...", "x" * 65, "a/b", "a b", "ä", "a\n"])
def test_nothing_else_is_an_id(name):
    assert not is_library_id(name)


LOGO = Picture(id="p", name="P", digest=DIGEST, format="png", width=1, height=1, size_bytes=1)
NEVER = [
    (replace(LOGO, id="q"), "calls itself 'q'"),
    (replace(LOGO, digest="../x"), "is in no file"),
    (replace(LOGO, thumbnail="../x"), "is in no file"),
    (replace(LOGO, width=0), "as nothing can be"),
    (replace(LOGO, size_bytes=-1), "as nothing can be"),
    (replace(LOGO, created_at=float("inf")), "a time that is none"),
]


@pytest.mark.parametrize(("picture", "words"), NEVER)
def test_a_picture_that_no_desk_has_saved_is_a_fault(picture, words):
    assert fault_in_library([{}, {"p": LOGO}], 1e12) is None
    assert words in fault_in_library([{}, {"p": picture}], 1e12)


PETS = Model(
    id="p", name="P", digest=DIGEST, facts=DIGEST, job_id="j", labels_n=2, accuracy=1.0,
    pictures_n=0, size_bytes=1,
)  # fmt: skip
SOFT = Preset(id="p", name="P", digest=DIGEST, size_bytes=1)
WRONG = [
    (replace(PETS, facts="../x"), "is in no file"),
    (replace(PETS, labels_n=-1), "as nothing can be"),
    (replace(PETS, accuracy=1.1), "right more often than ever"),
    (replace(PETS, accuracy=float("nan")), "right more often than ever"),
    (replace(PETS, created_at=float("inf")), "a time that is none"),
    (replace(SOFT, digest=""), "is in no file"),
    (replace(SOFT, size_bytes=-1), "as nothing can be"),
    (replace(SOFT, updated_at=float("inf")), "a time that is none"),
]


@pytest.mark.parametrize(("entry", "words"), WRONG)
def test_a_model_or_preset_that_no_desk_has_saved_is_a_fault(entry, words):
    assert fault_in_library([{"p": PETS}, {"p": SOFT}], 1e12) is None
    assert words in fault_in_library([{}, {"p": entry}], 1e12)
