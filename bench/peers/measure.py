"""What the peer scripts share: their task, their clock, the one line they print.

The clock starts after the imports, with the URLs in memory; CPU and peak memory are the process's
own. Every fetcher reads the body and keeps status, size and SHA-256, as Nightdesk does.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any


def task() -> dict[str, Any]:
    return json.load(sys.stdin)


def outcome(url: str, status: int, body: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(body).hexdigest()
    return {"url": url, "status": status, "bytes": len(body), "sha256": digest}


class Clock:
    """Runs from its making to `report`."""

    def __init__(self) -> None:
        self.wall = time.perf_counter()
        self.cpu = time.process_time()

    def report(self, done: int, **more: Any) -> None:
        wall = time.perf_counter() - self.wall
        cpu = time.process_time() - self.cpu
        print(
            json.dumps(
                {"done": done, "seconds": wall, "cpu_s": cpu, "peak_bytes": peak_bytes(), **more}
            ),
            flush=True,
        )


def peak_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status has no VmHWM")
