"""Starting one helper process, talking with it, and ending it. Used by `workers.helpers.pool`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import trio

from workers.helpers.wire import HEAD_BYTES, BadFrame, framed
from workers.launch import Place, clean_environment

KILL_TIMEOUT_S = 5.0
# From the end of its line to its own, for one that ends by itself.
LAST_WORDS_S = 1.0


class HelperEnded(BadFrame):
    """It has closed its line."""


class Helper:
    """One process and our end of its socket. Owned by the one task that has taken it."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        ours: socket.socket,
        folder: Path,
        max_answer_bytes: int,
    ) -> None:
        self._process = process
        self._max_answer_bytes = max_answer_bytes
        self._pidfd = os.pidfd_open(process.pid)
        self._stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
        self.folder = folder

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, data: bytes) -> bytes:
        """Send one frame, wait for the one that answers it. Raises BadFrame, also where the process
        has ended."""
        try:
            await self._stream.send_all(framed(data))
            size = int.from_bytes(await self._receive(HEAD_BYTES), "big")
            if size > self._max_answer_bytes:
                raise BadFrame(f"it answers with {size} bytes")
            return await self._receive(size)
        except trio.BrokenResourceError as error:
            raise HelperEnded("it has ended") from error

    async def _receive(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = await self._stream.receive_some(size - len(data))
            if not piece:
                raise HelperEnded("it has ended")
            data += piece
        return bytes(data)

    def kill(self) -> None:
        """It is dead soon; `wait_dead` must follow."""
        self._process.kill()
        self._stream.socket.close()

    async def wait_last_words(self) -> None:
        """Let one that ends by itself do so, so that its exit code is its own."""
        with trio.move_on_after(LAST_WORDS_S):
            await trio.lowlevel.wait_readable(self._pidfd)

    async def wait_dead(self) -> int | None:
        """How it ended; None where it cannot be killed. Not cancelled: it takes a moment."""
        with trio.move_on_after(KILL_TIMEOUT_S, shield=True):
            await trio.lowlevel.wait_readable(self._pidfd)
        trio.lowlevel.notify_closing(self._pidfd)
        os.close(self._pidfd)
        return self._process.poll()


def start(folder: Path, python_path: tuple[str, ...], max_answer_bytes: int) -> Helper:
    """A process that waits for its Setup. Raises OSError. It is in our group, which ends with the
    server; what it prints goes where ours does."""
    home = str(folder)
    # Each arena reserves 64 MiB of what the limit of memory counts.
    variables = {"HOME": home, "TMPDIR": home, "MALLOC_ARENA_MAX": "2"}
    place = Place(python_path, variables={**variables, "PYTHONDONTWRITEBYTECODE": "1"})
    with ExitStack() as on_failure:
        ours, theirs = socket.socketpair()
        on_failure.callback(ours.close)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "workers.helpers.child", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=clean_environment(place),
                cwd=folder,
            )
        on_failure.callback(process.kill)
        helper = Helper(process, ours, folder, max_answer_bytes)
        on_failure.pop_all()
    return helper
