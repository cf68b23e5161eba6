"""Pictures in the operator's folders are read together where they are small."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import Raw

from actors.ports.enclosures import NotEnclosed
from executors.folders import Folders
from executors.vision.enclosing import TOGETHER_BYTES, Pictures
from executors.vision.limits import MAX_BYTES
from state.memory import MemoryStore


@pytest.fixture
def root(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.jpg").write_bytes(name.encode())
    return tmp_path


async def read(root, *names):
    pictures = Pictures(MemoryStore(), Folders({"all": root}))
    items = [{"image": name, "path": f"all/{name}.jpg"} if name else {} for name in names]
    return await pictures.read("d" * 64, "job", [_stored(item) for item in items])


def _stored(item):
    return Raw(msgspec.json.encode({"image": "", **item}))


async def test_small_ones_are_read_together_in_order(root):
    assert await read(root, "b", "a", "c") == [b"b", b"a", b"c"]


async def test_one_that_cannot_be_had_ends_them_and_is_told_when_it_is_the_first(root):
    assert await read(root, "a", "none", "c") == [b"a"]
    with pytest.raises(NotEnclosed, match=r"all/none\.jpg"):
        await read(root, "none", "c")


async def test_so_does_one_that_is_no_file_of_a_folder(root):
    assert await read(root, "a", None, "c") == [b"a"]


async def test_so_does_one_that_is_too_large(root):
    with (root / "b.jpg").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert await read(root, "a", "b", "c") == [b"a"]
    with pytest.raises(NotEnclosed, match="more than"):
        await read(root, "b")


async def test_no_more_is_read_once_there_is_enough(root):
    (root / "b.jpg").write_bytes(bytes(TOGETHER_BYTES - 1))
    assert len(await read(root, "a", "b", "c")) == 3
    (root / "b.jpg").write_bytes(bytes(TOGETHER_BYTES))
    assert len(await read(root, "a", "b", "c")) == 2
