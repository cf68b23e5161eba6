"""One server per data folder: an advisory lock held for life. Taken first by `nightdesk.serve`.

The kernel drops it with the process however that ends, so there is no stale lock and no pid file.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from state.errors import DataFolderLocked
from state.files import FILE_MODE, make_root

NAME = "lock"

# How often a start looks again where the lock is held, but not for life.
_LOOKS = 200
_LOOK_EVERY_S = 0.005


def is_locked(root: Path) -> bool:
    """Whether a server uses that folder. Makes nothing, and holds nothing when it returns."""
    try:
        handle = os.open(root / NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP):  # no server could hold that one
            return False
        raise
    try:
        # Shared: two that ask at once do not see each other.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


class DataLock:
    """`with DataLock(data_folder): ...`; raises DataFolderLocked at once where another has it."""

    def __init__(self, root: Path, sleep: Callable[[float], None] = time.sleep) -> None:
        self._root = root
        self._sleep = sleep
        self._handles: list[int] = []  # written by __enter__ and __exit__

    def __enter__(self) -> Self:
        make_root(self._root)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(self._root / NAME, flags, FILE_MODE)
        try:
            _take(handle, self._sleep)
            os.fchmod(handle, FILE_MODE)
        except BlockingIOError as error:
            holder = _holder(handle)
            os.close(handle)
            by = "" if holder is None else f" (process {holder})"
            raise DataFolderLocked(f"another server{by} is using {self._root}") from error
        except BaseException:
            os.close(handle)
            raise
        self._handles.append(handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._handles.pop())


def _take(handle: int, sleep: Callable[[float], None]) -> None:
    """Raises BlockingIOError where another has the lock for life.

    `is_locked` has it shared, for the moment of its look: a server that starts just then would be
    refused. Whoever can share the lock has met no server.
    """
    for _ in range(_LOOKS):
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(handle, fcntl.LOCK_UN)
        sleep(_LOOK_EVERY_S)
    raise BlockingIOError(errno.EWOULDBLOCK, os.strerror(errno.EWOULDBLOCK))


def _holder(handle: int) -> int | None:
    """Who has the lock, as the kernel lists it: so the number is never that of a dead process.

    None where it is not listed: a server in another container, or one that has just ended.
    """
    status = os.fstat(handle)
    device = status.st_dev
    file = f"{os.major(device):02x}:{os.minor(device):02x}:{status.st_ino}"
    try:
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        match line.split():
            case [_, "FLOCK", _, _, pid, where, *_] if where == file and int(pid) > 0:
                return int(pid)
    return None
