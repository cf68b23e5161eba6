"""DATA/secret: the random bytes that sign tokens and cookies. Used by `state.rotation`."""

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
# Random bytes have about 30 different ones among 32, and 32 hex digits have fewer than this once in
# 10 million: what has fewer was typed, or is a disk's zeros.
_LEAST_DIFFERENT = 8


def load_secret(root: Path, files: Files | None = None) -> bytes:
    """The secret, made (durably, whole or not at all) where there is none.

    Raises SecretUnusable where it is too short, not random, not a plain file, or open to other
    accounts.
    """
    files = files or RealFiles()
    with opened(files, files.open_root(root)) as folder:
        try:
            return read_secret(files, folder)
        except FileNotFoundError:
            _make(files, folder)
            return read_secret(files, folder)


def new_secret() -> bytes:
    return os.urandom(SIZE_BYTES)


def _make(files: Files, folder: int) -> None:
    temp = write_temp(files, folder, NAME, new_secret())
    try:
        with suppress(FileExistsError):  # a link never replaces one that was made meanwhile
            files.link(folder, temp, NAME)
    finally:
        files.unlink(folder, temp)
    files.fsync_dir(folder)


def read_secret(files: Files, folder: int) -> bytes:
    """Raises SecretUnusable, or FileNotFoundError where there is none."""
    value = read_private(files, folder, NAME, _MAX_BYTES)
    if what := weakness(value):
        raise SecretUnusable(f"{NAME} {what}")
    return value


def weakness(value: bytes) -> str | None:
    """Why these bytes must not sign anything."""
    if len(value) < SIZE_BYTES:
        return f"has {len(value)} bytes, at least {SIZE_BYTES} are needed"
    if len(set(value)) < _LEAST_DIFFERENT:
        return f"has only {len(set(value))} different bytes: it is not random"
    return None


def read_private(files: Files, folder: int, name: str, most_bytes: int) -> bytes:
    """A plain file that no other account may read. Raises SecretUnusable or OSError."""
    if not files.facts(folder, name).regular:
        raise SecretUnusable(f"{name} is not a regular file")
    with opened(files, files.open_read(folder, name)) as handle:
        facts = files.facts_of(handle)
        if facts.mode & ~FILE_MODE:
            raise SecretUnusable(f"{name} has mode {facts.mode:04o}: others may have read it")
        return files.read(handle, most_bytes, 0)
