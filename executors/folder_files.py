"""What is in the folders that the operator has opened: listed, opened, and where they may be
written, made and removed.

All of it goes by handles of `executors.folders`, and no step follows a link. Called in threads of
the server, by the front end.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress

from msgspec import Struct

from executors.folders import (
    FILE,
    FOLDER,
    MAX_DEPTH,
    MAX_ENTRIES,
    SUFFIXES,
    Folders,
    path_reason,
)
from executors.refusals import Refused

# The permissions of a file that takes none over.
_OURS_ALONE = 0o600


class FolderFile(Struct, frozen=True):
    """A picture, by its name: what is in it nobody has looked at."""

    name: str
    size_bytes: int
    modified_at: float


class Listing(Struct, frozen=True):
    """What one folder holds, sorted by name: folders within and pictures; hidden ones and links are
    passed over. `truncated`: there is more."""

    path: str
    modified_at: float
    folders: tuple[str, ...]
    files: tuple[FolderFile, ...]
    truncated: bool = False


class FileFacts(Struct, frozen=True):
    """`etag` is another whenever the bytes are."""

    size_bytes: int
    etag: str


class OpenedFile:
    """A picture that is read piece by piece, until the end of its `with` block."""

    def __init__(self, handle: int, facts: os.stat_result) -> None:
        self._handle = handle
        etag = f"{facts.st_ino:x}-{facts.st_size:x}-{facts.st_mtime_ns:x}"
        self.facts = FileFacts(facts.st_size, etag)

    def __enter__(self) -> OpenedFile:
        return self

    def __exit__(self, *ending: object) -> None:
        os.close(self._handle)

    def read(self, offset: int, size_bytes: int) -> bytes:
        return os.pread(self._handle, size_bytes, offset)


def open_file(folders: Folders, path: str) -> OpenedFile:
    """Raises Refused."""
    with folders.parent(path) as (folder, name):
        handle = os.open(name, FILE, dir_fd=folder)
        facts = os.fstat(handle)
        if stat.S_ISREG(facts.st_mode):
            return OpenedFile(handle, facts)
        os.close(handle)
    raise Refused("unsupported", f"{path} is no regular file")


def listing(folders: Folders, path: str, most_files: int) -> Listing:
    """One folder. Raises Refused."""
    with folders.folder(path) as handle:
        return _listed(handle, path, most_files)


def listings(
    folders: Folders, path: str, *, most_folders: int, most_files: int
) -> tuple[list[Listing], bool]:
    """The folder and all folders in it, each before what is in it, and whether there are more.
    Raises Refused for one that cannot be read."""
    found: list[Listing] = []
    with folders.folder(path) as handle:
        for one in _walk(handle, path, most_files):
            if len(found) == most_folders:
                return found, True
            found.append(one)
    return found, False


def _walk(handle: int, path: str, most_files: int) -> Iterator[Listing]:
    here = _listed(handle, path, most_files)
    yield here
    if path.count("/") + 2 >= MAX_DEPTH:
        return
    for name in here.folders:
        try:
            inner = os.open(name, FOLDER, dir_fd=handle)
        except OSError:
            # Gone meanwhile, a link by now, or not ours to read: the others are.
            continue
        try:
            yield from _walk(inner, f"{path}/{name}", most_files)
        finally:
            os.close(inner)


def _listed(handle: int, path: str, most_files: int) -> Listing:
    names: list[str] = []
    files: list[FolderFile] = []
    truncated = False
    with os.scandir(handle) as entries:
        for seen, entry in enumerate(entries, 1):
            if seen > MAX_ENTRIES:
                truncated = True
                break
            if entry.name.startswith(".") or path_reason(f"{path}/{entry.name}") is not None:
                continue
            if entry.is_dir(follow_symlinks=False):
                names.append(entry.name)
            elif entry.name.lower().endswith(SUFFIXES) and entry.is_file(follow_symlinks=False):
                # It may have gone since.
                with suppress(FileNotFoundError):
                    facts = entry.stat(follow_symlinks=False)
                    files.append(FolderFile(entry.name, facts.st_size, facts.st_mtime))
    files.sort(key=lambda file: file.name)
    return Listing(
        path=path,
        modified_at=os.fstat(handle).st_mtime,
        folders=tuple(sorted(names)),
        files=tuple(files[:most_files]),
        truncated=truncated or len(files) > most_files,
    )


def remove(folders: Folders, path: str) -> int:
    """Remove a picture, or those that are in a folder itself, and say how many there were. Raises
    Refused, also where the folder was not opened to be written."""
    _check_writable(folders, path)
    with folders.folder(path.rpartition("/")[0] or path, path) as handle:
        name = path.rpartition("/")[2]
        if "/" in path and not _is_folder(handle, name):
            return _unlinked(handle, name, path)
    with folders.folder(path) as handle:
        found = _listed(handle, path, MAX_ENTRIES).files
        return sum(_unlinked(handle, file.name, path) for file in found)


def put_beside(folders: Folders, path: str, name: str, data: bytes) -> None:
    """Make the file `name` beside a picture, whole or not at all, in the place of an older one.
    Whoever may read or write the picture may do so with it. Raises Refused."""
    _check_writable(folders, path)
    with folders.parent(path) as (folder, picture):
        temp = f".{secrets.token_hex(8)}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(temp, flags, _OURS_ALONE, dir_fd=folder)
        try:
            try:
                _write_all(handle, data)
                os.fchmod(handle, _permissions(folder, picture))
                os.fsync(handle)
            finally:
                os.close(handle)
            os.rename(temp, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):  # the first error is the one to tell
                os.unlink(temp, dir_fd=folder)
            raise
        os.fsync(folder)


def _check_writable(folders: Folders, path: str) -> None:
    """Raises Refused."""
    if (reason := path_reason(path)) is not None:
        raise Refused("unsupported", f"the path {reason}")
    name = path.split("/")[0]
    if name in folders.names and not folders.may_write(path):
        said = f"the folder {name} is open to be read only (--images-dir {name}=FOLDER:rw)"
        raise Refused("read_only", said)


def _permissions(folder: int, picture: str) -> int:
    """Those of the picture, which may have gone; nothing of it is ever run."""
    try:
        facts = os.stat(picture, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return _OURS_ALONE
    return facts.st_mode & 0o666 if stat.S_ISREG(facts.st_mode) else _OURS_ALONE


def _is_folder(handle: int, name: str) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode)


def _unlinked(handle: int, name: str, path: str) -> int:
    """1 where it was there. Only pictures are anybody's to remove."""
    if not name.lower().endswith(SUFFIXES):
        raise Refused("unsupported", f"{path} is no picture")
    try:
        os.unlink(name, dir_fd=handle)
    except FileNotFoundError:
        return 0
    except OSError as error:
        said = (error.strerror or "why ever").lower()
        raise Refused("read_only", f"{path} cannot be removed: {said}") from None
    return 1


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
