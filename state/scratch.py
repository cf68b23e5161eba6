"""DATA/scratch: files that nobody needs after the request or item they were made for.

Made and emptied by `nightdesk.serve` while it holds the folder's lock, so that what a killed server
left there goes with the next start. Not on the system's own place for temporary files: that is
another disk, which other accounts can list. What jailed workers left was made by whatever ran in
them: `empty` removes it without believing it, at any depth, following no link, with a few
descriptors and no recursion.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from state.files import FOLDER_MODE

NAME = "scratch"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def open_scratch(root: Path) -> None:
    """An empty folder, 0700. Whatever stood in its place goes, links without what they lead to."""
    folder = root / NAME
    with suppress(FileNotFoundError):
        if folder.is_symlink() or not folder.is_dir():
            folder.unlink()
    with suppress(FileExistsError):
        os.mkdir(folder, FOLDER_MODE)
    os.chmod(folder, FOLDER_MODE)
    empty(folder)


def empty(folder: Path, kept: Collection[str] = ()) -> None:
    """Remove everything in it but what has one of the `kept` names. Raises OSError."""
    with _opened(folder, None) as top:
        while names := [name for name in os.listdir(top) if name not in kept]:
            for name in names:
                _remove(top, name)


def _remove(top: int, name: str) -> None:
    """A folder gives its own folders to the top before it goes, so nothing is ever descended."""
    if not _is_folder(top, name):
        os.unlink(name, dir_fd=top)
        return
    _unlock(top, name)
    with _opened(name, top) as inner:
        for entry in os.listdir(inner):
            if _is_folder(inner, entry):
                _unlock(inner, entry)
                os.rename(entry, secrets.token_hex(16), src_dir_fd=inner, dst_dir_fd=top)
            else:
                os.unlink(entry, dir_fd=inner)
    os.rmdir(name, dir_fd=top)


def _unlock(parent: int, name: str) -> None:
    """Modes are changed only where they must be: a jailed worker may not, and leaves such a folder
    to the server."""
    mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    if mode & FOLDER_MODE != FOLDER_MODE:
        os.chmod(name, FOLDER_MODE, dir_fd=parent)


def _is_folder(parent: int, name: str) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)


@contextmanager
def _opened(path: Path | str, parent: int | None) -> Iterator[int]:
    handle = os.open(path, _FOLDER, dir_fd=parent)
    try:
        yield handle
    finally:
        os.close(handle)
