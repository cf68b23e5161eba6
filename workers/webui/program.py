"""The program of the WebUI: started below a minder, read to its end, ended with all it started.

Used by `workers.webui.house`. However this server ends, the minder sees its lifeline close and
kills whatever came of the program (`workers.keeper`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import trio

from workers.keeper import END
from workers.launch import DEATH_TIMEOUT_S, KILL_TIMEOUT_S, describe_exit
from workers.webui.lines import Lines

_ROOT = Path(__file__).resolve().parents[2]
_READ_BYTES = 64 * 1024
# From its death to the end of what it wrote, should something hold its end of the pipe.
LAST_WORDS_S = 1.0
FLOOD_PAUSE_S = 0.1


class Program:
    """A program that was started. `attend` is called once, and owns it from then on."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        """Start it. Raises OSError."""
        with ExitStack() as on_failure, ExitStack() as theirs:
            output, write_end = os.pipe()
            on_failure.callback(os.close, output)
            theirs.callback(os.close, write_end)
            lifeline_end, lifeline = os.pipe()
            on_failure.callback(os.close, lifeline)
            theirs.callback(os.close, lifeline_end)
            self._process = _popen(command, folder, lifeline_end, write_end)
            on_failure.callback(self._process.kill)
            self._pidfd = os.pidfd_open(self._process.pid)
            self._output = trio.lowlevel.FdStream(output)
            self._lifeline = lifeline
            on_failure.pop_all()
        # Whether somebody wanted it to end. Written by `end`.
        self.is_unwanted = False
        self.gone = trio.Event()  # set by `attend`

    @property
    def pid(self) -> int:
        """Of the minder, whose only child it is."""
        return self._process.pid

    def end(self) -> None:
        """Have it and all that it started killed; `gone` is set when they are."""
        self.is_unwanted = True
        self._kill()

    async def attend(self, lines: Lines) -> str:
        """Read what it prints until it has ended; how it has, in words. Cancelled, end it."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._read, lines)
                await trio.lowlevel.wait_readable(self._pidfd)
                nursery.cancel_scope.deadline = trio.current_time() + LAST_WORDS_S
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + DEATH_TIMEOUT_S):
                await self._wait_dead()
            code = self._release()
            lines.end()
            self.gone.set()
        return describe_exit(code)

    async def _read(self, lines: Lines) -> None:
        async with self._output:
            while data := await self._output.receive_some(_READ_BYTES):
                lines.feed(bytes(data))
                if len(data) == _READ_BYTES:
                    # One that floods us waits, and not our other work for it.
                    await trio.sleep(FLOOD_PAUSE_S)

    async def _wait_dead(self) -> None:
        self._kill()
        with trio.move_on_after(KILL_TIMEOUT_S):
            await trio.lowlevel.wait_readable(self._pidfd)
            return
        self._process.kill()
        await trio.lowlevel.wait_readable(self._pidfd)

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, END)

    def _release(self) -> int | None:
        trio.lowlevel.notify_closing(self._pidfd)
        os.close(self._pidfd)
        os.close(self._lifeline)
        return self._process.poll()


def _popen(
    command: Sequence[str], folder: Path, lifeline_fd: int, output_fd: int
) -> subprocess.Popen[bytes]:
    path = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    # The minder needs no package of the environment, and is as small without.
    minder = [sys.executable, "-S", "-P", "-m", "workers.minder"]
    return subprocess.Popen(
        [*minder, str(lifeline_fd), str(folder), str(_ROOT), *command],
        stdin=subprocess.DEVNULL,
        stdout=output_fd,
        stderr=output_fd,
        pass_fds=(lifeline_fd,),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        cwd="/",
        start_new_session=True,
    )
