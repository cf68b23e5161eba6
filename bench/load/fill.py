"""Puts desks on disk, each with one ended job, by the store itself; prints their ids.

Task: `data` (a folder that no server holds), `count`.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import trio

from state.model import Counts, DeskState, Job, JobStatus
from state.store import FileStore
from state.views import desk_key

AT_ONCE = 8


def ended_job() -> Job:
    now = time.time()
    return Job(
        id=str(uuid.uuid4()),
        kind="fetch",
        name="spring list",
        lane="fetch",
        arrival=0,
        status=JobStatus.COMPLETED,
        counts=Counts(total=500, ok=500),
        run=1,
        concurrency=10,
        retries=3,
        spec={"concurrency": 10, "timeout_s": 30.0},
        created_at=now,
        started_at=now,
        ended_at=now,
        revision=1,
    )


async def save_each(store: FileStore, names: Sequence[str]) -> None:
    for name in names:
        job = ended_job()
        state = DeskState(revision=1, created_at=job.created_at, next_arrival=1, jobs={job.id: job})
        await store.save(desk_key(name), state)


async def main() -> list[str]:
    task: dict[str, Any] = json.load(sys.stdin)
    names = [str(uuid.uuid4()) for _ in range(task["count"])]
    limits = {"max_log_bytes": 1 << 20, "max_artifact_bytes": 1 << 20, "ballast_bytes": 0}
    async with (
        FileStore.opened(Path(task["data"]), threads=4, **limits) as store,
        trio.open_nursery() as nursery,
    ):
        for start in range(AT_ONCE):
            nursery.start_soon(save_each, store, names[start::AT_ONCE])
    return names


if __name__ == "__main__":
    print(json.dumps({"desks": trio.run(main)}))
