"""Files of the folders that the operator opened: listed, opened, made, removed, no others."""

import errno
import os
import stat

import pytest

from executors import folder_files as files
from executors.folders import Folders, NotThere
from executors.refusals import Refused


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "pets"
    (root / "cats" / "small").mkdir(parents=True)
    (root / "cats" / "one.jpg").write_bytes(b"one")
    (root / "cats" / "notes.txt").write_text("kept")
    (root / "cats" / "small" / "two.PNG").write_bytes(b"two")
    (root / ".hidden").mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (root / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (root / "way").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.jpg")
    return root


@pytest.fixture
def folders(root):
    return Folders({"pets": root, "mine": root}, writable=["mine"])


def test_one_folder_is_listed(folders):
    root, cats = (files.listing(folders, path, 10) for path in ("pets", "pets/cats"))
    assert (root.folders, root.files, root.truncated) == (("cats",), (), False)
    assert [(file.name, file.size_bytes) for file in cats.files] == [("one.jpg", 3)]
    assert cats.folders == ("small",)


def test_all_folders_are_listed_each_before_what_is_in_it(folders):
    found, more = files.listings(folders, "pets", most_folders=9, most_files=9)
    assert [one.path for one in found] == ["pets", "pets/cats", "pets/cats/small"]
    assert not more
    found, more = files.listings(folders, "pets", most_folders=2, most_files=9)
    assert ([one.path for one in found], more) == (["pets", "pets/cats"], True)


def test_what_is_left_out_of_a_listing_is_said(folders, root):
    (root / "cats" / "three.jpg").write_bytes(b"3")
    cats = files.listing(folders, "pets/cats", 1)
    assert ([file.name for file in cats.files], cats.truncated) == (["one.jpg"], True)


def test_a_file_is_read_from_anywhere_and_is_known_by_its_tag(folders, root):
    with files.open_file(folders, "pets/cats/one.jpg") as opened:
        assert (opened.facts.size_bytes, opened.read(1, 10)) == (3, b"ne")
    (root / "cats" / "new.jpg").write_bytes(b"own")
    os.replace(root / "cats" / "new.jpg", root / "cats" / "one.jpg")
    with files.open_file(folders, "pets/cats/one.jpg") as other:
        assert other.facts.etag != opened.facts.etag


BAD = [
    "../secret.jpg",
    "mine/../../secret.jpg",
    "mine/..",
    "mine/link.jpg/x",
    "mine/way/secret.jpg",
    "mine/way",
    "/etc/passwd",
    "other/one.jpg",
    "mine/cats\\one.jpg",
    "mine/cats/none/one.jpg",
    "mine/\0.jpg",
    "",
]


@pytest.mark.parametrize("path", [*BAD, "mine/link.jpg", "mine/pipe.jpg", "mine/cats"])
def test_nothing_else_is_opened(folders, path):
    with pytest.raises(Refused):
        files.open_file(folders, path)


@pytest.mark.parametrize("path", [*BAD, "mine/cats/notes.txt", "pets/cats/one.jpg", "pets"])
def test_nothing_else_is_removed(folders, root, path):
    before = sorted(root.rglob("*"))
    with pytest.raises(Refused):
        files.remove(folders, path)
    assert sorted(root.rglob("*")) == before


def test_a_picture_is_removed_and_then_there_is_none(folders, root):
    assert files.remove(folders, "mine/cats/one.jpg") == 1
    with pytest.raises(Refused, match="no such file"):
        files.remove(folders, "mine/cats/one.jpg")


def test_what_the_system_keeps_is_told_and_not_taken_for_gone(folders, root, monkeypatch):
    def refuse(name, **_):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), name)

    monkeypatch.setattr(files.os, "unlink", refuse)
    with pytest.raises(Refused, match=r"one.jpg cannot be removed: read-only file system") as found:
        files.remove(folders, "mine/cats/one.jpg")
    assert not isinstance(found.value, NotThere)


@pytest.mark.parametrize("path", ["mine/no.jpg", "mine/no/one.jpg", "mine/way/secret.jpg"])
def test_what_is_not_there_is_told_apart(folders, path):
    with pytest.raises(NotThere):
        files.remove(folders, path)


def test_of_a_folder_its_own_pictures_go(folders, root):
    assert files.remove(folders, "mine/cats") == 1
    assert sorted(path.name for path in (root / "cats").iterdir()) == ["notes.txt", "small"]
    assert (root / "cats" / "small" / "two.PNG").exists()


def test_of_links_only_themselves_go(folders, root, tmp_path):
    assert files.remove(folders, "mine/link.jpg") == 1
    assert (tmp_path / "secret.jpg").read_bytes() == b"secret"


def test_a_file_is_put_beside_a_picture_in_the_place_of_another(folders, root):
    for data in (b"first", b"cat, pet"):
        files.put_beside(folders, "mine/cats/one.jpg", "one.txt", data)
        assert (root / "cats" / "one.txt").read_bytes() == data
    assert not [path for path in (root / "cats").iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("of_picture", "of_file"), [(0o640, 0o640), (0o755, 0o644), (0o400, 0o400)]
)
def test_who_may_read_a_picture_may_read_what_is_put_beside_it(folders, root, of_picture, of_file):
    (root / "cats" / "one.jpg").chmod(of_picture)
    files.put_beside(folders, "mine/cats/one.jpg", "one.txt", b"cat")
    assert stat.S_IMODE((root / "cats" / "one.txt").stat().st_mode) == of_file


def test_beside_a_picture_that_is_gone_it_is_the_servers_alone(folders, root):
    (root / "cats" / "one.jpg").unlink()
    files.put_beside(folders, "mine/cats/one.jpg", "one.txt", b"cat")
    assert stat.S_IMODE((root / "cats" / "one.txt").stat().st_mode) == 0o600


def test_a_link_in_its_place_is_replaced_and_not_followed(folders, root, tmp_path):
    (root / "cats" / "one.txt").symlink_to(tmp_path / "secret.jpg")
    files.put_beside(folders, "mine/cats/one.jpg", "one.txt", b"cat")
    assert (tmp_path / "secret.jpg").read_bytes() == b"secret"
    assert (root / "cats" / "one.txt").read_bytes() == b"cat"


@pytest.mark.parametrize("path", [*BAD[:5], *BAD[6:], "pets/cats/one.jpg"])
def test_nothing_is_put_anywhere_else(folders, root, path):
    with pytest.raises(Refused):
        files.put_beside(folders, path, "one.txt", b"cat")
    assert not [*root.rglob("one.txt")]


def test_where_it_cannot_be_put_nothing_is_left(folders, root):
    (root / "cats" / "one.txt").mkdir()
    with pytest.raises(Refused):
        files.put_beside(folders, "mine/cats/one.jpg", "one.txt", b"cat")
    assert sorted(path.name for path in (root / "cats").iterdir()) == [
        "notes.txt",
        "one.jpg",
        "one.txt",
        "small",
    ]
