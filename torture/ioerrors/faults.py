"""Which call fails, how, and for how long; and a `Files` that makes it so. Used by `cases`."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from torture.ioerrors.kernel import Kernel

SYNCS = frozenset({"fsync", "fdatasync", "fsync_dir"})
OPENS = frozenset({"open_root", "open_folder", "open_append", "open_read", "create", "list"})
NAMES = frozenset({"create", "make_folder", "remove_folder", "link", "rename", "unlink"})
GROWS = frozenset({"create", "make_folder", "link", "rename", "write"})
READS = frozenset({"read", "facts", "facts_of"})

# Which calls an error can come from.
ERRORS: dict[str, frozenset[str]] = {
    "ENOSPC": GROWS | SYNCS,
    "EDQUOT": GROWS | SYNCS,
    "EIO": OPENS | NAMES | SYNCS | READS | {"write", "truncate"},
    "EMFILE": OPENS,
    "ENFILE": OPENS,
    "EROFS": NAMES | SYNCS | {"open_append", "write", "truncate"},
    "EACCES": OPENS | NAMES,
    "ENOMEM": OPENS | READS,
}

# once; three times; every such call; every call of the whole disk that can fail so; done and then
# said to have failed; a write that takes less than it was given, before the error.
HOW = ("once", "thrice", "ever", "disk", "after", "short")


class Fault(Struct, frozen=True):
    """The `at`-th call of a command, which is of that `method`, fails."""

    at: int
    method: str
    error: str
    how: str

    def __str__(self) -> str:
        return f"{self.at}:{self.method}:{self.error}:{self.how}"


def faults_of(calls: list[str]) -> Iterator[Fault]:
    """Every fault that a command with those calls can meet."""
    for at, method in enumerate(calls):
        for error, methods in ERRORS.items():
            if method in methods:
                for how in HOW:
                    if _applies(method, error, how):
                        yield Fault(at, method, error, how)


def _applies(method: str, error: str, how: str) -> bool:
    if how == "after":
        return error == "EIO" and method in SYNCS | {"rename", "link", "unlink"}
    if how == "short":
        return method == "write"
    return True


class FaultyFiles:
    """The `Files` port on a kernel, failing as it was told. One fault at a time."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        # Written by `arm`, `relieve` and the calls themselves.
        self.calls: list[str] = []
        self.synced_again: list[str] = []
        self._fault: Fault | None = None
        self._hits = 0
        self._bound_to: str | None = None
        self._failed: set[int] = set()

    def arm(self, fault: Fault | None) -> None:
        """Count calls from here on, and let that one fail."""
        self.calls = []
        self._fault = fault
        self._hits = 0
        self._bound_to = None

    def relieve(self) -> None:
        self._fault = None

    def bound(self) -> bool:
        """Whether all that fails belongs to one desk."""
        return self._bound_to is not None

    def __getattr__(self, method: str) -> Callable[..., Any]:
        work = getattr(self.kernel, method)

        def call(*args: Any) -> Any:
            return self._call(method, work, args)

        return call

    def _call(self, method: str, work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        self.calls.append(method)
        if method == "close":
            self._failed.discard(args[0])
        elif method in ("fsync", "fdatasync") and args[0] in self._failed:
            self.synced_again.append(self.kernel.path(args[0]))
        fault = self._fault
        if fault is None or not self._hit(fault, method, args):
            return work(*args)
        if fault.how == "short" and self._hits == 1:
            return work(args[0], bytes(args[1])[: max(1, len(args[1]) // 2)])
        self._fail(fault, method, work, args)
        return None

    def _hit(self, fault: Fault, method: str, args: tuple[Any, ...]) -> bool:
        number = len(self.calls) - 1
        if number < fault.at or (number == fault.at and method != fault.method):
            return False
        if self._hits == 0:
            self._bound_to = _desk_in(self._path(method, args))
        if fault.how in ("once", "after") and self._hits >= 1:
            return False
        if self._hits >= {"thrice": 3, "short": 2}.get(fault.how, self._hits + 1):
            return False
        wanted = ERRORS[fault.error] if fault.how == "disk" else {fault.method}
        if method not in wanted:
            return False
        if fault.how == "disk":
            self._bound_to = None
        elif self._bound_to is not None and self._bound_to not in self._path(method, args):
            return False
        self._hits += 1
        return True

    def _path(self, method: str, args: tuple[Any, ...]) -> str:
        if method == "open_root":
            return ""
        name = args[-1] if isinstance(args[-1], str) else ""
        return self.kernel.path(args[0], name)

    def _fail(
        self, fault: Fault, method: str, work: Callable[..., Any], args: tuple[Any, ...]
    ) -> None:
        if fault.how == "after":
            work(*args)
        elif method in ("fsync", "fdatasync"):
            self.kernel.drop(args[0])
        if method in ("fsync", "fdatasync"):
            self._failed.add(args[0])
        number = getattr(errno, fault.error)
        raise OSError(number, os.strerror(number))


def _desk_in(path: str) -> str | None:
    """The key of the desk that a path belongs to."""
    for part in path.split("/"):
        if len(part) >= 64 and all(char in "0123456789abcdef" for char in part[:64]):
            return part[:64]
    return None
