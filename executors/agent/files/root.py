"""The one way to anything in the folder: by a descriptor of it, through no link, and never out.

`openat2` (Linux 5.6) has the kernel see to it in one step, so nothing can be swapped in between.
Where there is none, or a filter of a container refuses it, each part is opened by itself from the
one before, following no link: as strict, since a path has no `..` (`paths`), only slower; that is
also the way of other systems. Used by the modules of `executors.agent.files`, in threads.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from executors.agent.files.refused import ToolRefused

_CALL = 437
# Not into other mounts, through no magic link, through no link, and not out of the folder.
_RESOLVE = 0x01 | 0x02 | 0x04 | 0x08
_TRIES = 16
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


class Opener(Protocol):
    """Opens a checked path beneath a folder. Raises OSError."""

    def open(self, folder: int, path: str, flags: int, mode: int = 0) -> int: ...


class KernelOpener:
    """By openat2."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)

    def open(self, folder: int, path: str, flags: int, mode: int = 0) -> int:
        how = struct.pack("=QQQ", flags, mode if flags & os.O_CREAT else 0, _RESOLVE)
        for _ in range(_TRIES):
            handle: int = self._libc.syscall(
                ctypes.c_long(_CALL),
                ctypes.c_int(folder),
                ctypes.c_char_p(os.fsencode(path)),
                ctypes.c_char_p(how),
                ctypes.c_size_t(len(how)),
            )
            if handle >= 0:
                return handle
            number = ctypes.get_errno()
            if number not in (errno.EINTR, errno.EAGAIN):
                break
        raise OSError(number, os.strerror(number))


class StepOpener:
    """Part by part."""

    def open(self, folder: int, path: str, flags: int, mode: int = 0) -> int:
        *folders, name = path.split("/")
        device = os.fstat(folder).st_dev
        at = os.dup(folder)
        try:
            for part in folders:
                below = os.open(part, FOLDER, dir_fd=at)
                os.close(at)
                at = below
            handle = os.open(name, flags, mode, dir_fd=at)
        finally:
            os.close(at)
        if os.fstat(handle).st_dev != device:
            os.close(handle)
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return handle


def opener_for(folder: int) -> Opener:
    """The best that this system has."""
    if os.name == "posix" and os.uname().sysname == "Linux":
        kernel = KernelOpener()
        try:
            os.close(kernel.open(folder, ".", FOLDER))
        except OSError:
            return StepOpener()
        return kernel
    return StepOpener()


class Root:
    """A folder that is open. Paths are checked ones (`paths`), "" is the folder itself. Every
    method raises OSError."""

    def __init__(self, folder: Path, opener: Opener | None = None) -> None:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        self._handle = os.open(folder, flags)
        self._opener = opener or opener_for(self._handle)

    def close(self) -> None:
        os.close(self._handle)

    @contextmanager
    def folder(self, path: str) -> Iterator[int]:
        if not path:
            yield self._handle
            return
        handle = self._opener.open(self._handle, path, FOLDER)
        try:
            yield handle
        finally:
            os.close(handle)

    @contextmanager
    def parent(self, path: str) -> Iterator[tuple[int, str]]:
        """The folder that holds it, and its name there."""
        above, _, name = path.rpartition("/")
        with self.folder(above) as handle:
            yield handle, name

    def facts(self, path: str) -> os.stat_result:
        """Of the entry itself, following nothing."""
        with self.parent(path) as (folder, name):
            return os.stat(name, dir_fd=folder, follow_symlinks=False)

    @contextmanager
    def reading(self, path: str) -> Iterator[tuple[int, os.stat_result]]:
        """A regular file that has no other name. Raises ToolRefused for all else, without opening
        it where it is something else already."""
        with self.parent(path) as (folder, name), self.reading_in(folder, name, path) as opened:
            yield opened

    @contextmanager
    def reading_in(self, folder: int, name: str, path: str) -> Iterator[tuple[int, os.stat_result]]:
        """The same, from the open folder that it is in."""
        check_regular(os.stat(name, dir_fd=folder, follow_symlinks=False), path)
        handle = self._opener.open(folder, name, os.O_RDONLY | _FILE)
        try:
            facts = os.fstat(handle)
            check_regular(facts, path)
            yield handle, facts
        finally:
            os.close(handle)

    def make_folders(self, path: str) -> list[str]:
        """Make the folder and those above it; which of them were missing."""
        made = []
        parts = path.split("/") if path else []
        for depth in range(1, len(parts) + 1):
            here = "/".join(parts[:depth])
            with self.parent(here) as (folder, name):
                try:
                    os.mkdir(name, dir_fd=folder)
                except FileExistsError:
                    continue
                made.append(here)
        return made


def folder_refused(path: str) -> ToolRefused:
    """Where a file is wanted."""
    return ToolRefused(f"{path}: it is a folder, not a file")


def check_regular(facts: os.stat_result, path: str) -> None:
    """Raises ToolRefused for what is no plain file of this folder alone."""
    mode = facts.st_mode
    if stat.S_ISDIR(mode):
        raise folder_refused(path)
    if stat.S_ISLNK(mode):
        raise ToolRefused(f"{path}: it is a symbolic link, and links are not followed")
    if not stat.S_ISREG(mode):
        raise ToolRefused(f"{path}: it is no regular file (a pipe, a socket or a device)")
    if facts.st_nlink > 1:
        raise ToolRefused(
            f"{path}: the file has a second name (a hard link), maybe outside of the folder, "
            "so it is left alone"
        )
