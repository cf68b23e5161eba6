"""The files of links: private, whole or not there, and told from what is damaged."""

from __future__ import annotations

import errno
import os
import stat

import pytest

from state.errors import DeskUnreadable, DeskUnreadableNow, StorageBroken, StorageFull
from state.views import link_of
from tests.support.states import ALICE

LINK = link_of("an address")


@pytest.fixture
async def kept(open_store, data):
    """The path of a link that was saved."""
    async with open_store() as store:
        await store.save_link(ALICE, LINK)
    return data / "links" / LINK


async def test_the_file_holds_the_desks_key_and_is_private(kept):
    assert kept.read_text() == f"{ALICE}\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


async def test_it_is_durable_when_it_is_acknowledged(open_store, disk):
    async with open_store() as store:
        disk.calls.clear()
        await store.save_link(ALICE, LINK)
        steps = [call for call, _ in disk.calls]
    wanted = ["create", "write", "fsync", "rename", "fsync_dir"]
    assert [step for step in steps if step in wanted] == wanted


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "torn": lambda path: path.write_bytes(ALICE[:40].encode()),
    "zeros": lambda path: path.write_bytes(bytes(65)),
    "longer": lambda path: path.write_bytes(f"{ALICE}\n{ALICE}\n".encode()),
    "no newline": lambda path: path.write_bytes(f"{ALICE}0".encode()),
    "a path": lambda path: path.write_bytes(b"../" * 21 + b"x\n"),
    "no text": lambda path: path.write_bytes(b"\xff" * 64 + b"\n"),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a FIFO": lambda path: (path.unlink(), os.mkfifo(path)),
    "a symbolic link": lambda path: (path.unlink(), path.symlink_to("/etc/hostname")),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_what_is_damaged_is_no_link_and_not_nothing_either(open_store, kept, damage):
    DAMAGE[damage](kept)
    async with open_store() as store:
        with pytest.raises(DeskUnreadable, match="damaged"):
            await store.find_link(LINK)


async def test_a_disk_that_cannot_be_read_says_so(open_store, kept, disk):
    async with open_store() as store:
        disk.fail("open_read", errno.EIO, name=LINK)
        with pytest.raises(DeskUnreadableNow):
            await store.find_link(LINK)
        assert await store.find_link(LINK) == ALICE


async def test_a_full_disk_shuts_nobody_in(open_store, disk, data):
    async with open_store() as store:
        disk.fail("write", errno.ENOSPC, name=LINK)
        await store.save_link(ALICE, LINK)
        assert await store.find_link(LINK) == ALICE
        assert not (data / "ballast").exists()


@pytest.mark.parametrize("step", ["create", "write", "fsync", "rename"])
@pytest.mark.parametrize(
    ("code", "error"), [(errno.EIO, StorageBroken), (errno.ENOSPC, StorageFull)]
)
async def test_a_save_that_fails_leaves_nothing_half_done(
    open_store, disk, data, step, code, error
):
    async with open_store() as store:
        disk.fail(step, code, times=2)
        with pytest.raises(error):
            await store.save_link(ALICE, LINK)
        assert await store.find_link(LINK) is None
        assert list((data / "links").iterdir()) == []


async def test_what_a_killed_server_left_half_done_goes_at_the_next_start(open_store, kept):
    left = kept.with_name(f"{LINK}.0123456789abcdef.tmp")
    left.write_bytes(b"half")
    async with open_store() as store:
        assert await store.find_link(LINK) == ALICE
    assert not left.exists()


@pytest.mark.parametrize("name", ["..", "../secret", "A" * 64, "5" * 63, ""])
async def test_nothing_but_a_hash_is_ever_a_name(open_store, name):
    async with open_store() as store:
        with pytest.raises(ValueError, match="not a desk key"):
            await store.find_link(name)
        with pytest.raises(ValueError, match="not a desk key"):
            await store.save_link(ALICE, name)
