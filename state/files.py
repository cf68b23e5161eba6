"""The disk as the store sees it: a small port, so that every write can be watched, failed or lost.

`Files` is synchronous and called in the store's threads. `RealFiles` is the operating system; tests
put recording, failing and power-losing ones in its place. Everything the store does to disk goes
through here, by name within an open folder, so that no path is ever walked twice.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from msgspec import Struct

FILE_MODE = 0o600
FOLDER_MODE = 0o700

_SAFE = os.O_NOFOLLOW | os.O_CLOEXEC
_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)

T = TypeVar("T")


class Facts(Struct, frozen=True):
    """What is known of one directory entry, without following it."""

    regular: bool
    folder: bool
    size_bytes: int
    modified_at: float
    mode: int


class Files(Protocol):
    """Every method raises OSError and nothing else. Handles are small integers."""

    def open_root(self, path: Path) -> int:
        """The data folder itself, made durably (0700) where it is missing."""

    def open_folder(self, folder: int, name: str) -> int: ...
    def make_folder(self, folder: int, name: str) -> None: ...
    def remove_folder(self, folder: int, name: str) -> None: ...

    def list(self, folder: int) -> list[str]:
        """Names in the folder, in no order."""

    def create(self, folder: int, name: str) -> int:
        """A new file (0600) for reading and appending; FileExistsError where the name is taken."""

    def open_append(self, folder: int, name: str) -> int:
        """An existing file for reading and appending."""

    def open_read(self, folder: int, name: str) -> int:
        """An existing file of any kind but a symbolic link, without waiting (FIFO)."""

    def facts(self, folder: int, name: str) -> Facts: ...
    def facts_of(self, handle: int) -> Facts: ...

    def set_mode(self, folder: int, name: str, mode: int) -> None:
        """Change the permissions of a file or folder, whatever they are; never through a link."""

    def read(self, handle: int, size: int, offset: int) -> bytes:
        """At most `size` bytes; fewer, or none, at the end of the file."""

    def write(self, handle: int, data: bytes | memoryview) -> int:
        """Append; returns how many bytes were taken, which may be fewer."""

    def truncate(self, handle: int, size: int) -> None: ...
    def fsync(self, handle: int) -> None: ...

    def fdatasync(self, handle: int) -> None:
        """Contents and size, which is all that an append-only file needs."""

    def fsync_dir(self, folder: int) -> None:
        """Make the names in the folder durable."""

    def link(self, folder: int, old: str, new: str) -> None: ...
    def rename(self, folder: int, old: str, to_folder: int, new: str) -> None: ...
    def unlink(self, folder: int, name: str) -> None: ...
    def close(self, handle: int) -> None:
        """Never fails: the handle is gone whatever the disk says, and what must last was synced."""


def make_root(path: Path) -> None:
    """Make the data folder and its missing parents, 0700, each durable in its parent."""
    if path.is_dir():
        return
    make_root(path.parent)
    path.mkdir(FOLDER_MODE)
    path.chmod(FOLDER_MODE)
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _facts(found: os.stat_result) -> Facts:
    return Facts(
        regular=stat.S_ISREG(found.st_mode),
        folder=stat.S_ISDIR(found.st_mode),
        size_bytes=found.st_size,
        modified_at=found.st_mtime,
        mode=stat.S_IMODE(found.st_mode),
    )


class RealFiles:
    """The operating system's files.

    Holds `spares` descriptors in reserve: when sockets have used up all others, an open here takes
    one of them, and the next close here puts one back.
    """

    def __init__(self, spares: int = 0) -> None:
        self._lock = threading.Lock()
        self._spares_wanted = spares
        self._spares: list[int] = []  # written under _lock, by any thread that opens or closes
        self._refill()

    def _refill(self) -> None:
        with self._lock:
            while len(self._spares) < self._spares_wanted:
                try:
                    self._spares.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
                except OSError as error:
                    if error.errno in _OUT_OF_DESCRIPTORS:
                        return  # the next close tries again
                    raise

    def _use_spare(self) -> bool:
        with self._lock:
            if not self._spares:
                return False
            os.close(self._spares.pop())
            return True

    def _descriptor(self, take: Callable[[], T]) -> T:
        """Run what needs a descriptor; a freed spare may be stolen by a socket, so try them all."""
        while True:
            try:
                return take()
            except OSError as error:
                if error.errno not in _OUT_OF_DESCRIPTORS or not self._use_spare():
                    raise

    def release_spares(self) -> None:
        """Give the reserve back; called once, when the store is closed."""
        with self._lock:
            self._spares_wanted = 0
            while self._spares:
                os.close(self._spares.pop())

    def open_root(self, path: Path) -> int:
        make_root(path)
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        return self._descriptor(lambda: os.open(path, flags))

    def open_folder(self, folder: int, name: str) -> int:
        flags = os.O_RDONLY | os.O_DIRECTORY | _SAFE
        return self._descriptor(lambda: os.open(name, flags, dir_fd=folder))

    def make_folder(self, folder: int, name: str) -> None:
        os.mkdir(name, FOLDER_MODE, dir_fd=folder)
        try:
            os.chmod(name, FOLDER_MODE, dir_fd=folder)
        except OSError:
            os.rmdir(name, dir_fd=folder)
            raise

    def remove_folder(self, folder: int, name: str) -> None:
        os.rmdir(name, dir_fd=folder)

    def list(self, folder: int) -> list[str]:
        # A descriptor of our own: two threads listing by one descriptor would share its position.
        own = self.open_folder(folder, ".")
        try:
            return self._descriptor(lambda: os.listdir(own))
        finally:
            self.close(own)

    def create(self, folder: int, name: str) -> int:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | _SAFE
        handle = self._descriptor(lambda: os.open(name, flags, FILE_MODE, dir_fd=folder))
        try:
            os.fchmod(handle, FILE_MODE)
        except OSError:
            self.close(handle)
            os.unlink(name, dir_fd=folder)
            raise
        return handle

    def open_append(self, folder: int, name: str) -> int:
        flags = os.O_RDWR | os.O_APPEND | _SAFE
        return self._descriptor(lambda: os.open(name, flags, dir_fd=folder))

    def open_read(self, folder: int, name: str) -> int:
        flags = os.O_RDONLY | os.O_NONBLOCK | _SAFE
        return self._descriptor(lambda: os.open(name, flags, dir_fd=folder))

    def facts(self, folder: int, name: str) -> Facts:
        return _facts(os.stat(name, dir_fd=folder, follow_symlinks=False))

    def facts_of(self, handle: int) -> Facts:
        return _facts(os.fstat(handle))

    def set_mode(self, folder: int, name: str, mode: int) -> None:
        # An entry that nobody may open has a path handle all the same, and by that its mode.
        flags = os.O_PATH | _SAFE
        handle = self._descriptor(lambda: os.open(name, flags, dir_fd=folder))
        try:
            if stat.S_ISLNK(os.fstat(handle).st_mode):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            os.chmod(f"/proc/self/fd/{handle}", mode)
        finally:
            self.close(handle)

    def read(self, handle: int, size: int, offset: int) -> bytes:
        return os.pread(handle, size, offset)

    def write(self, handle: int, data: bytes | memoryview) -> int:
        return os.write(handle, data)

    def truncate(self, handle: int, size: int) -> None:
        os.ftruncate(handle, size)

    def fsync(self, handle: int) -> None:
        os.fsync(handle)

    def fdatasync(self, handle: int) -> None:
        os.fdatasync(handle)

    def fsync_dir(self, folder: int) -> None:
        os.fsync(folder)

    def link(self, folder: int, old: str, new: str) -> None:
        os.link(old, new, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)

    def rename(self, folder: int, old: str, to_folder: int, new: str) -> None:
        os.rename(old, new, src_dir_fd=folder, dst_dir_fd=to_folder)

    def unlink(self, folder: int, name: str) -> None:
        os.unlink(name, dir_fd=folder)

    def close(self, handle: int) -> None:
        try:
            os.close(handle)
        except OSError as error:
            if error.errno == errno.EBADF:
                raise  # a bug of ours
        if len(self._spares) < self._spares_wanted:
            self._refill()
