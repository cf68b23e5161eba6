"""DATA/secret: the random bytes that sign tokens and cookies. Read once by `nightdesk.serve`."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from state.atomic import opened, write_temp
from state.errors import SecretUnusable
from state.files import FILE_MODE, Files, RealFiles

NAME = "secret"
SIZE_BYTES = 32
_MAX_BYTES = 4096


def load_secret(root: Path, files: Files | None = None) -> bytes:
    """The secret, made (durably, whole or not at all) where there is none.

    Raises SecretUnusable where it is too short, not a plain file, or open to other accounts.
    """
    files = files or RealFiles()
    with opened(files, files.open_root(root)) as folder:
        try:
            return _read(files, folder)
        except FileNotFoundError:
            _make(files, folder)
            return _read(files, folder)


def _make(files: Files, folder: int) -> None:
    temp = write_temp(files, folder, NAME, os.urandom(SIZE_BYTES))
    try:
        with suppress(FileExistsError):  # a link never replaces one that was made meanwhile
            files.link(folder, temp, NAME)
    finally:
        files.unlink(folder, temp)
    files.fsync_dir(folder)


def _read(files: Files, folder: int) -> bytes:
    if not files.facts(folder, NAME).regular:
        raise SecretUnusable(f"{NAME} is not a regular file")
    with opened(files, files.open_read(folder, NAME)) as handle:
        facts = files.facts_of(handle)
        if facts.mode & ~FILE_MODE:
            raise SecretUnusable(f"{NAME} has mode {facts.mode:04o}: others may have read it")
        value = files.read(handle, _MAX_BYTES, 0)
    if len(value) < SIZE_BYTES:
        raise SecretUnusable(f"{NAME} has {len(value)} bytes, at least {SIZE_BYTES} are needed")
    return value
