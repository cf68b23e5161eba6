"""One life of the real server: started as a user would, killed as the kernel would.

Used by `nightdesk.crashtest.run`. Linux only, like the guard that ends workers with their server.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import trio

from nightdesk.crashtest.folder import CannotRun

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
# The kernel ends workers with their server; this is for a machine under load.
WORKERS_TIMEOUT_S = 30.0
_READ_BYTES = 4096
_LOG_TAIL_BYTES = 2_000


class Server:
    """`began` is when its start was asked for, `ended` when it was gone. Written by the task that
    drives the experiment."""

    def __init__(self, process: trio.Process, log: Path, began: float) -> None:
        self._process = process
        self._log = log
        self.began = self.ended = began

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @classmethod
    async def started(cls, data: Path, arguments: Sequence[str]) -> Server:
        """Its own process group, so that no Ctrl-C of ours reaches it, and no setting of ours."""
        log = data.with_suffix(".log")
        kept = {name: x for name, x in os.environ.items() if not name.startswith("NIGHTDESK")}
        began = trio.current_time()
        with log.open("ab") as errors:
            process = await trio.lowlevel.open_process(
                [sys.executable, "-m", "nightdesk", "serve", "--data", str(data), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                env=kept,
            )
        return cls(process, log, began)

    async def wait_url(self) -> str:
        """Its address, once it says that it is ready. Raises CannotRun."""
        said = b""
        with trio.move_on_after(START_TIMEOUT_S):
            while b"\n" not in said:
                heard = await self._output().receive_some(_READ_BYTES)
                if not heard:
                    break
                said += heard
        if b"\n" not in said:
            raise CannotRun(f"the server did not start; its log ends:\n{self._last_words()}")
        return said.decode().removeprefix("Nightdesk is at ").strip().rstrip("/")

    async def kill(self) -> bool:
        """SIGKILL to it alone, and its end waited for, also where we are cancelled. False: workers
        that it had outlive it."""
        with ExitStack() as held, trio.CancelScope(shield=True):
            workers = [held.enter_context(_pidfd(pid)) for pid in self._children()]
            self._process.kill()
            await self._process.wait()
            self.ended = trio.current_time()
            await self._output().aclose()
            with trio.move_on_after(WORKERS_TIMEOUT_S) as waiting:
                for worker in workers:
                    if worker is not None:
                        await trio.lowlevel.wait_readable(worker)
        return not waiting.cancelled_caught

    async def stop(self) -> int | None:
        """SIGTERM; its exit code, None where it had to be killed."""
        self._process.send_signal(signal.SIGTERM)
        with trio.move_on_after(STOP_TIMEOUT_S):
            await self._process.wait()
        self.ended = trio.current_time()
        code = self._process.returncode
        if code is None:
            await self.kill()
        else:
            await self._output().aclose()
        return code

    async def abandon(self) -> None:
        """However the experiment ends, the server does too, before anything is tidied up."""
        if self._process.returncode is None:
            await self.kill()

    def _output(self) -> trio.abc.ReceiveStream:
        if self._process.stdout is None:
            raise AssertionError("the server was started with a pipe")
        return self._process.stdout

    def _children(self) -> list[int]:
        found: list[int] = []
        for task in Path(f"/proc/{self._process.pid}/task").glob("*/children"):
            # A thread may end between its being listed and its being read.
            with suppress(FileNotFoundError, ProcessLookupError):
                found += map(int, task.read_text().split())
        return found

    def _last_words(self) -> str:
        return self._log.read_bytes()[-_LOG_TAIL_BYTES:].decode("utf-8", "replace")


@contextmanager
def _pidfd(pid: int) -> Iterator[int | None]:
    """None where the process has just ended."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        yield None
        return
    try:
        yield fd
    finally:
        os.close(fd)
