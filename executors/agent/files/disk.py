"""Whole files of the folder: read, put in place, removed. Owns no knowledge of what they mean.

A file is written beside its place and renamed into it, so it is the old one or the new one at every
moment, and a link or another name of it that turned up meanwhile is replaced and never written
through. Used by `executors.agent.files.ground`, and for the copy that a command is run in.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from msgspec import Struct

from executors.agent.files.paths import TEMP_PREFIX
from executors.agent.files.refused import ToolRefused
from executors.agent.files.root import Root, check_regular

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PERMISSIONS = 0o777
_DEFAULT = 0o666
# What a file has grown by since it was looked at comes in such pieces.
_GROWN_BYTES = 64 * 1024


class Stamp(Struct, frozen=True, gc=False):
    """Another whenever the bytes are."""

    inode: int
    size: int
    modified_ns: int
    changed_ns: int


def stamp_of(facts: os.stat_result) -> Stamp:
    return Stamp(facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


def read_file(root: Root, path: str, limit_bytes: int) -> tuple[bytes, Stamp]:
    """Raises ToolRefused and OSError."""
    with root.reading(path) as (handle, facts):
        return read_handle(handle, facts, path, limit_bytes), stamp_of(facts)


def read_handle(handle: int, facts: os.stat_result, path: str, limit_bytes: int) -> bytes:
    check_readable(path, facts.st_size, limit_bytes)
    pieces = []
    size = 0
    # One more than there should be: a file that grows under our hands is cut, and noticed. Room for
    # as much as might come would have to be found each time.
    most = facts.st_size + 1
    while size <= limit_bytes and (piece := os.read(handle, most)):
        pieces.append(piece)
        size += len(piece)
        most = min(limit_bytes + 1 - size, _GROWN_BYTES)
    if size > limit_bytes:
        raise ToolRefused(f"{path}: it grows while it is read")
    return b"".join(pieces)


def check_readable(path: str, size: int, limit_bytes: int) -> None:
    """Raises ToolRefused."""
    if size > limit_bytes:
        raise ToolRefused(
            f"{path}: it has {size} bytes; files of more than {limit_bytes} are left alone"
        )


def write_file(root: Root, path: str, data: bytes, *, durable: bool) -> Stamp:
    """Put it in place, whole, with the permissions of what was there. Its folder must be there.
    Raises ToolRefused and OSError."""
    with root.parent(path) as (folder, name):
        mode = _mode_there(folder, name, path)
        with _temporary(folder) as (temp, handle):
            _write_all(handle, data)
            if mode is not None:
                os.fchmod(handle, mode)
            if durable:
                os.fsync(handle)
            os.rename(temp, name, src_dir_fd=folder, dst_dir_fd=folder)
            stamp = stamp_of(os.fstat(handle))
        if durable:
            os.fsync(folder)
    return stamp


def remove_file(root: Root, path: str, *, durable: bool) -> None:
    """Raises ToolRefused and OSError."""
    with root.parent(path) as (folder, name):
        check_regular(os.stat(name, dir_fd=folder, follow_symlinks=False), path)
        os.unlink(name, dir_fd=folder)
        if durable:
            os.fsync(folder)


def remove_folder(root: Root, path: str) -> None:
    """Where it is empty."""
    with suppress(OSError), root.parent(path) as (folder, name):
        os.rmdir(name, dir_fd=folder)


def _mode_there(folder: int, name: str, path: str) -> int | None:
    """Of the file that is to be replaced; None where there is none."""
    try:
        facts = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    check_regular(facts, path)
    return stat.S_IMODE(facts.st_mode) & _PERMISSIONS


@contextmanager
def _temporary(folder: int) -> Iterator[tuple[str, int]]:
    """A new file, which is gone where the block fails."""
    temp = f"{TEMP_PREFIX}{os.urandom(8).hex()}"
    handle = os.open(temp, _NEW, _DEFAULT, dir_fd=folder)
    try:
        yield temp, handle
    except BaseException:
        with suppress(OSError):  # the first error is the one to tell
            os.unlink(temp, dir_fd=folder)
        raise
    finally:
        os.close(handle)


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
