"""One server per data folder, and the secret that signs its tokens."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys

import pytest

from state.errors import DataFolderLocked, SecretUnusable
from state.lock import NAME, DataLock, is_locked
from state.secret import load_secret
from tests.support.watched_files import WatchedFiles

HOLD = """
import sys
from pathlib import Path
from state.lock import DataLock
with DataLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def entries(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_second_server_is_refused_and_touches_nothing(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        before = entries(tmp_path)
        with pytest.raises(DataFolderLocked), DataLock(tmp_path):
            pass
        assert entries(tmp_path) == before
        holder.kill()
        holder.wait()
    with DataLock(tmp_path):
        pass


def test_the_lock_is_free_again_after_the_block(tmp_path):
    for _ in range(2):
        with DataLock(tmp_path / "new" / "data"), pytest.raises(DataFolderLocked):
            DataLock(tmp_path / "new" / "data").__enter__()


def test_a_server_that_starts_while_somebody_looks_is_not_refused(tmp_path):
    with DataLock(tmp_path):
        pass
    looking = os.open(tmp_path / NAME, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    with DataLock(tmp_path, sleep=lambda _: os.close(looking)):
        assert is_locked(tmp_path)


def test_somebody_who_looks_for_ever_is_not_waited_for(tmp_path):
    with DataLock(tmp_path):
        pass
    with (tmp_path / NAME).open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        with pytest.raises(DataFolderLocked), DataLock(tmp_path, sleep=lambda _: None):
            pass


def test_the_secret_is_made_once(tmp_path):
    first = load_secret(tmp_path)
    assert len(first) == 32
    assert load_secret(tmp_path) == first
    assert load_secret(tmp_path / "other") != first
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["secret"]


def test_the_secret_is_durable_before_it_is_used(tmp_path):
    files = WatchedFiles()
    load_secret(tmp_path, files)
    order = [call for call in files.calls if call[0] in ("fsync", "link", "fsync_dir")]
    assert [method for method, _ in order] == ["fsync", "link", "fsync_dir"]


def test_a_secret_that_cannot_be_written_leaves_nothing(tmp_path):
    files = WatchedFiles()
    files.fail("fsync", errno.EIO)
    with pytest.raises(OSError, match="EIO"):
        load_secret(tmp_path, files)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("value", [b"", b"x" * 31])
def test_a_short_secret_is_refused(tmp_path, value):
    path = tmp_path / "secret"
    path.write_bytes(value)
    path.chmod(0o600)
    with pytest.raises(SecretUnusable, match="bytes"):
        load_secret(tmp_path)
    assert path.read_bytes() == value


@pytest.mark.parametrize("value", [bytes(32), b"k" * 64, b"secret\n" * 10, b"01" * 32])
def test_a_secret_that_is_not_random_is_refused(tmp_path, value):
    path = tmp_path / "secret"
    path.write_bytes(value)
    path.chmod(0o600)
    with pytest.raises(SecretUnusable, match="not random"):
        load_secret(tmp_path)


def test_a_secret_of_hex_digits_is_taken(tmp_path):
    path = tmp_path / "secret"
    path.write_text("9f86d081884c7d659a2feaa0c55ad015\n")
    path.chmod(0o600)
    assert load_secret(tmp_path) == path.read_bytes()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o700])
def test_a_secret_that_others_may_read_is_refused(tmp_path, mode):
    load_secret(tmp_path)
    (tmp_path / "secret").chmod(mode)
    with pytest.raises(SecretUnusable, match="mode"):
        load_secret(tmp_path)


def test_a_secret_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "secret"
    for make in (path.mkdir, lambda: os.mkfifo(path), lambda: path.symlink_to("elsewhere")):
        make()
        with pytest.raises(SecretUnusable):
            load_secret(tmp_path)
        path.rmdir() if path.is_dir() else path.unlink()
