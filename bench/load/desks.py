"""Durable commands at the desks themselves: store and supervisor, without a server around them.

Task: `data` (a fresh folder), `desks`, `each` (commands in flight on a desk), `seconds`. Each desk
has a job that holds its lane (its pool has no slots, so it never ends) and `each` queued ones,
which are paused and resumed in turn. Every sync of the store is counted.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog
import trio

from actors.handle import DeskHandle
from actors.house import ActorSettings, House
from actors.messages import CreateJob, PauseJob, ResumeJob
from actors.ports import Plan, PlanLimits
from actors.supervisor import Supervisor
from executors.table import build_table
from load.wire import Tally
from nightdesk.config import Config
from nightdesk.serve import SWITCH_INTERVAL_S
from state.files import RealFiles
from state.store import FileStore
from state.views import desk_key
from workers import collector
from workers.pool import Pools, PoolSettings


class CountingFiles(RealFiles):
    """The operating system's files, with a count of all syncs. Written by the store's threads,
    one statement each, under the interpreter's lock."""

    syncs = 0

    def fsync(self, handle: int) -> None:
        CountingFiles.syncs += 1
        super().fsync(handle)

    def fdatasync(self, handle: int) -> None:
        CountingFiles.syncs += 1
        super().fdatasync(handle)

    def fsync_dir(self, folder: int) -> None:
        CountingFiles.syncs += 1
        super().fsync_dir(folder)


@asynccontextmanager
async def supervised(data: Path, files: RealFiles) -> AsyncIterator[Supervisor]:
    config, log = Config(), structlog.get_logger()
    executors = build_table()
    store_limits = {
        "threads": config.storage_threads,
        "max_log_bytes": config.max_log_bytes,
        "max_artifact_bytes": config.max_artifact_bytes,
        "ballast_bytes": config.ballast_bytes,
    }
    async with (
        FileStore.opened(data, files=files, **store_limits) as store,
        trio.open_nursery() as nursery,
    ):
        pools = Pools(PoolSettings(max_outgoing_sockets=0), executors, log)
        await nursery.start(pools.run)
        house = House(
            store=store,
            workers=pools,
            executors=executors,
            settings=ActorSettings(),
            log=log,
            now=time.time,
        )
        supervisor = Supervisor(house)
        await nursery.start(supervisor.run)
        yield supervisor
        nursery.cancel_scope.cancel()


def one_page() -> Plan:
    limits = PlanLimits(
        max_items=1, max_url_bytes=1_000, max_concurrency=1, max_body_read_bytes=1_000
    )
    return build_table()["fetch"].plan({"concurrency": 1}, ["http://127.0.0.1:9/"], limits)


async def furnish(supervisor: Supervisor, each: int, plan: Plan) -> tuple[DeskHandle, list[str]]:
    """A new desk: one job that holds its lane, and the queued ones."""
    desk = await supervisor.directory.create(desk_key(str(uuid.uuid4())))
    jobs = [str(uuid.uuid4()) for _ in range(each + 1)]
    for job_id in jobs:
        await desk.ask(
            CreateJob(
                job_id=job_id,
                kind="fetch",
                name="",
                lane="fetch",
                priority=0,
                start=True,
                plan=plan,
            )
        )
    return desk, jobs[1:]


async def move(desk: DeskHandle, job_id: str, end: float, tally: Tally) -> None:
    """Pause and resume one job until it is over."""
    while True:
        for command in (PauseJob(job_id), ResumeJob(job_id)):
            sent = time.perf_counter()
            if sent >= end:
                return
            await desk.ask(command)
            tally.add(200, time.perf_counter() - sent)


async def main() -> dict[str, Any]:
    task = json.load(sys.stdin)
    plan = one_page()
    async with supervised(Path(task["data"]), CountingFiles()) as supervisor:
        furnished = [await furnish(supervisor, task["each"], plan) for _ in range(task["desks"])]
        CountingFiles.syncs = 0
        tally = Tally()
        end = tally.started + task["seconds"]
        async with trio.open_nursery() as nursery:
            for desk, jobs in furnished:
                for job_id in jobs:
                    nursery.start_soon(move, desk, job_id, end, tally)
        result = tally.result()
        syncs = CountingFiles.syncs
    return {**result, "syncs_per_command": syncs / result["count"]}


if __name__ == "__main__":
    # As `nightdesk.serve` does for the whole process.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    collector.settle()
    print(json.dumps(trio.run(main)))
