"""The secret that signs, and those before it that are still accepted; and how the one becomes one
of the others. Read by `web.keyring` while the server runs, changed by `nightdesk rotate-secret`.

`secret` holds the present one. `secret.old` holds those of earlier rotations, each with the end of
its window. A rotation writes `secret.old` first and commits by replacing `secret`: whatever is cut
short, the secret before it is accepted, as the present one or as a former one. A rotation without a
window takes `secret.old` away first, so that nothing old outlives the commit.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from state.atomic import discard, opened, replace_file
from state.errors import RotationRefused, SecretUnusable
from state.files import Files, RealFiles
from state.secret import NAME, new_secret, read_private, read_secret

OLD_NAME = "secret.old"

# How long a replaced secret may be accepted: no token lives longer.
MAX_WINDOW_S = 3660 * 86_400
MAX_FORMER = 8
_MAX_OLD_BYTES = 128 * 1024
_SUM_CHARS = 64


class Former(Struct, frozen=True, forbid_unknown_fields=True):
    """A secret that was replaced, and when (seconds since the epoch) it ends."""

    secret: bytes
    until: float


class Secrets(Struct, frozen=True):
    """What signs, and what has signed. `trouble` says why `former` could not be read."""

    current: bytes
    former: tuple[Former, ...] = ()
    trouble: str | None = None


class SecretFolder:
    """The secrets of one data folder. Holds nothing but where they are."""

    def __init__(self, root: Path) -> None:
        self._root = root
        # Text: they are looked at for every request that shows something signed.
        self._paths = (str(root / NAME), str(root / OLD_NAME))

    def stamp(self) -> object:
        """Another value whenever one of the files was replaced or touched. Two `stat`."""
        return _stamp(self._paths[0]), _stamp(self._paths[1])

    def read(self) -> Secrets:
        """Raises SecretUnusable, or OSError. Makes nothing, not even the folder."""
        if not self._root.is_dir():
            raise SecretUnusable("the data folder is not there")
        return read_secrets(self._root)


def _stamp(path: str) -> tuple[int, ...] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None  # reading it tells why
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_mode


def read_secrets(root: Path, files: Files | None = None) -> Secrets:
    """The present secret first: what it replaced is in `secret.old` since before that.

    Damage of `secret.old` is no reason to refuse the present one: it is told as `trouble`.
    """
    files = files or RealFiles()
    with opened(files, files.open_root(root)) as folder:
        current = read_secret(files, folder)
        try:
            return Secrets(current, read_former(files, folder))
        except (SecretUnusable, OSError) as error:
            return Secrets(current, trouble=str(error))


def rotate(root: Path, window_s: float, now: float, files: Files | None = None) -> None:
    """Make a new secret; accept the present one for `window_s` more seconds.

    Durable when it returns. Raises SecretUnusable, RotationRefused or OSError: then the secret is
    the one it was.
    """
    files = files or RealFiles()
    with opened(files, files.open_root(root)) as folder:
        if NAME not in files.list(folder):
            raise RotationRefused(f"there is no {NAME}: the next start makes one")
        if window_s > 0:
            replace_file(files, folder, OLD_NAME, _written(_kept(files, folder, window_s, now)))
        else:
            discard(files, folder, OLD_NAME)
            files.fsync_dir(folder)
        replace_file(files, folder, NAME, new_secret())


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """One rotation at a time. Raises RotationRefused at once where another is at work."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _lock(handle)
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise RotationRefused("another rotation is at work") from error


def _kept(files: Files, folder: int, window_s: float, now: float) -> tuple[Former, ...]:
    """What is accepted after a rotation besides the new secret, newest first."""
    current = read_secret(files, folder)
    before = [
        former
        for former in read_former(files, folder)
        # A rotation that was cut short has put the present one there already.
        if former.until > now and former.secret != current
    ]
    if len(before) >= MAX_FORMER:
        raise RotationRefused(
            f"{len(before)} former secrets are accepted still: wait for the end of a window, "
            "or end them all by a rotation without one"
        )
    return (Former(current, now + window_s), *before)


def _written(former: tuple[Former, ...]) -> bytes:
    body = msgspec.json.encode(former)
    return hashlib.sha256(body).hexdigest().encode() + b" " + body + b"\n"


def read_former(files: Files, folder: int) -> tuple[Former, ...]:
    """Raises SecretUnusable where it is damaged: a secret with one changed bit opens nothing, and
    an end with one changed bit opens for ever."""
    try:
        data = read_private(files, folder, OLD_NAME, _MAX_OLD_BYTES)
    except FileNotFoundError:
        return ()
    body = data[_SUM_CHARS + 1 : -1]
    try:
        former = msgspec.json.decode(body, type=tuple[Former, ...])
    except msgspec.DecodeError as error:
        raise SecretUnusable(f"{OLD_NAME} is damaged") from error
    if data != _written(former):
        raise SecretUnusable(f"{OLD_NAME} is damaged")
    return former
