"""Archives of labelled pictures: which label each has, and what is refused."""

from __future__ import annotations

import io
import json
import stat
import struct
import zipfile

import pytest

from executors.refusals import Refused
from executors.vision.unpacking import UnpackLimits, labelled, unpacked

LIMITS = UnpackLimits(max_archive_entries=20, max_unpacked_bytes=10_000)


def packed(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def labels(*names):
    """The label of each picture, by name."""
    made = unpacked(packed(dict.fromkeys(names, b"x")), LIMITS)
    return {each.image: each.label for each in labelled(made)}


def test_pictures_come_back_with_labels_and_places():
    made = unpacked(packed({"cats/1.jpg": b"one", "dogs/2.PNG": b"", "dogs/3.gif": b"3"}), LIMITS)
    found = labelled(made)
    assert [(each.image, each.label) for each in found] == [
        ("cats/1.jpg", "cats"),
        ("dogs/2.PNG", "dogs"),
        ("dogs/3.gif", "dogs"),
    ]
    parts = [made[each.start : each.start + each.size_bytes] for each in found]
    assert parts == [b"one", b"", b"3"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a/1.jpg", "b/2.jpg"], ["a", "b"]),
        (["pets/a/1.jpg", "pets/b/2.jpg"], ["a", "b"]),
        (["x/y/a/1.jpg", "x/y/b/more/2.jpg"], ["a", "b"]),
        (["a/more/1.jpg", "b/2.jpg"], ["a", "b"]),
        (["猫/1.jpg", "b/2.jpg"], ["b", "猫"]),
    ],
)
def test_folders_that_all_share_are_no_labels(names, expected):
    assert sorted(labels(*names).values()) == expected


def test_pictures_in_no_folder_and_other_files_are_passed_over():
    assert labels("a/1.jpg", "loose.jpg", "a/notes.txt", "__MACOSX/a/1.jpg", "b/2.jpg") == {
        "a/1.jpg": "a",
        "b/2.jpg": "b",
    }


@pytest.mark.parametrize("names", [["1.jpg", "2.jpg"], ["a/notes.txt"], []])
def test_without_folders_of_pictures_it_is_refused(names):
    with pytest.raises(Refused, match="no folder in it has pictures"):
        labels(*names)


def test_one_folder_alone_is_told_to_be_too_few():
    with pytest.raises(Refused, match="in one folder, pets/cats: at least two are needed"):
        labels("pets/cats/1.jpg", "pets/cats/2.jpg")


def _linked():
    entry = zipfile.ZipInfo("a/link.jpg")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a ZIP archive"),
        (b"PK no archive", "not a ZIP archive"),
        (packed({"../a/1.jpg": b"x"}), "a name like a place"),
        (packed({"/a/1.jpg": b"x"}), "a name like a place"),
        (_linked(), "neither a file nor a folder"),
        (packed({f"a/{at}.jpg": b"" for at in range(21)}), "more than 20 entries"),
        (packed({"a/1.jpg": b"0" * 6_000, "b/2.jpg": b"0" * 6_000}), "more than 10,000 bytes"),
        (packed({"a/1.jpg": b"x" * 500, "b/2.jpg": b"y"})[:-30], "damaged"),
    ],
)
def test_archives_that_are_none_or_too_much_are_refused(data, reason):
    with pytest.raises(Refused, match=reason):
        unpacked(data, LIMITS)


def _head(told, rest=b""):
    head = json.dumps(told).encode()
    return struct.pack("<I", len(head)) + head + rest


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xff\xff\xff[]",
        _head({"a": 1}),
        _head([["a.jpg", "a", 0, 5]], b"1234"),
        _head([["a.jpg", "a", 0, 4]], b"12345"),
        _head([["a.jpg", "a", 0, 4], ["b.jpg", "b", 2, 2]], b"123456"),
        _head([["a.jpg", "a", 0, -1]]),
    ],
)
def test_what_a_worker_says_is_not_believed(data):
    with pytest.raises(Refused, match="what unpacked it"):
        labelled(data)
