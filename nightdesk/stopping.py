"""How the server comes to its end: signals ask for it, and a thread sees that it happens.

The orderly end is the nesting of the nurseries in `nightdesk.serve`. This module only begins it,
and ends the process hard where something hangs (a client that never reads holds its sender).
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

import trio
from structlog.typing import FilteringBoundLogger

# What an unsaved server gets beyond its time: a slow disk is still better than a lost save.
_UNSAVED_GRACE_S = 5.0
_EXIT_UNSAVED = 70
_EXIT_INTERRUPTED = 130


async def wait_for_signals(
    begin: Callable[[], None], *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Call `begin` at the first SIGTERM or SIGINT; leave at once at a second SIGINT."""
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        begun = False
        async for number in signals:
            if begun and number == signal.SIGINT:
                os._exit(_EXIT_INTERRUPTED)
            begun = True
            begin()


class Stop:
    """The server's end: `begun` for those who must stop, and a hard exit when they do not."""

    def __init__(self, stop_s: float, log: FilteringBoundLogger) -> None:
        self.begun = trio.Event()  # set by `begin`
        self._stop_s = stop_s
        self._log = log
        self._saved = threading.Event()  # set by the serving task, read by the thread

    def begin(self) -> None:
        """From now on the process has `stop_s` seconds. Calling it again changes nothing."""
        if self.begun.is_set():
            return
        self._log.info("stopping")
        self.begun.set()
        # A thread: the loop itself may be what is stuck.
        threading.Thread(target=self._exit_hard, name="hard-exit", daemon=True).start()

    def saved(self) -> None:
        """The desks have ended: nothing is lost by leaving. Where they ended unasked, so do we."""
        self._saved.set()
        self.begin()

    def _exit_hard(self) -> None:
        threading.Event().wait(self._stop_s)
        saved = self._saved.wait(_UNSAVED_GRACE_S)
        self._log.warning("left hard: something did not stop in time", saved=saved)
        os._exit(0 if saved else _EXIT_UNSAVED)
