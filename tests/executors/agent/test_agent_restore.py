"""Snapshots, restores, and a task that is taken up again: exact, and only what the item touched."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from executors.agent.files.keep import BytesLost
from executors.agent.ports import Change, Snapshot
from tests.support.agent_folders import opened, tree


@pytest.fixture
async def hand(tmp_path):
    async with opened(tmp_path) as made:
        yield made


async def test_back_to_a_snapshot_and_what_that_changed(hand):
    await hand.write("a", "one\n")
    await hand.write("deep/er/b", "b\n")
    taken, then = await hand.folder.snapshot(), tree(hand.place)
    await hand.write("a", "two\n")
    await hand.done("delete_file", path="deep/er/b")
    await hand.write("new/c", "c\n")
    changed = await hand.folder.restore(taken)
    assert tree(hand.place) == then
    assert [(change.path, change.text) for change in changed] == [
        ("a", "one\n"),
        ("deep/er/b", "b\n"),
        ("new/c", None),
    ]
    assert "-two\n+one\n" in changed[0].diff
    assert await hand.folder.restore(taken) == ()
    assert await hand.folder.snapshot() == Snapshot(taken.files, ("new/c",))


async def test_what_was_there_before_is_put_back_and_what_is_not_ours_stays(hand):
    (hand.place / "theirs").write_text("original")
    (hand.place / "mine").mkdir()
    (hand.place / "gone").write_bytes(b"\0\xff")
    nothing = await hand.folder.snapshot()
    await hand.write("theirs", "changed")
    await hand.write("mine/x", "x")
    await hand.done("delete_file", path="gone")
    without = await hand.folder.snapshot()
    (hand.place / "mine" / "other").write_text("of the user, meanwhile")
    await hand.folder.restore(nothing)
    assert tree(hand.place) == {
        "gone": b"\0\xff",
        "mine/": None,
        "mine/other": b"of the user, meanwhile",
        "theirs": b"original",
    }
    # What was deleted then is deleted again, and not put back to what it was at first.
    await hand.folder.restore(without)
    assert sorted(os.listdir(hand.place)) == ["mine", "theirs"]
    assert (hand.place / "theirs").read_text() == "changed"


async def test_a_file_in_the_place_of_a_folder_and_back(hand):
    await hand.write("a/b", "b")
    folder = await hand.folder.snapshot()
    await hand.done("delete_file", path="a/b")
    await hand.write("a", "a file")
    file = await hand.folder.snapshot()
    await hand.folder.restore(folder)
    assert tree(hand.place) == {"a/": None, "a/b": b"b"}
    await hand.folder.restore(file)
    assert tree(hand.place) == {"a": b"a file"}


async def test_what_somebody_else_changed_is_seen(hand):
    await hand.write("a", "one")
    await hand.folder.snapshot()
    (hand.place / "a").write_text("two")
    taken = await hand.folder.snapshot()
    (hand.place / "a").write_text("three")
    await hand.folder.restore(taken)
    assert (hand.place / "a").read_text() == "two"


async def test_a_link_in_the_place_of_a_file_is_not_followed(hand, tmp_path):
    (tmp_path / "outside").write_text("outside")
    await hand.write("a", "ours")
    taken = await hand.folder.snapshot()
    (hand.place / "a").unlink()
    (hand.place / "a").symlink_to(tmp_path / "outside")
    assert await hand.folder.restore(taken) == ()
    assert (tmp_path / "outside").read_text() == "outside"


async def test_kept_bytes_that_are_damaged_are_never_put_back(hand, tmp_path):
    await hand.write("a", "one")
    taken = await hand.folder.snapshot()
    await hand.write("a", "two")
    (tmp_path / "keep" / "blobs" / taken.files["a"]).write_text("damaged")
    with pytest.raises(BytesLost, match="damaged"):
        await hand.folder.restore(taken)
    assert (hand.place / "a").read_text() == "two"


async def test_changes_are_done_again(tmp_path):
    """In another folder, as a desk does, every file is what it was."""
    async with opened(tmp_path / "first") as hand:
        done = [
            await hand.write("a", "one\r\n\ufeffé"),
            await hand.write("b/c", ""),
            await hand.call("replace", path="a", old_string="one", new_string="two"),
            await hand.call("delete_file", path="b/c"),
        ]
        was = tree(hand.place)
    changes = [change for result in done for change in result.changes]
    async with opened(tmp_path / "second") as again:
        await again.folder.apply(changes)
        assert tree(again.place) == was
        await again.folder.apply([Change(path="x", base64="AP8=")])
        assert (again.place / "x").read_bytes() == b"\0\xff"


@pytest.mark.parametrize(
    "change",
    [
        Change(path="../x", text=""),
        Change(path="/etc/x", text=""),
        Change(path=".git/x", text=""),
        Change(path="x", base64="!"),
        Change(path="x", text="a", base64="YQ=="),
        Change(path="link", text="x"),
    ],
    ids=str,
)
async def test_changes_that_no_folder_has_made(hand, tmp_path, change):
    (hand.place / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(ValueError, match="change"):
        await hand.folder.apply([change])
    assert tree(hand.place) == {"link": "odd"}


async def test_a_task_taken_up_again_begins_where_it_began(tmp_path):
    """What was done after the last piece of the transcript is undone, and done again."""
    place = tmp_path / "workdir"
    place.mkdir()
    (place / "theirs").write_text("original")
    async with opened(tmp_path, durable=True) as hand:
        first = await hand.write("a/new", "1")
        await hand.write("theirs", "changed, and not in the transcript")
        await hand.write("b/lost", "neither")
    async with opened(tmp_path, durable=True) as again:
        assert tree(place) == {"theirs": b"original"}
        await again.folder.apply(first.changes)
        taken = await again.folder.snapshot()
        await again.write("theirs", "changed")
        await again.folder.restore(taken)
        assert tree(place) == {"a/": None, "a/new": b"1", "theirs": b"original"}


async def test_a_record_of_originals_that_was_cut_short(tmp_path):
    async with opened(tmp_path) as hand:
        await hand.write("a", "1")
    journal = tmp_path / "keep" / "originals.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"path":"b","di')
    async with opened(tmp_path) as again:
        assert tree(again.place) == {}
        await again.write("c", "1")
    async with opened(tmp_path) as third:
        assert tree(third.place) == {}


FULL = """
import ctypes, os, sys, trio
from pathlib import Path
sys.path.insert(0, {root!r})
from workers.jail import kernel

user, group = os.getuid(), os.getgid()
try:
    kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS)
except OSError:
    sys.exit(77)
Path("/proc/self/setgroups").write_text("deny")
Path("/proc/self/uid_map").write_text(f"0 {{user}} 1")
Path("/proc/self/gid_map").write_text(f"0 {{group}} 1")
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"none", {place!r}.encode(), b"tmpfs", ctypes.c_ulong(0), b"size=256k"):
    sys.exit(77)

from tests.support.agent_folders import opened, tree

async def main():
    async with opened(Path({top!r})) as hand:
        await hand.write("a", "x" * 100_000)
        for name in ("b", "a"):
            said = await hand.refused("write_file", path=name, content="y" * 200_000)
            assert "the disk is full" in said, said
        assert tree(hand.place) == {{"a": b"x" * 100_000}}
        assert (await hand.write("c", "small")).ok

trio.run(main)
"""


def test_a_full_disk_is_an_answer_and_costs_nothing_that_is_there(tmp_path):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))
    (tmp_path / "workdir").mkdir()
    code = FULL.format(root=root, top=str(tmp_path), place=str(tmp_path / "workdir"))
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if ran.returncode == 77:
        pytest.skip("no file system can be mounted here")
    assert ran.returncode == 0, ran.stderr
