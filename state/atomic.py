"""Small sequences of `Files` calls that several parts of the store need. Called in its threads."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from state.files import Files

TEMP_SUFFIX = ".tmp"
COPY_BYTES = 262_144


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Let an error of the block say which file it is about: a descriptor does not."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = name
        raise


def write_all(files: Files, handle: int, data: bytes) -> None:
    """Append everything, however short the single writes are."""
    view = memoryview(data)
    while view:
        taken = files.write(handle, view)
        if taken <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        view = view[taken:]


@contextmanager
def opened(files: Files, handle: int) -> Iterator[int]:
    """Close the handle at the end of the block."""
    try:
        yield handle
    finally:
        files.close(handle)


def temp_name(name: str) -> str:
    """A name that no other temp file has; what a dead server left is swept at the next start."""
    return f"{name}.{os.urandom(8).hex()}{TEMP_SUFFIX}"


def discard(files: Files, folder: int, name: str) -> None:
    """Unlink what may already be gone."""
    with suppress(FileNotFoundError):
        files.unlink(folder, name)


def write_temp(files: Files, folder: int, name: str, data: bytes) -> str:
    """A new synced temp file beside `name`; returns its own name. On an error none is left.

    A descriptor whose fsync failed is closed and never synced again: the kernel may have dropped
    the pages it could not write, and a second fsync would then report success for nothing.
    """
    temp = temp_name(name)
    handle = files.create(folder, temp)
    try:
        with opened(files, handle), naming(name):
            write_all(files, handle, data)
            files.fsync(handle)
    except BaseException:
        with suppress(OSError):  # what cannot be unlinked now is swept at the next start
            files.unlink(folder, temp)
        raise
    return temp


def replace_file(files: Files, folder: int, name: str, data: bytes) -> None:
    """Put `data` in place of `name`, whole or not at all, and durably."""
    temp = write_temp(files, folder, name, data)
    try:
        files.rename(folder, temp, folder, name)
    except BaseException:
        with suppress(OSError):  # the first error is the one to tell
            discard(files, folder, temp)
        raise
    with naming(name):
        files.fsync_dir(folder)


def sweep_temps(files: Files, folder: int, *endings: str) -> None:
    """Remove the temp files in a folder (and names with those endings): nobody writes there now.
    A folder of such a name is not ours, and no reason to refuse the start."""
    for name in files.list(folder):
        if name.endswith((TEMP_SUFFIX, *endings)) and not files.facts(folder, name).folder:
            discard(files, folder, name)


def read_range(files: Files, handle: int, start: int, end: int) -> Iterator[bytes]:
    """The bytes of [start, end) in pieces; stops early where the file does."""
    while start < end:
        piece = files.read(handle, min(COPY_BYTES, end - start), start)
        if not piece:
            return
        start += len(piece)
        yield piece


def remove_tree(files: Files, folder: int, name: str) -> None:
    """Remove a folder with all that is in it, or what stands in its place, if anything does."""
    try:
        if not files.facts(folder, name).folder:
            return files.unlink(folder, name)
        inner = files.open_folder(folder, name)
    except FileNotFoundError:
        return None
    with opened(files, inner):
        for entry in files.list(inner):
            if files.facts(inner, entry).folder:
                remove_tree(files, inner, entry)
            else:
                discard(files, inner, entry)
    files.remove_folder(folder, name)
