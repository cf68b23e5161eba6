"""What behaves like a browser's processes, for workers whose end is tested: sessions of their own,
deaf to SIGTERM, forked on, with parents that are gone."""

from __future__ import annotations

import os
import signal

SESSIONS = 3


def leave_sessions() -> list[int]:
    """The pids of a chain of processes, each the leader of a session, and of one whose parent has
    ended already."""
    reads, writes = os.pipe()
    if os.fork() == 0:
        os.close(reads)
        _lead(writes, SESSIONS)
    os.close(writes)
    told = b""
    while data := os.read(reads, 4096):
        told += data
    os.close(reads)
    return [int(word) for word in told.split()]


def leave_orphan() -> int:
    """The pid of a process that ends as soon as its parent has: nobody who knows it reaps it."""
    reads, writes = os.pipe()
    if (child := os.fork()) == 0:
        parent = os.getpid()
        if (grandchild := os.fork()) == 0:
            while os.getppid() == parent:
                os.sched_yield()
            os._exit(0)
        os.write(writes, str(grandchild).encode())
        os._exit(0)
    os.waitpid(child, 0)
    told = os.read(reads, 64)
    os.close(reads)
    os.close(writes)
    return int(told)


def _lead(writes: int, left: int) -> None:
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.write(writes, f"{os.getpid()} ".encode())
    if left == 1:
        # One more whose parent is gone.
        if os.fork() == 0:
            if os.fork() != 0:
                os._exit(0)
            os.setsid()
            os.write(writes, f"{os.getpid()} ".encode())
            _rest(writes)
    elif os.fork() == 0:
        _lead(writes, left - 1)
    _rest(writes)


def _rest(writes: int) -> None:
    os.close(writes)
    while True:
        signal.pause()
