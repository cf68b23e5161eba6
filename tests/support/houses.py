"""Both implementations of the Workers port, built the same way, for the conformance tests."""

from __future__ import annotations

from typing import Any

import trio

from tests.support.scripted import ScriptedSpec
from workers.inline import InlineWorkers
from workers.pool import Pools, PoolSettings


class Heard:
    """An EventLog that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def info(self, event: str, **values: Any) -> None:
        self.lines.append((event, values))

    warning = error = info

    def said(self, event: str) -> list[dict[str, Any]]:
        return [values for said, values in self.lines if said == event]


class BrokenSpec(ScriptedSpec):
    """An executor whose module does not exist."""

    kind = "nowhere"
    runner = "tests.support.no_such_module:Executor"


EXECUTORS = {"scripted": ScriptedSpec(), "nowhere": BrokenSpec()}


class Inline:
    """Workers that are tasks."""

    real = False

    def __init__(self, *, slots: int = 100, seats: int = 1, max_items: int = 1_000_000) -> None:
        self.heard = Heard()
        self.workers = InlineWorkers(
            EXECUTORS, slots=slots, seats=seats, max_items=max_items, log=self.heard
        )

    @property
    def free_slots(self) -> int:
        return self.workers.free_slots

    async def settle(self) -> None:
        """Let everything happen that can happen without time."""
        await trio.testing.wait_all_tasks_blocked()


class Processes:
    """Workers that are processes."""

    real = True

    def __init__(self, *, slots: int = 100, seats: int = 1, **changes: Any) -> None:
        if "max_items" in changes:
            changes["worker_max_items"] = changes.pop("max_items")
        self.heard = Heard()
        settings = PoolSettings(net_workers=seats, max_outgoing_sockets=slots, **changes)
        self.workers = Pools(settings, EXECUTORS, self.heard)

    @property
    def free_slots(self) -> int:
        return self.workers.free_slots()["net"]


async def until_free(house: Inline | Processes, slots: int) -> None:
    """Return once that many slots are free: the workers have told that items are gone."""
    with trio.fail_after(20):
        while house.free_slots != slots:
            await trio.sleep(0.001)
