"""What a running command uses: processes, memory and disk, counted from outside.

The kernel's limits are of each process; of all of them together somebody must count. Called by
`workers.commands.watch`, in threads.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from workers.keeper import descendants

_BLOCK_BYTES = 512


class UseLimits(Struct, frozen=True):
    """Of one command. `free_bytes` stay free on its disk, whoever fills it."""

    processes: int
    memory_bytes: int
    disk_bytes: int
    entries: int
    free_bytes: int


def excess(keeper: int, folder: Path, limits: UseLimits) -> str | None:
    """Which limit is passed, in words."""
    pids = descendants(keeper)
    if len(pids) > limits.processes:
        return f"it had more than {limits.processes} processes"
    if sum(map(_resident_bytes, pids)) > limits.memory_bytes:
        return f"it used more than {limits.memory_bytes} bytes of memory"
    return _disk_excess(folder, limits)


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def _disk_excess(folder: Path, limits: UseLimits) -> str | None:
    space = os.statvfs(folder)
    if space.f_bavail * space.f_frsize < limits.free_bytes:
        return "the disk became full"
    used = 0
    for count, size in enumerate(_sizes(folder)):
        used += size
        if used > limits.disk_bytes:
            return f"its files had more than {limits.disk_bytes} bytes"
        if count > limits.entries:
            return f"it made more than {limits.entries} files and folders"
    return None


def _sizes(folder: Path) -> Iterator[int]:
    """Of each entry below, following no link. What goes meanwhile is passed over."""
    for _, folders, files, handle in os.fwalk(folder, follow_symlinks=False):
        for name in (*folders, *files):
            with suppress(OSError):
                yield os.stat(name, dir_fd=handle, follow_symlinks=False).st_blocks * _BLOCK_BYTES
