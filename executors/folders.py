"""Folders of pictures that the operator has opened to all desks, each under a name of its own.

`pets/cats/one.jpg` is the file `cats/one.jpg` in the folder called `pets`. A path is checked, then
walked one step at a time from a handle on the folder, and no step follows a link: nothing outside
can be reached, whoever changes what meanwhile. Called in threads of the server, by
`executors.vision.enclosing` and by the front end.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from executors.refusals import Refused

MAX_PATH_CHARS = 1_000
MAX_DEPTH = 16
# Of one listing: beyond it a folder is not looked through.
MAX_ENTRIES = 200_000
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A FIFO is opened without waiting for its writer, and then refused.
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_READ_BYTES = 64 * 1024
# The last is what opening a link as a file comes to.
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


class NotThere(Refused):
    """There is no such file or folder, or what is there is a link or something else."""


def path_reason(path: object) -> str | None:
    """Why this is no path within a folder; None where it is one."""
    if not isinstance(path, str) or not path:
        return "must be the path of a file: the name of a folder, and what is in it"
    if len(path) > MAX_PATH_CHARS:
        return f"is longer than {MAX_PATH_CHARS} characters"
    parts = path.split("/")
    if any(part in ("", ".", "..") or "\\" in part for part in parts):
        return "must be relative, without empty parts, `.`, `..` and backslashes"
    if not path.isprintable():
        return "contains characters that no name should have"
    if len(parts) > MAX_DEPTH:
        return f"is more than {MAX_DEPTH} folders deep"
    return None


class Folders:
    """By name; a name is one part of a path. Holds no file open. In those that are `writable`
    files may be made and removed, too: `executors.folder_files` does."""

    def __init__(self, folders: Mapping[str, Path], writable: Collection[str] = ()) -> None:
        self._folders = dict(folders)
        self._writable = frozenset(writable)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._folders)

    def may_write(self, path: str) -> bool:
        """Whether the operator has opened the folder that the path begins with to be written."""
        return path.split("/")[0] in self._writable

    def read(self, path: str, max_bytes: int) -> bytes:
        """The file, whole. Raises Refused, whose message names the path as it was given."""
        with self.parent(path) as (folder, file):
            handle = os.open(file, FILE, dir_fd=folder)
            try:
                return _whole(handle, path, max_bytes)
            finally:
                os.close(handle)

    @contextmanager
    def parent(self, path: str) -> Iterator[tuple[int, str]]:
        """(a handle on the folder that a file is in, what it is called there). Raises Refused, also
        for every OSError of the block."""
        *folders, file = _parts(path)
        with self.folder("/".join(folders), path) as handle:
            yield handle, file

    @contextmanager
    def folder(self, path: str, told: str | None = None) -> Iterator[int]:
        """The same of a folder itself; `told` is the path that a refusal names instead of it."""
        name, *folders = _parts(path, a_folder=True)
        try:
            with ExitStack() as opened:
                yield self._walked(name, folders, opened)
        except OSError as error:
            raise _unreadable(told or path, error) from None

    def pictures(self, path: str, most: int) -> list[str]:
        """The paths of the pictures in a folder and all folders in it, sorted: files with the names
        of pictures, hidden ones aside. Raises Refused, also for more than `most`."""
        found: list[str] = []
        with self.folder(path) as handle:
            entries = _pictures_in(handle, path, MAX_DEPTH - path.count("/") - 1)
            for seen, entry in enumerate(entries, 1):
                if entry is not None:
                    found.append(entry)
                if len(found) > most or seen > MAX_ENTRIES:
                    raise Refused("too_large", f"{path} holds more than {most:,} pictures")
        return sorted(found)

    def _walked(self, name: str, folders: list[str], opened: ExitStack) -> int:
        """A handle on the innermost folder."""
        root = self._folders.get(name)
        if root is None:
            raise Refused("unsupported", self._unknown(name))
        # The operator may well have a link there; what is in it is another matter.
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        opened.callback(os.close, handle)
        for folder in folders:
            handle = _open(folder, FOLDER, handle, opened)
        return handle

    def _unknown(self, name: str) -> str:
        if not self._folders:
            return "this server has no folders of pictures open (--images-dir)"
        return f"there is no folder {name[:100]!r}; there are: {', '.join(self._folders)}"


def _parts(path: str, *, a_folder: bool = False) -> list[str]:
    if (reason := path_reason(path)) is not None:
        raise Refused("unsupported", f"the path {reason}")
    parts = path.split("/")
    if len(parts) == 1 and not a_folder:
        raise Refused("unsupported", f"{path!r} is a folder, not a file in one")
    return parts


def _open(name: str, flags: int, folder: int, opened: ExitStack) -> int:
    handle = os.open(name, flags, dir_fd=folder)
    opened.callback(os.close, handle)
    return handle


def _whole(handle: int, path: str, max_bytes: int) -> bytes:
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode):
        raise Refused("unsupported", f"{path} is no regular file")
    data = os.read(handle, min(facts.st_size, max_bytes) + 1)
    # It may grow while it is read, and not every read gives all there is.
    more = bytearray()
    while len(data) + len(more) <= max_bytes and (piece := os.read(handle, _READ_BYTES)):
        more += piece
    if len(data) + len(more) > max_bytes:
        raise Refused("too_large", f"{path} has more than {max_bytes:,} bytes")
    return data + more if more else data


def _pictures_in(folder: int, path: str, deeper: int) -> Iterator[str | None]:
    """Paths of pictures; None for every entry that is none. Links are passed over."""
    with os.scandir(folder) as entries:
        for entry in entries:
            place = f"{path}/{entry.name}"
            if entry.name.startswith(".") or path_reason(place) is not None:
                yield None
            elif entry.is_dir(follow_symlinks=False) and deeper > 0:
                yield None
                yield from _within(folder, entry.name, place, deeper - 1)
            elif entry.is_file(follow_symlinks=False) and place.lower().endswith(SUFFIXES):
                yield place
            else:
                yield None


def _within(folder: int, name: str, place: str, deeper: int) -> Iterator[str | None]:
    with ExitStack() as opened:
        handle = _open(name, FOLDER, folder, opened)
        yield from _pictures_in(handle, place, deeper)


def _unreadable(path: str, error: OSError) -> Refused:
    kind = NotThere if error.errno in _NOT_THERE else Refused
    return kind("unreadable", f"{path} cannot be read: {(error.strerror or 'why ever').lower()}")
