"""A file that only takes up room, given up when the disk is full. Used by `state.store`.

It holds incompressible bytes, so that file systems that compress or leave holes really set the
room aside. While it is spent only essential saves are made, until it could be laid down again.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress

from state.atomic import discard, naming, opened, write_all
from state.disk import FULL
from state.files import Files

NAME = "ballast"


class Ballast:
    """`lay` and `spend` are called in the store's threads, by any of them."""

    def __init__(self, files: Files, root: int, size_bytes: int) -> None:
        self._files = files
        self._root = root
        self._size_bytes = size_bytes
        self._lock = threading.Lock()
        self._laid = False  # written under _lock

    def lay(self) -> None:
        """Make sure that the ballast is there, whole. Raises OSError where there is no room, and
        only there: whatever else is wrong with the disk is for the save that follows to find."""
        with self._lock:
            try:
                self._laid = self._laid or self._is_whole() or self._write()
            except OSError as error:
                if error.errno in FULL:
                    raise

    def _is_whole(self) -> bool:
        try:
            found = self._files.facts(self._root, NAME)
        except FileNotFoundError:
            return self._size_bytes == 0
        return found.regular and found.size_bytes == self._size_bytes

    def _write(self) -> bool:
        discard(self._files, self._root, NAME)
        handle = self._files.create(self._root, NAME)
        try:
            with opened(self._files, handle), naming(NAME):
                write_all(self._files, handle, os.urandom(self._size_bytes))
                self._files.fsync(handle)
        except BaseException:
            with suppress(OSError):  # a part of it is replaced by the next try
                self._files.unlink(self._root, NAME)
            raise
        return True

    def spend(self) -> None:
        """Free its room, and its inode, at once."""
        with self._lock:
            self._laid = False
            discard(self._files, self._root, NAME)
            self._files.fsync_dir(self._root)
