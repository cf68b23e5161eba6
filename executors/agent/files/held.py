"""The files of a task's own folder in memory, while they are few and small.

Nobody else is in that folder and it ends with its task, so most tasks never need it on the disk:
each would be a dozen entries made and removed again, in the same journal of the file system that
the records of paid calls wait for. Used by `executors.agent.places`, beneath a `Store`.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager

from executors.agent.files.disk import Stamp, check_readable
from executors.agent.files.ground import Disk
from executors.agent.files.root import Root, folder_refused

# More than that settles on the disk.
HELD_FILES, HELD_BYTES = 32, 64 * 1024

Fresh = Callable[[], AbstractContextManager[Root]]


class Held:
    """See Ground. As a disk that tells capital letters from small ones."""

    def __init__(self, fresh: Fresh) -> None:
        """`fresh` opens an empty folder on the disk, and takes back what is in it where the block
        fails. It is asked when all must settle, and each time that this is tried again."""
        self._fresh = fresh
        # All are written by `write` and `remove`. The files are in the order in which they were
        # written: what was made of another is the newer one on the disk, too.
        self._files: dict[str, tuple[bytes, Stamp]] = {}
        self._bytes = 0
        self._writes = 0
        # Written by `make_folders` and `remove_folder`.
        self._folders: set[str] = set()

    def read(self, path: str, limit_bytes: int) -> tuple[bytes, Stamp]:
        data, stamp = self._file(path)
        check_readable(path, len(data), limit_bytes)
        return data, stamp

    def stamp(self, path: str) -> Stamp:
        return self._file(path)[1]

    def write(self, path: str, data: bytes) -> Stamp:
        self._check_free(path)
        self._drop(path)
        self._writes += 1
        # No file on a disk has such an inode.
        stamp = Stamp(0, len(data), self._writes, self._writes)
        self._files[path] = data, stamp
        self._bytes += len(data)
        return stamp

    def remove(self, path: str) -> None:
        self._file(path)
        self._drop(path)

    def make_folders(self, path: str) -> list[str]:
        made = []
        for here in _ways(path):
            self._check_above(here)
            if here not in self._folders and here not in self._files:
                self._folders.add(here)
                made.append(here)
        return made

    def remove_folder(self, path: str) -> None:
        below = f"{path}/"
        if not any(name.startswith(below) for name in (*self._files, *self._folders)):
            self._folders.discard(path)

    def has_room(self, path: str, size_bytes: int) -> bool:
        """See HELD_FILES and HELD_BYTES."""
        there = self._files.get(path)
        files = len(self._files) + (there is None)
        size = self._bytes + size_bytes - (0 if there is None else len(there[0]))
        return files <= HELD_FILES and size <= HELD_BYTES

    def settled(self) -> tuple[Disk, Mapping[str, Stamp]]:
        with self._fresh() as root:
            disk = Disk(root, durable=False)
            for folder in sorted(self._folders):
                disk.make_folders(folder)
            stamps = {path: disk.write(path, data) for path, (data, _) in self._files.items()}
        return disk, stamps

    def _drop(self, path: str) -> None:
        data, _ = self._files.pop(path, (b"", None))
        self._bytes -= len(data)

    def _file(self, path: str) -> tuple[bytes, Stamp]:
        self._check_free(path)
        try:
            return self._files[path]
        except KeyError:
            raise _failed(errno.ENOENT) from None

    def _check_free(self, path: str) -> None:
        """Whether there is a file of that name, or might be."""
        self._check_above(path)
        if path in self._folders:
            raise folder_refused(path)

    def _check_above(self, path: str) -> None:
        for folder in _ways(path.rpartition("/")[0]):
            if folder in self._files:
                raise _failed(errno.ENOTDIR)
            if folder not in self._folders:
                raise _failed(errno.ENOENT)


def _ways(path: str) -> Iterator[str]:
    """The folders that lead to it, from above, and itself."""
    at = 0
    while path and at >= 0:
        at = path.find("/", at + 1)
        yield path if at < 0 else path[:at]


def _failed(number: int) -> OSError:
    return OSError(number, os.strerror(number))
