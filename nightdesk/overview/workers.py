"""Pools, workers and slowed hosts in the wire's terms. Pure; used by `nightdesk.overview.watch`."""

from __future__ import annotations

from web import operator_schemas as schemas
from workers import seen


def pool_seen(pool: seen.PoolSeen, lack: str) -> schemas.PoolSeen:
    return schemas.PoolSeen(
        name=pool.name,
        seats=pool.seats,
        in_use=pool.in_use,
        free=pool.free,
        wanted=pool.wanted,
        retired=pool.retired,
        died=pool.died,
        lack=lack,
        workers=[_worker_seen(worker) for worker in pool.workers],
    )


def _worker_seen(worker: seen.WorkerSeen) -> schemas.WorkerSeen:
    return schemas.WorkerSeen(
        pid=worker.pid,
        state=worker.state,
        items=dict(worker.items),
        done=worker.done,
        memory_bytes=worker.memory_bytes,
        up_s=round(worker.up_s, 1),
        leaving=worker.leaving,
    )


def host_seen(host: seen.HostSeen) -> schemas.HostSeen:
    return schemas.HostSeen(
        host=host.key,
        why="retry_after" if host.asked_s else "busy",
        interval_s=round(host.interval_s, 3),
        wait_s=round(host.wait_s, 1),
        asked_s=host.asked_s,
    )
