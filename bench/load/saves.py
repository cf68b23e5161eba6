"""Saves of single desks at the store, with a probe in the same loop that notes how late it runs.

Task: `data` (a fresh folder), `saves` (of each shape). Prints for each shape the bytes of the
desk's file, the times of its saves, and the longest gap between two turns of the loop meanwhile.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trio
from msgspec.structs import replace

from load.fill import ended_job
from nightdesk.serve import SWITCH_INTERVAL_S
from state.model import Counts, DeskState, Job, JobStatus
from state.store import FileStore
from state.views import DeskKey, desk_key
from workers import collector

LIMITS = {"max_log_bytes": 1 << 20, "max_artifact_bytes": 1 << 20, "ballast_bytes": 0}
BIG = 100_000


def running_job() -> Job:
    counts = Counts(total=BIG, ok=BIG // 2)
    return replace(ended_job(), status=JobStatus.RUNNING, counts=counts, ended_at=None)


def desk_of(jobs: list[Job]) -> DeskState:
    kept = {job.id: job for job in jobs}
    return DeskState(created_at=time.time(), next_arrival=len(jobs), jobs=kept)


SHAPES: dict[str, Callable[[], DeskState]] = {
    "one job of 100,000 items, running": lambda: desk_of([running_job()]),
    "the same and 100 ended jobs": lambda: desk_of(
        [running_job(), *(ended_job() for _ in range(100))]
    ),
    "1,000 jobs, as many as a desk may have": lambda: desk_of(
        [running_job(), *(ended_job() for _ in range(999))]
    ),
}


class Probe:
    """The longest time between two turns of the loop. Written by `watch` and by who resets it."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    async def watch(self) -> None:
        before = time.perf_counter()
        while True:
            await trio.lowlevel.checkpoint()
            now = time.perf_counter()
            self.longest_s = max(self.longest_s, now - before)
            before = now


async def measured(store: FileStore, desk: DeskKey, state: DeskState, saves: int) -> dict[str, Any]:
    await store.save(desk, state)
    taken: list[float] = []
    gaps: list[float] = []
    async with trio.open_nursery() as nursery:
        probe = Probe()
        nursery.start_soon(probe.watch)
        for revision in range(1, saves + 1):
            await trio.sleep(0.002)
            probe.longest_s = 0.0
            began = time.perf_counter()
            await store.save(desk, replace(state, revision=revision))
            taken.append(time.perf_counter() - began)
            gaps.append(probe.longest_s)
        nursery.cancel_scope.cancel()
    return {"saves_s": sorted(taken), "gaps_s": sorted(gaps)}


async def main() -> list[dict[str, Any]]:
    task: dict[str, Any] = json.load(sys.stdin)
    data, results = Path(task["data"]), []
    async with FileStore.opened(data, threads=4, **LIMITS) as store:
        for name, build in SHAPES.items():
            desk = desk_key(str(uuid.uuid4()))
            seen = await measured(store, desk, build(), task["saves"])
            size = (data / "sessions" / f"{desk}.json").stat().st_size
            results.append({"shape": name, "size_bytes": size, **seen})
    return results


if __name__ == "__main__":
    # As `nightdesk.serve` does for the whole process.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    collector.settle()
    print(json.dumps({"shapes": trio.run(main)}))
