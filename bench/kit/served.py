"""A real `nightdesk serve` on a fresh data folder, and the few plain requests that tables make."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kit.procs import BenchError, children, cpu_s, memory_bytes, started

# What is measured is the server and not the rates that it holds one client to.
_UNLIMITED = ("--desk-rate-per-s", "0", "--new-desk-rate-per-s", "0")

PROBED = Path(__file__).with_name("probed.py")
NIGHTDESK = Path(sys.executable).with_name("nightdesk")


class Served:
    """A running server. `data` is its folder."""

    def __init__(self, pid: int, host: str, port: int, data: Path) -> None:
        self.pid = pid
        self.host = host
        self.port = port
        self.data = data

    @property
    def address(self) -> dict[str, Any]:
        return {"host": self.host, "port": self.port}

    @property
    def netloc(self) -> str:
        return f"{self.host}:{self.port}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request and its JSON answer. Raises BenchError for anything but 2xx."""
        return json.loads(self.download(path, method, body))

    def download(self, path: str, method: str = "GET", body: Any = None) -> bytes:
        """The bytes of an answer. Raises BenchError for anything but 2xx."""
        connection = HTTPConnection(self.host, self.port, timeout=60)
        payload = None if body is None else json.dumps(body)
        connection.request(method, path, payload, {"Content-Type": "application/json"})
        with connection.getresponse() as reply:
            text = reply.read()
        connection.close()
        if not 200 <= reply.status < 300:
            raise BenchError(f"{method} {path}: {reply.status} {text[:500]!r}")
        return text

    def new_desk(self) -> str:
        return self.call("POST", "/api/desks")["desk_id"]

    def processes(self) -> list[int]:
        """The server and its workers."""
        return [self.pid, *children(self.pid)]

    def cpu_s(self) -> float:
        return sum(cpu_s(pid) for pid in self.processes())

    def peaks_bytes(self) -> list[int]:
        """The most that each process ever held: the server first."""
        return [memory_bytes(pid, "VmHWM") for pid in self.processes()]


@contextmanager
def folder() -> Iterator[Path]:
    """A fresh folder, removed at the end. BENCH_DIR says where (a disk, not a RAM disk)."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=os.environ.get("BENCH_DIR")) as name:
        yield Path(name)


@contextmanager
def serving(
    data: Path, *flags: str, lag_file: Path | None = None, prefix: Sequence[str] = ()
) -> Iterator[Served]:
    """`nightdesk serve` until the block ends; no setting leaks in from this environment.

    It is started by the command `prefix`, which becomes it. With `lag_file` it runs under
    `kit.probed`, and the file is there when the block has ended.
    """
    program = [NIGHTDESK] if lag_file is None else [sys.executable, PROBED, lag_file]
    quiet = ("--port", "0", "--log-level", "warning")
    argv = [*prefix, *program, "serve", "--data", data, *quiet, *_UNLIMITED, *flags]
    with started(argv, env=_environment()) as child:
        url = urlsplit(child.line.split()[-1])
        if url.hostname is None or url.port is None:
            raise BenchError(f"the server's first line names no address: {child.line!r}")
        yield Served(child.pid, url.hostname, url.port, data)


def _environment() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("NIGHTDESK_")}
