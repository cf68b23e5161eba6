"""Folders of pictures that the operator opened: what is in them, and nothing that is not."""

import os
from pathlib import Path

import pytest

from executors.folders import Folders, path_reason
from executors.refusals import Refused


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "pets"
    (root / "cats" / "small").mkdir(parents=True)
    (root / "cats" / "one.jpg").write_bytes(b"one")
    (root / "cats" / "small" / "two.PNG").write_bytes(b"two")
    (root / "notes.txt").write_text("no picture")
    (root / ".hidden.jpg").write_bytes(b"hidden")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (root / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (root / "way").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.jpg")
    return root


@pytest.fixture
def folders(root):
    return Folders({"pets": root})


def test_a_file_is_read(folders):
    assert folders.read("pets/cats/small/two.PNG", 3) == b"two"


def test_a_file_is_read_whole_whatever_size_it_tells():
    """Of a file that grows meanwhile; those of the kernel say that they are empty."""
    own = Folders({"own": Path("/proc/self")})
    assert own.read("own/limits", 1_000_000) == Path("/proc/self/limits").read_bytes()
    with pytest.raises(Refused, match="more than 10 bytes"):
        own.read("own/limits", 10)


@pytest.mark.parametrize(
    "path",
    [
        "pets/../secret.jpg",
        "pets/cats/../../secret.jpg",
        "../secret.jpg",
        "/etc/passwd",
        "pets//cats/one.jpg",
        "pets/./cats/one.jpg",
        "pets/cats\\one.jpg",
        "pets/\0.jpg",
        "pets/" + "a/" * 20 + "b.jpg",
        "pets/" + "a" * 2_000,
        "pets/link.jpg",
        "pets/way/secret.jpg",
        "pets/pipe.jpg",
        "pets/cats",
        "pets/none.jpg",
        "pets",
        "dogs/one.jpg",
        "",
        7,
    ],
)
def test_nothing_else_can_be_reached(folders, path):
    with pytest.raises(Refused):
        folders.read(path, 100)


def test_a_file_that_is_too_large_is_refused(folders):
    with pytest.raises(Refused, match="more than 2 bytes"):
        folders.read("pets/cats/one.jpg", 2)


def test_pictures_are_listed_with_those_of_folders_within(folders):
    assert folders.pictures("pets", 10) == ["pets/cats/one.jpg", "pets/cats/small/two.PNG"]
    assert folders.pictures("pets/cats/small", 10) == ["pets/cats/small/two.PNG"]


@pytest.mark.parametrize("path", ["pets/way", "dogs", "pets/none", "pets/notes.txt", "..", ""])
def test_what_is_no_folder_is_refused(folders, path):
    with pytest.raises(Refused):
        folders.pictures(path, 10)


def test_more_than_asked_for_are_refused(folders):
    with pytest.raises(Refused, match="more than 1 pictures"):
        folders.pictures("pets", 1)


def test_names_that_no_text_can_hold_are_passed_over(root, folders):
    (root / "cats" / os.fsdecode(b"\xff.jpg")).write_bytes(b"x")
    (root / "cats" / "line\nbreak.jpg").write_bytes(b"x")
    assert len(folders.pictures("pets", 10)) == 2


def test_without_folders_the_refusal_says_so():
    with pytest.raises(Refused, match="--images-dir"):
        Folders({}).read("pets/one.jpg", 9)


def test_a_path_of_other_scripts_is_one():
    assert path_reason("宠物/猫 (1).jpg") is None
