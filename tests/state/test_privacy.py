"""The data folder is its owner's alone: closed where it was open, refused where it is not ours."""

from __future__ import annotations

import os
import stat

import pytest

from state import scratch
from state.errors import DataFolderOpen
from state.privacy import close_to_others
from state.scratch import open_scratch

OPEN = [0o701, 0o710, 0o755, 0o770, 0o777, 0o1777, 0o704]


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir(0o700)
    return folder


@pytest.mark.parametrize("found", OPEN, ids=oct)
@pytest.mark.parametrize(
    "inside", [(), ("lock",), ("secret", "secret.old", "sessions", "lost+found")]
)
def test_our_own_folder_is_closed(root, found, inside):
    for name in inside:
        (root / name).touch()
    root.chmod(found)
    assert close_to_others(root) == found
    assert mode(root) == 0o700
    assert close_to_others(root) is None


@pytest.mark.parametrize("found", OPEN, ids=oct)
@pytest.mark.parametrize("stranger", ["photos", ".bashrc", "x.sock", "secrets"])
def test_a_folder_that_serves_others_is_left_as_it_is_and_refused(root, found, stranger):
    (root / "lock").touch()
    (root / stranger).touch()
    root.chmod(found)
    with pytest.raises(DataFolderOpen, match=r"open to other accounts .*chmod 700"):
        close_to_others(root)
    assert mode(root) == found


def test_a_folder_of_another_account_is_refused(root, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    root.chmod(0o755)
    monkeypatch.setattr(os, "chmod", refuse)
    with pytest.raises(DataFolderOpen, match="belongs to another account"):
        close_to_others(root)


def test_strangers_in_a_private_folder_are_no_reason_to_refuse(root):
    (root / "photos").touch()
    assert close_to_others(root) is None


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777], ids=oct)
def test_scratch_is_private_and_empty_at_every_start(root, umask):
    before = os.umask(umask)
    try:
        open_scratch(root)
    finally:
        os.umask(before)
    folder = root / scratch.NAME
    assert mode(folder) == 0o700
    (folder / "export-1").mkdir()
    (folder / "export-1" / "rows").write_text("left by a killed server")
    open_scratch(root)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("what", ["file", "link", "link to nothing", "fifo"])
def test_what_stands_in_the_place_of_scratch_goes_and_nothing_else(root, tmp_path, what):
    kept = tmp_path / "elsewhere"
    kept.mkdir()
    (kept / "precious").touch()
    place = root / scratch.NAME
    match what:
        case "file":
            place.touch()
        case "link":
            place.symlink_to(kept)
        case "link to nothing":
            place.symlink_to(tmp_path / "nowhere")
        case "fifo":
            os.mkfifo(place)
    open_scratch(root)
    assert place.is_dir()
    assert not place.is_symlink()
    assert (kept / "precious").exists()
