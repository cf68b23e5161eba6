"""What a tool has written is known without reading it again, for as long as it is what is there."""

from __future__ import annotations

import os

import pytest

from executors.agent.files.disk import read_handle
from executors.agent.files.keep import (
    IN_MEMORY_BYTES,
    QUICK_BYTES,
    BytesLost,
    Keep,
    lasting_keep,
)
from executors.agent.files.refused import ToolRefused
from tests.support.agent_folders import held

LIMIT_BYTES = 300_000


@pytest.fixture
def reads(monkeypatch):
    """The sizes of all reads of files."""
    sizes, read = [], os.read

    def noted(handle, size):
        sizes.append(size)
        return read(handle, size)

    monkeypatch.setattr("executors.agent.files.disk.os.read", noted)
    return sizes


async def settled(hand):
    """Where its files are from now on."""
    await hand.done("list_directory")
    [task] = hand.place.iterdir()
    return task / "files"


async def test_what_was_written_is_not_read_again(tmp_path, reads):
    async with held(tmp_path) as hand:
        await settled(hand)
        await hand.write("a.txt", "one\n")
        before = await hand.folder.snapshot()
        assert "one" in await hand.done("read_file", path="a.txt")
        await hand.done("replace", path="a.txt", old_string="one", new_string="two")
        assert reads == []
        (change,) = await hand.folder.restore(before)
        assert change.text == "one\n"


def test_what_is_kept_in_memory_has_an_end(tmp_path):
    keep = Keep(lambda: tmp_path)
    texts = [bytes([number]) * QUICK_BYTES for number in range(IN_MEMORY_BYTES // QUICK_BYTES)]
    digests = [keep.put_in_memory(text) for text in texts]
    assert None not in digests
    with pytest.raises(BytesLost, match="gone"):
        keep.get("0" * 64)
    # A place is made of it when that is full.
    assert os.listdir(tmp_path) == []
    # It has no more room, and all that it had room for.
    assert keep.put_in_memory(b"one more") is None
    assert keep.get(keep.put(b"one more")) == b"one more"
    assert [keep.in_memory(digest) for digest in digests] == texts
    keep.close()


def test_of_a_place_that_somebody_comes_back_to_nothing_is_kept_in_memory(tmp_path):
    keep = lasting_keep(tmp_path, durable=False)
    assert keep.put_in_memory(b"x") is None
    keep.close()


def test_what_was_kept_before_is_there_for_who_comes_back(tmp_path):
    keep = lasting_keep(tmp_path / "keep", durable=False)
    digest = keep.put(b"x")
    keep.close()
    again = lasting_keep(tmp_path / "keep", durable=False)
    assert again.get(digest) == b"x"
    again.close()


async def test_what_somebody_else_has_written_since_is_read(tmp_path):
    async with held(tmp_path) as hand:
        place = await settled(hand)
        await hand.write("a.txt", "one\n")
        # As long, it might be taken for the same where the clock of the files is coarse.
        (place / "a.txt").write_text("two of them\n")
        assert "two" in await hand.done("read_file", path="a.txt")
        (place / "b.txt").write_text("three\n")
        os.rename(place / "b.txt", place / "a.txt")
        assert "three" in await hand.done("read_file", path="a.txt")
        (place / "a.txt").unlink()
        assert "no such file" in (await hand.refused("read_file", path="a.txt")).lower()


async def test_what_does_not_fit_into_memory_is_kept_all_the_same(tmp_path):
    async with held(tmp_path) as hand:
        place = await settled(hand)
        contents = [f"{number}".ljust(QUICK_BYTES, "x") for number in range(20)]
        assert sum(map(len, contents)) > IN_MEMORY_BYTES
        snapshots = []
        for content in [*contents, "y" * (QUICK_BYTES + 1)]:
            await hand.write("a.txt", content)
            snapshots.append(await hand.folder.snapshot())
        for content, snapshot in zip(contents, snapshots, strict=False):
            await hand.folder.restore(snapshot)
            assert (place / "a.txt").read_text() == content


def test_a_file_that_has_grown_since_is_read_in_large_pieces(tmp_path, reads):
    path = tmp_path / "log"
    path.write_bytes(b"x" * 10)
    with path.open("rb") as file:
        facts = os.fstat(file.fileno())
        path.write_bytes(b"x" * LIMIT_BYTES)
        data = read_handle(file.fileno(), facts, "log", LIMIT_BYTES)
    assert len(data) == LIMIT_BYTES
    assert len(reads) < 10


def test_one_that_grows_beyond_its_limit_is_refused(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"x" * 10)
    with path.open("rb") as file:
        facts = os.fstat(file.fileno())
        path.write_bytes(b"x" * (LIMIT_BYTES + 1))
        with pytest.raises(ToolRefused, match="grows while it is read"):
            read_handle(file.fileno(), facts, "log", LIMIT_BYTES)
