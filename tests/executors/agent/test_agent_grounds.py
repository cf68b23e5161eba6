"""What files stand on: the disk and memory are one to whoever works over them."""

from __future__ import annotations

import errno
from contextlib import contextmanager

import pytest

from executors.agent.files.ground import Disk
from executors.agent.files.held import HELD_BYTES, HELD_FILES, Held
from executors.agent.files.refused import ToolRefused
from executors.agent.files.root import Root
from tests.support.agent_folders import tree

LIMIT = 1_000


@pytest.fixture
def root(tmp_path):
    made = Root(tmp_path)
    yield made
    made.close()


@pytest.fixture
def held(root):
    @contextmanager
    def fresh():
        yield root

    return Held(fresh)


@pytest.fixture(params=["disk", "held"])
def ground(request, root, held):
    return held if request.param == "held" else Disk(root, durable=False)


@pytest.fixture
def filled(ground):
    """A file, and one in a folder, and a folder in a folder."""
    assert ground.make_folders("in/deep") == ["in", "in/deep"]
    ground.write("a", b"1")
    ground.write("in/b", b"2")
    return ground


def test_what_was_written_is_read_with_its_stamp(filled):
    stamp = filled.write("a", b"\0\xff")
    assert filled.read("a", LIMIT) == (b"\0\xff", stamp)
    assert filled.stamp("a") == stamp
    assert filled.read("in/b", LIMIT)[0] == b"2"


def test_another_writing_has_another_stamp(filled):
    stamps = [filled.write("a", data) for data in (b"", b"long", b"longer")]
    assert len({*stamps}) == 3


def test_what_was_removed_is_gone(filled):
    filled.remove("in/b")
    with pytest.raises(FileNotFoundError):
        filled.read("in/b", LIMIT)
    filled.write("in/b", b"3")
    assert filled.read("in/b", LIMIT)[0] == b"3"


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("x", errno.ENOENT),
        ("A", errno.ENOENT),
        ("in/x", errno.ENOENT),
        ("x/b", errno.ENOENT),
        ("x/y/b", errno.ENOENT),
        ("a/b", errno.ENOTDIR),
        ("a/b/c", errno.ENOTDIR),
        ("in/b/c/d", errno.ENOTDIR),
    ],
)
def test_a_path_at_which_there_is_no_file(filled, path, number):
    for act in (lambda: filled.read(path, LIMIT), lambda: filled.stamp(path)):
        with pytest.raises(OSError) as failed:  # noqa: PT011  (its number is looked at)
            act()
        assert failed.value.errno == number
    with pytest.raises(OSError) as failed:  # noqa: PT011
        filled.remove(path)
    assert failed.value.errno == number


@pytest.mark.parametrize(("path", "number"), [("x/b", errno.ENOENT), ("a/b", errno.ENOTDIR)])
def test_a_file_whose_folder_is_not_there(filled, path, number):
    with pytest.raises(OSError) as failed:  # noqa: PT011
        filled.write(path, b"")
    assert failed.value.errno == number


def test_a_folder_is_no_file(filled):
    acts = [
        lambda: filled.read("in/deep", LIMIT),
        lambda: filled.stamp("in/deep"),
        lambda: filled.write("in/deep", b""),
        lambda: filled.remove("in/deep"),
    ]
    for act in acts:
        with pytest.raises(ToolRefused, match=r"^in/deep: it is a folder, not a file$"):
            act()


def test_a_file_may_be_as_large_as_is_read(filled):
    filled.write("a", b"x" * LIMIT)
    assert filled.read("a", LIMIT)[0] == b"x" * LIMIT
    filled.write("a", b"x" * (LIMIT + 1))
    with pytest.raises(ToolRefused, match=r"^a: it has 1001 bytes; files of more than 1000 are"):
        filled.read("a", LIMIT)


def test_folders_are_made_where_they_are_missing(filled):
    assert filled.make_folders("") == []
    assert filled.make_folders("in/deep") == []
    assert filled.make_folders("in/deep/er/x") == ["in/deep/er", "in/deep/er/x"]
    # A file that has the name is passed over, until something is wanted in it.
    assert filled.make_folders("a") == []
    with pytest.raises(NotADirectoryError):
        filled.make_folders("a/b")


def test_only_an_empty_folder_is_removed(filled):
    for kept in ("in", "a", "in/b", "x", "x/y", "a/b"):
        filled.remove_folder(kept)
    assert filled.read("in/b", LIMIT)[0] == b"2"
    filled.remove("in/b")
    filled.remove_folder("in")
    assert filled.make_folders("in/deep") == []
    filled.remove_folder("in/deep")
    filled.remove_folder("in")
    assert filled.make_folders("in/deep") == ["in", "in/deep"]


def test_all_settles_on_the_disk(filled, tmp_path):
    disk, stamps = filled.settled()
    assert tree(tmp_path) == {"a": b"1", "in/": None, "in/b": b"2", "in/deep/": None}
    assert {path: disk.stamp(path) for path in stamps} == stamps
    assert disk.settled() == (disk, {})


def test_what_is_held_comes_to_the_disk_in_the_order_of_writing(held):
    for path in ("a", "b", "c", "a"):
        held.write(path, b"")
    held.remove("b")
    assert [*held.settled()[1]] == ["c", "a"]


def test_what_is_held_has_another_stamp_though_it_is_as_long(held):
    assert held.write("a", b"1") != held.write("a", b"2")


def test_no_more_files_are_held(held):
    for number in range(HELD_FILES):
        assert held.has_room(f"{number}", 0)
        held.write(f"{number}", b"")
    assert not held.has_room("one more", 0)
    assert held.has_room("0", HELD_BYTES)
    held.remove("0")
    assert held.has_room("one more", 0)


def test_no_more_bytes_are_held(held):
    held.write("a", b"x" * (HELD_BYTES - 10))
    held.write("b", b"x" * 4)
    assert held.has_room("c", 6)
    assert not held.has_room("c", 7)
    # What is replaced makes room, and what is removed.
    assert held.has_room("b", 10)
    assert not held.has_room("b", 11)
    held.write("a", b"x")
    assert held.has_room("c", HELD_BYTES - 5)
    held.remove("b")
    assert held.has_room("c", HELD_BYTES - 1)
    assert not held.has_room("c", HELD_BYTES)
