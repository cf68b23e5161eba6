"""Stands above one worker that starts programs, and ends with it all that came of them.

`python -m workers.keeper SOCKET LIFELINE [MARK]`, started by `workers.launch` in place of the
worker, which it starts itself. A browser leads sessions of its own and forks on: killing the
worker's group misses it, and what the worker leaves behind goes to process 1, where nobody can tell
whose it was. So the keeper takes in every orphan below it (PR_SET_CHILD_SUBREAPER): whatever
descends from it is the worker's, and nothing else is. It reaps them while the worker lives. When
the worker has ended, the server is gone (its end of the lifeline is closed), or the server says so
(SIGUSR1), it kills all of them, round after round until none is left, and ends as the worker did.
`workers.minder` keeps a program of the operator's in the same way.

It has one thread, no library but Python's own, and does nothing else, so that it can be relied on.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from types import FrameType
from typing import NoReturn

_PR_SET_CHILD_SUBREAPER = 36
# The server's word to end.
END = signal.SIGUSR1
# What cannot be killed within that time (it waits for a disk) is left to the system.
END_TIMEOUT_S = 3.0
# A death is told by a signal; a process that was forked meanwhile is found by looking again.
ROUND_S = 0.02


def main() -> None:
    socket_fd, lifeline_fd, *others = map(int, sys.argv[1:])

    def start() -> int:
        worker = _start(socket_fd, lifeline_fd, *others)
        # The worker's alone: the server must see its end.
        os.close(socket_fd)
        return worker

    keep(start, lifeline_fd)


def keep(start: Callable[[], int], lifeline_fd: int) -> NoReturn:
    """Start it (`start` returns its process id), stand above it, and end as it did."""
    wake_fd = _hear_signals()
    _take_in_orphans()
    worker = start()
    status = _watch(worker, lifeline_fd, wake_fd)
    status = _end_all(worker, status, wake_fd)
    _leave_as(status)


def _hear_signals() -> int:
    """From now on signals are bytes in a pipe. SIGTERM and SIGINT are the server's business."""
    reads, writes = os.pipe()
    os.set_blocking(reads, False)
    os.set_blocking(writes, False)
    signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, END):
        signal.signal(number, _heard)
    return reads


def _heard(_number: int, _frame: FrameType | None) -> None:
    """The pipe says it."""


def _take_in_orphans() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_CHILD_SUBREAPER")


def _start(*passed_fds: int) -> int:
    """The worker, leading a session of its own: what ends its group must not end us."""
    command = [sys.executable, "-P", "-m", "workers.host", *map(str, passed_fds)]
    return os.posix_spawn(sys.executable, command, os.environ, setsid=True)


def _watch(worker: int, lifeline_fd: int, wake_fd: int) -> int | None:
    """Until all is to end: how the worker has ended, or None where it has not."""
    poll = select.poll()
    poll.register(lifeline_fd, select.POLLIN)
    poll.register(wake_fd, select.POLLIN)
    while True:
        ready = {fd for fd, _ in poll.poll()}
        told = _drain(wake_fd)
        status, _ = _reap(worker)
        if status is not None or lifeline_fd in ready or END in told:
            return status


def _end_all(worker: int, status: int | None, wake_fd: int) -> int | None:
    """Kill and reap all that descends from us; how the worker has ended, as far as it has."""
    poll = select.poll()
    poll.register(wake_fd, select.POLLIN)
    deadline = time.monotonic() + END_TIMEOUT_S
    while time.monotonic() < deadline:
        _kill(descendants(os.getpid()))
        poll.poll(ROUND_S * 1000)
        _drain(wake_fd)
        ended, some_left = _reap(worker)
        status = status if ended is None else ended
        if not some_left:
            break
    return status


def _reap(worker: int) -> tuple[int | None, bool]:
    """Let every child go that has ended: (the wait status of the worker, whether any is left)."""
    status = None
    while True:
        try:
            pid, ended = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status, False
        if not pid:
            return status, True
        if pid == worker:
            status = ended


def _drain(wake_fd: int) -> bytes:
    """The signals that came."""
    with suppress(BlockingIOError):
        return os.read(wake_fd, 4096)
    return b""


def _kill(pids: Iterable[int]) -> None:
    ours = frozenset(pids)
    for pid in ours:
        with suppress(ProcessLookupError, PermissionError):
            handle = os.pidfd_open(pid)
            try:
                # Asked again: from here on the number cannot become another process's.
                if parent_of(pid) in ours | {os.getpid()}:
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
            finally:
                os.close(handle)


def descendants(pid: int) -> list[int]:
    """All processes below that one, the nearest first."""
    children: dict[int, list[int]] = {}
    for child, parent in _all_parents():
        children.setdefault(parent, []).append(child)
    return list(_below(pid, children))


def _below(pid: int, children: Mapping[int, list[int]]) -> Iterator[int]:
    layer = children.get(pid, [])
    while layer:
        yield from layer
        layer = [below for child in layer for below in children.get(child, [])]


def _all_parents() -> Iterator[tuple[int, int]]:
    for name in os.listdir("/proc"):
        if name.isdigit() and (parent := parent_of(int(name))) is not None:
            yield int(name), parent


def parent_of(pid: int) -> int | None:
    """None where there is no such process any more."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name in brackets may hold anything; the state and the parent come behind it.
            return int(file.read().rpartition(b")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _leave_as(status: int | None) -> NoReturn:
    """End as the worker did, so that the server can say how."""
    if status is None:
        os._exit(1)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        # It was not us who crashed: no picture of our memory.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 1)


if __name__ == "__main__":
    main()
