"""What a tab job asks of its pages, read from its stored spec. Pure; used by `workers.tabs`."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from actors.ports import ExecutorSpec, JobBrief


class TabOrders(Struct, frozen=True, kw_only=True):
    """The fields of `executors.tab.spec`, under the same names."""

    delay_ms: int
    new_window: bool
    sequential: bool
    concurrency: int
    answer_timeout_s: int
    failover_after_min: int | None
    failover: dict[str, Any] | None

    @property
    def delay_s(self) -> float:
        return self.delay_ms / 1000

    @property
    def failover_after_s(self) -> float | None:
        return None if self.failover_after_min is None else self.failover_after_min * 60.0


def read_orders(brief: JobBrief) -> TabOrders:
    return msgspec.convert(brief.spec, TabOrders)


def brief_without_tabs(brief: JobBrief, orders: TabOrders, fallback: ExecutorSpec) -> JobBrief:
    """The same job, as the kind that its rest runs as."""
    spec = orders.failover or {}
    return replace(
        brief,
        kind=fallback.kind,
        pool=fallback.pool_of(spec),
        concurrency=spec["concurrency"],
        retries=spec["retries"],
        spec=spec,
    )
