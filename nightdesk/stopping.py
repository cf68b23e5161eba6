"""How the server comes to its end: signals ask for it, and a thread sees that it happens.

The orderly end is the nesting of the nurseries in `nightdesk.serve`. This module only begins it,
and ends the process hard where something hangs (a client that never reads holds its sender).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable

import trio

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


class HardExit:
    """Ends the process when its orderly end takes too long. A thread: the loop may be stuck."""

    def __init__(self, stop_s: float) -> None:
        self._stop_s = stop_s
        self._saved = threading.Event()  # set by the serving task, read by the thread

    def arm(self) -> None:
        """From now on the process has `stop_s` seconds."""
        threading.Thread(target=self._watch, name="hard-exit", daemon=True).start()

    def saved(self) -> None:
        """Every desk is on disk: nothing is lost by leaving."""
        self._saved.set()

    def _watch(self) -> None:
        threading.Event().wait(self._stop_s)
        saved = self._saved.wait(_UNSAVED_GRACE_S)
        sys.stderr.flush()
        os._exit(0 if saved else _EXIT_UNSAVED)
