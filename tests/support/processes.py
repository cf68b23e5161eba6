"""A real `nightdesk serve` in a process of its own, as a user starts it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.support.canaries import (
    ENVIRONMENT,
    finds_in_folder,
    finds_in_process,
    hunter_of,
    refuse,
)
from workers.keeper import descendants

# Waited so long only where a test fails, or its machine is busy.
STARTUP_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 120.0
GONE_TIMEOUT_S = 60.0
# What a server may take to end: a busy machine is no reason to be left hard. Less than ours.
SERVER_STOP_S = "60"


class ServerProcess:
    """Started when made; ready when `url` is known. End it by `stop` or `kill`."""

    def __init__(self, data: Path, *arguments: str, port: int = 0, python_path: str = "") -> None:
        self.data = data
        loud = () if "--log-level" in arguments else ("--log-level", "debug")
        self._log = (data.parent / f"{data.name}.log").open("ab")
        self._process = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port), "--data", str(data), *loud, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment()
            | ENVIRONMENT
            | {"NIGHTDESK_STOP_S": SERVER_STOP_S, "PYTHONPATH": python_path},
        )
        self.said = self._process.stdout.readline().decode()
        self.url = self.said.removeprefix("Nightdesk is at ").strip()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        return Path(self._log.name).read_text("utf-8", "replace")

    def children(self) -> list[int]:
        """The processes that it has started and that are alive, and those below them."""
        return descendants(self._process.pid)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; returns its exit code."""
        try:
            self._look_at_workers()
        finally:  # what is found fails this test, and is no reason to leave a server to the others
            self.signal(how)
            code = self.wait()
        return code

    def signal(self, which: signal.Signals) -> None:
        self._process.send_signal(which)

    def kill(self) -> None:
        """End it as the kernel would; one that has ended already is only let go."""
        try:
            self._look_at_workers()
        finally:
            self._process.kill()
            self.wait()

    def _look_at_workers(self) -> None:
        """Now, while they are there: what their command lines and environments show."""
        hunter = hunter_of(self.data)
        ours = command_line(self.pid)
        # One that shows our own words has not become a program of its own yet: it will be a worker.
        workers = [pid for pid in self.children() if command_line(pid) != ours]
        refuse(find for pid in workers for find in finds_in_process(hunter, pid))

    def wait(self) -> int:
        """Its exit code, and in `said` all that it wrote to stdout. Fails where it left a secret
        in its log or in its data folder."""
        if not self._log.closed:
            rest, _ = self._process.communicate(timeout=STOP_TIMEOUT_S)
            self.said += rest.decode()
            self._log.close()
            hunter = hunter_of(self.data)
            refuse(hunter.finds(self.log.encode(), "the log"))
            refuse(finds_in_folder(hunter, self.data))
        return self._process.returncode


def children_of(pid: int) -> list[int]:
    """The processes that this one has started and that are alive."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        # A thread may end between its being listed and its being read.
        with suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, task.read_text().split())
    return found


def command_line(pid: int) -> bytes:
    """Empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


COMMAND = [sys.executable, "-m", "nightdesk"]


def environment() -> dict[str, str]:
    """Ours without any setting of the machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NIGHTDESK")}
    return kept | {"LANG": "C.UTF-8", "PYTHONWARNINGS": "default"}


def run_command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """One command of the CLI in a process, to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=STARTUP_TIMEOUT_S,
        check=False,
        env=environment() | variables,
    )


def wait_gone(pid: int) -> None:
    """Until that process has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([handle], [], [], GONE_TIMEOUT_S)[0], f"{pid} outlived its server"
    finally:
        os.close(handle)
