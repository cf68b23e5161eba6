"""Files of tags beside their pictures: only where that is open, and never through a link."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import Raw

from executors.folders import Folders
from executors.tag.beside import TagsBeside
from executors.tag.items import TagItem
from state.memory import MemoryStore
from state.model import InputItem, OutcomeRecord, OutcomeStatus
from tests.support.states import ALICE

JOB = (ALICE, "job-1")


@pytest.fixture
def root(tmp_path):
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "one.jpg").write_bytes(b"one")
    return tmp_path


@pytest.fixture
async def store():
    store = MemoryStore()
    await store.write_inputs(*JOB, [])
    pack = await store.open_artifacts(*JOB)
    pack.add("pets/cats/one.txt", b"cat, miku")
    await pack.sync()
    return store


def ending(index=0, **item):
    told = TagItem(**{"image": "x", "name": "pets/cats/one.txt", **item})
    record = OutcomeRecord(index=index, run=1, status=OutcomeStatus.OK, at=0.0)
    return InputItem(Raw(msgspec.json.encode(told))), record


def beside(store, root, *, writable=True):
    return TagsBeside(store, Folders({"pets": root}, ["pets"] if writable else []))


async def test_the_bytes_are_those_of_the_artifact(store, root):
    tags = beside(store, root)
    for _ in range(2):
        assert await tags.deliver(*JOB, [ending(path="pets/cats/one.jpg")]) == []
        assert (root / "cats" / "one.txt").read_bytes() == b"cat, miku"


async def test_other_pictures_have_no_place(store, root):
    assert await beside(store, root).deliver(*JOB, [ending(picture="a", digest="d")]) == []
    assert not [*root.rglob("*.txt")]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"path": "pets/none/one.jpg"}, "no such file"),
        ({"path": "pets/cats/one.jpg", "name": "gone.txt"}, "no artifact"),
        ({"path": "pets/../one.jpg"}, "must be relative"),
    ],
)
async def test_what_cannot_be_put_is_said_and_the_others_are(store, root, item, said):
    endings = [ending(7, **item), ending(8, path="pets/cats/one.jpg")]
    [(index, reason)] = await beside(store, root).deliver(*JOB, endings)
    assert (index, said in reason) == (7, True)
    assert (root / "cats" / "one.txt").read_bytes() == b"cat, miku"


async def test_a_folder_that_is_read_only_by_now_stays_as_it_is(store, root):
    tags = beside(store, root, writable=False)
    [(_, reason)] = await tags.deliver(*JOB, [ending(path="pets/cats/one.jpg")])
    assert "pets=FOLDER:rw" in reason
    assert not [*root.rglob("*.txt")]


async def test_it_is_done_only_where_it_is_asked_for(store, root):
    tags = beside(store, root)
    asked = [{}, {"save_beside": False}, {"save_beside": 1}, {"save_beside": True}]
    assert [tags.is_wanted(spec) for spec in asked] == [False, False, False, True]
