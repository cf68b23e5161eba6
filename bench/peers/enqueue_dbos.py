"""Peer of the command table: DBOS on SQLite as shipped (rollback journal, synchronous=FULL).

N threads; a command is one workflow put on a DBOS queue that has returned: its row is committed.
The queue's own worker is held back by a concurrency of 1 and a first workflow that waits for the
end of the run, so that the cost is the durable write alone.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path

from dbos import DBOS, DBOSConfig
from measure import Clock, task


def drive(end: float, latencies: list[float]) -> None:
    while (began := time.perf_counter()) < end:
        DBOS.enqueue_workflow(QUEUE, fetch, "https://example.org/")
        latencies.append(time.perf_counter() - began)


QUEUE = "desk"
ENDED = threading.Event()


@DBOS.workflow()
def fetch(url: str) -> str:
    ENDED.wait()
    return url


def main() -> None:
    given = task()
    with tempfile.TemporaryDirectory(dir=given["folder"]) as folder:
        config: DBOSConfig = {
            "name": "bench",
            "system_database_url": f"sqlite:///{Path(folder, 'dbos.sqlite')}",
            "run_admin_server": False,
            "log_level": "ERROR",
        }
        DBOS(config=config)
        DBOS.launch()
        DBOS.register_queue(QUEUE, global_concurrency=1)
        DBOS.enqueue_workflow(QUEUE, fetch, "https://example.org/")
        latencies: list[float] = []
        clock = Clock()
        end = time.perf_counter() + given["seconds"]
        threads = [
            threading.Thread(target=drive, args=(end, latencies)) for _ in range(given["in_flight"])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        clock.report(len(latencies), latencies_s=sorted(latencies))
        # Destroying would wait for workflows that nobody runs; nothing of this database is kept.
        os._exit(0)


main()
