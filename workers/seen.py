"""What the operator is shown of the pools: workers and what they do, hosts that are slowed.

Pure reading of what `workers.crew`, `workers.seat` and `workers.line` know in this process anyway;
no worker is asked. Called by `workers.pool`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

import trio
from msgspec import Struct

from workers.crew import Crew
from workers.line import WorkerLine
from workers.process import WorkerProcess

WorkerState = Literal["starting", "working", "idle", "leaving"]


class WorkerSeen(Struct, frozen=True):
    """One worker. `items` is what it holds, by kind of job, `done` what it has ended;
    `memory_bytes` is 0 until it has told it. `leaving`: why nothing more is given to it."""

    pid: int | None
    state: WorkerState
    items: Mapping[str, int]
    done: int
    memory_bytes: int
    up_s: float
    leaving: str = ""


class PoolSeen(Struct, frozen=True):
    """One pool. `in_use` are the slots under items, `free` those that nobody holds, `wanted` how
    many more the jobs could use; `retired` and `died` count the workers that are gone."""

    name: str
    seats: int
    in_use: int
    free: int
    wanted: int
    retired: int
    died: int
    workers: Sequence[WorkerSeen]


class HostSeen(Struct, frozen=True):
    """A host that is asked more slowly than it could be: it answered 429 or 503 (`asked_s` is 0),
    or said how long to wait. `wait_s` is how long nothing goes there from now."""

    key: str
    interval_s: float
    wait_s: float
    asked_s: float


def pool_seen(name: str, crew: Crew) -> PoolSeen:
    ends = sum((Counter(seat.ends) for seat in crew.seats), Counter[str]())
    lines = sorted(crew.lines, key=lambda line: line.made_at)
    return PoolSeen(
        name=name,
        seats=len(crew.seats),
        in_use=sum(line.in_flight for line in lines),
        free=max(0, crew.free_slots),
        wanted=crew.wanted_slots,
        retired=ends["retired"],
        died=ends["died"],
        workers=[_worker_seen(line) for line in lines],
    )


def hosts_seen(crews: Mapping[str, Crew]) -> list[HostSeen]:
    """Those of all pools, the slowest first; of a host that several know, the slowest pace."""
    now = trio.current_time()
    slowest: dict[str, HostSeen] = {}
    for crew in crews.values():
        for seat in crew.seats:
            for known in seat.paces.all(now):
                seen = HostSeen(known.key, known.interval_s, known.wait_s, known.asked_s)
                if known.key not in slowest or _slowness(slowest[known.key]) < _slowness(seen):
                    slowest[known.key] = seen
    return sorted(slowest.values(), key=_slowness, reverse=True)


def _slowness(host: HostSeen) -> tuple[float, float]:
    return max(host.wait_s, host.interval_s), host.interval_s


def _worker_seen(line: WorkerLine) -> WorkerSeen:
    items = Counter[str]()
    for opened in line.open_jobs:
        items[opened.job.brief.kind] += len(opened.leases)
    worker = line.worker
    return WorkerSeen(
        pid=worker.pid if isinstance(worker, WorkerProcess) else None,
        state=_state_of(line),
        items={kind: count for kind, count in items.items() if count},
        done=line.items_done,
        memory_bytes=line.memory_bytes,
        up_s=trio.current_time() - line.made_at,
        leaving=line.retired_for or line.condemned_for,
    )


def _state_of(line: WorkerLine) -> WorkerState:
    if line.left.is_set():
        return "leaving"
    if not line.ready:
        return "starting"
    return "working" if line.in_flight else "idle"
