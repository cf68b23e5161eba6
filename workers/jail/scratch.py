"""The folder of one jailed worker: made for it, emptied between items, removed with it.

`ScratchFolders` is the parent's side (`workers.cpu`); `empty` is also used in the worker. What lies
in such a folder was written by whatever ran in the jail: it is removed without being believed, at
any depth, following no link, with a few descriptors and no recursion.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MODE = 0o700
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class ScratchFolders:
    """Folders under `root`, which belongs to one server: nobody else is in it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def sweep(self) -> None:
        """Remove what workers of a server that was killed have left. Raises OSError."""
        self._root.mkdir(mode=_MODE, parents=True, exist_ok=True)
        self._root.chmod(_MODE)
        empty(self._root)

    def make(self) -> Path:
        """A new, empty folder for one worker."""
        folder = self._root / secrets.token_hex(8)
        folder.mkdir(mode=_MODE)
        folder.chmod(_MODE)
        return folder

    def remove(self, folder: Path) -> None:
        """It and all that is in it. The worker's group is dead by now. Raises OSError."""
        empty(folder)
        folder.rmdir()


def empty(folder: Path) -> None:
    """Remove everything in it. Raises OSError."""
    with _opened(folder, None) as top:
        while names := os.listdir(top):
            for name in names:
                _remove(top, name)


def _remove(top: int, name: str) -> None:
    """A folder gives its own folders to the top before it goes, so nothing is ever descended."""
    if not _is_folder(top, name):
        os.unlink(name, dir_fd=top)
        return
    os.chmod(name, _MODE, dir_fd=top)
    with _opened(name, top) as inner:
        for entry in os.listdir(inner):
            if _is_folder(inner, entry):
                os.chmod(entry, _MODE, dir_fd=inner)
                os.rename(entry, secrets.token_hex(16), src_dir_fd=inner, dst_dir_fd=top)
            else:
                os.unlink(entry, dir_fd=inner)
    os.rmdir(name, dir_fd=top)


def _is_folder(parent: int, name: str) -> bool:
    mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    return (mode & 0o170000) == 0o040000


@contextmanager
def _opened(path: Path | str, parent: int | None) -> Iterator[int]:
    handle = os.open(path, _FOLDER, dir_fd=parent)
    try:
        yield handle
    finally:
        os.close(handle)
