"""Peer of the command table: Huey on SQLite, `fsync=True` (synchronous=FULL, WAL), N threads.

A command is one enqueue that has returned: the task is in the database file. No consumer runs, so
the cost is the durable write alone.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from huey import SqliteHuey
from measure import Clock, task


def drive(enqueue: Any, end: float, latencies: list[float]) -> None:
    while (began := time.perf_counter()) < end:
        enqueue("https://example.org/")
        latencies.append(time.perf_counter() - began)


def main() -> None:
    given = task()
    with tempfile.TemporaryDirectory(dir=given["folder"]) as folder:
        huey = SqliteHuey("desk", filename=str(Path(folder, "huey.db")), fsync=True, timeout=60)

        @huey.task()
        def fetch(url: str) -> None:
            raise NotImplementedError(url)

        fetch("https://example.org/")
        latencies: list[float] = []
        clock = Clock()
        end = time.perf_counter() + given["seconds"]
        threads = [
            threading.Thread(target=drive, args=(fetch, end, latencies))
            for _ in range(given["in_flight"])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        clock.report(len(latencies), latencies_s=sorted(latencies))


main()
