"""Processes that must end, whoever ends them, and the wait for that."""

from __future__ import annotations

import os
import select
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import trio

from tests.support.processes import children_of, command_line

# Waited so long only where a test fails, or its machine is busy.
PATIENCE_S = 60


class Doomed:
    """Held from the start, so that their numbers cannot become others'."""

    def __init__(self, pids: Sequence[int]) -> None:
        self.pids = pids
        self._handles = [handle for pid in pids if (handle := _handle(pid)) is not None]

    async def wait_gone(self) -> None:
        """Until they are dead, and reaped by whoever has to."""
        await trio.to_thread.run_sync(self.wait)
        with trio.fail_after(PATIENCE_S):
            while any(is_there(pid) for pid in self.pids):
                await trio.lowlevel.checkpoint()

    def wait(self) -> None:
        """Until they are dead."""
        with ExitStack() as stack:
            for handle in self._handles:
                stack.callback(os.close, handle)
            for handle in self._handles:
                assert select.select([handle], [], [], PATIENCE_S)[0], f"left of {self.pids}"


def _handle(pid: int) -> int | None:
    """None where it has ended already, as helpers of a browser do."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def is_there(pid: int) -> bool:
    """Also where it is dead and nobody has reaped it."""
    return Path(f"/proc/{pid}").exists()


def keeper() -> int:
    """The one keeper that this process has started."""
    (pid,) = (pid for pid in children_of(os.getpid()) if b"workers.keeper" in command_line(pid))
    return pid
