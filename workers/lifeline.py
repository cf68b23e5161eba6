"""A worker's whole process group ends with the server, by the kernel, whatever either is doing.

The server holds the write end of a pipe and never writes; the worker holds the read end, set so
that the kernel signals the group with SIGKILL when the write end is closed, which also happens when
the server is killed. No code of ours has to run for it: not even a worker that is stuck in a native
library, nor what such a library started, is left over. PR_SET_PDEATHSIG stands behind it; alone it
would end the worker without its children. What leads a session of its own is in another group: a
worker that starts such has a keeper (`workers.keeper`), at the same pipe. Called by `workers.host`.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import select
import signal
from typing import NoReturn

_PR_SET_PDEATHSIG = 1


def hold(lifeline_fd: int) -> None:
    """Tie our group's life to the pipe's other end, and ours to our parent. Raises OSError."""
    os.set_inheritable(lifeline_fd, False)
    fcntl.fcntl(lifeline_fd, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(lifeline_fd, fcntl.F_SETSIG, signal.SIGKILL)
    flags = fcntl.fcntl(lifeline_fd, fcntl.F_GETFL)
    fcntl.fcntl(lifeline_fd, fcntl.F_SETFL, flags | os.O_ASYNC)
    _die_with_parent()
    # Not `select`, which knows no descriptor from 1024: the server has as many as it has sockets.
    poll = select.poll()
    poll.register(lifeline_fd, select.POLLIN)
    if poll.poll(0):
        # It was closed before we were ready to be told.
        end_with_group()


def end_with_group() -> NoReturn:
    """The server is gone: nothing that we or our children do can reach anybody."""
    os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _die_with_parent() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_PDEATHSIG")
