"""Child processes of a bench: started, awaited by their ready line, measured, stopped.

CPU and memory are read from /proc, so this part of the bench wants Linux, as the server does.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parent.parent
PEERS_PYTHON = BENCH / ".venv" / "bin" / "python"
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """A part of the bench did not do its work; the message is for the reader of the table."""


class Child:
    """A started process that said it is ready. `line` is what it said."""

    def __init__(self, process: subprocess.Popen[str], line: str) -> None:
        self.process = process
        self.line = line

    @property
    def pid(self) -> int:
        return self.process.pid


@contextmanager
def started(argv: Sequence[str | Path], *, ready_s: float = 30.0, **popen: Any) -> Iterator[Child]:
    """Run `argv` until the block ends; the block begins with its first line on stdout."""
    process = subprocess.Popen(
        [str(part) for part in argv], stdout=subprocess.PIPE, text=True, **popen
    )
    try:
        yield Child(process, _first_line(process, ready_s))
    finally:
        _stop(process)


def _first_line(process: subprocess.Popen[str], ready_s: float) -> str:
    assert process.stdout is not None
    if not select.select([process.stdout], [], [], ready_s)[0]:
        raise BenchError(f"{process.args!r} was not ready after {ready_s} s")
    line = process.stdout.readline()
    if not line:
        raise BenchError(f"{process.args!r} ended with code {process.wait()} before it was ready")
    return line.strip()


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise BenchError(f"{process.args!r} did not stop on SIGTERM") from None
    finally:
        if process.stdout is not None:
            process.stdout.close()


class Pending:
    """A script that prints one JSON value at its end."""

    def __init__(self, argv: Sequence[str | Path], task: Mapping[str, Any], **popen: Any) -> None:
        self.process = subprocess.Popen(
            [str(part) for part in argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            **popen,
        )
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(task))
        self.process.stdin.close()

    def result(self, timeout_s: float) -> dict[str, Any]:
        """Wait for its end. Raises BenchError where it failed or took too long."""
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], timeout_s)[0]:
            self.process.kill()
        with self.process.stdout as stdout:
            text = stdout.read()
        code = self.process.wait()
        if code != 0:
            raise BenchError(f"{self.process.args!r} ended with code {code}")
        return json.loads(text.splitlines()[-1])


def call(
    argv: Sequence[str | Path], task: Mapping[str, Any], *, timeout_s: float = 300.0, **popen: Any
) -> dict[str, Any]:
    """Run a script with `task` on its stdin; the JSON value that it prints last."""
    return Pending(argv, task, **popen).result(timeout_s)


def load(name: str, task: Mapping[str, Any]) -> Pending:
    """Start one of the load clients."""
    return Pending([sys.executable, "-m", f"load.{name}"], task, cwd=BENCH)


# ------------------------------------------------------------------------------------ measures


def children(pid: int) -> list[int]:
    """All live processes below `pid`; of one that ends meanwhile, those that were seen."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *children(int(child))]
    return found


def cpu_s(pid: int) -> float:
    """User and system time of one process, its threads included, its children not."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def memory_bytes(pid: int, field: str = "VmRSS") -> int:
    """`VmRSS` now or `VmHWM`, the most it ever held."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise BenchError(f"/proc/{pid}/status has no {field}")


def pss_bytes(pid: int) -> int:
    """What the process takes up, pages shared with others counted by their share; 0 where it has
    just ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(x.split()[1]) * 1024 for x in lines if x.startswith("Pss:")), 0)


def wakeups(pid: int) -> dict[int, int]:
    """By thread of a process: how often it went to sleep of its own will."""
    counts: dict[int, int] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                counts[int(task.name)] = int(line.split()[1])
    return counts


def written(pid: int) -> dict[str, int]:
    """`syscw` (calls) and `wchar` (bytes) of everything the process wrote, to whatever."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return {name: int(value) for name, value in (line.split(": ") for line in lines)}


def wait_until(condition: Any, timeout_s: float, what: str) -> None:
    """Poll `condition` until it is true. Raises BenchError naming `what`."""
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise BenchError(f"{what}: not after {timeout_s} s")
        time.sleep(0.02)
