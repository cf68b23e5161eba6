"""Both implementations of the Workers port, built the same way, for the conformance tests."""

from __future__ import annotations

from typing import Any

import trio

from tests.support.leasing import brief
from tests.support.scripted import ScriptedSpec
from workers.inline import InlineWorkers
from workers.pool import Pools, PoolSettings


class Heard:
    """An EventLog that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []
        self._more = trio.Event()

    def info(self, event: str, **values: Any) -> None:
        self.lines.append((event, values))
        self._more.set()

    warning = error = info

    def said(self, event: str) -> list[dict[str, Any]]:
        return [values for said, values in self.lines if said == event]

    async def wait_said(self, event: str) -> None:
        """Return once it was said."""
        with trio.fail_after(60):
            while not self.said(event):
                await self._more.wait()
                self._more = trio.Event()


class BrokenSpec(ScriptedSpec):
    """An executor whose module does not exist."""

    kind = "nowhere"
    runner = "tests.support.no_such_module:Executor"


EXECUTORS = {"scripted": ScriptedSpec(), "nowhere": BrokenSpec()}


class Inline:
    """Workers that are tasks."""

    real = False

    def __init__(self, *, slots: int = 100, seats: int = 1, **changes: Any) -> None:
        self.heard = Heard()
        self.workers = InlineWorkers(EXECUTORS, slots=slots, seats=seats, log=self.heard, **changes)

    @property
    def free_slots(self) -> int:
        return self.workers.free_slots


class Processes:
    """Workers that are processes."""

    real = True

    def __init__(self, *, slots: int = 100, seats: int = 1, **changes: Any) -> None:
        for name in ("max_items", "max_age_s"):
            if name in changes:
                changes[f"worker_{name}"] = changes.pop(name)
        self.heard = Heard()
        settings = PoolSettings(net_workers=seats, max_outgoing_sockets=slots, **changes)
        self.workers = Pools(settings, EXECUTORS, self.heard)

    @property
    def free_slots(self) -> int:
        return self.workers.free_slots()["net"]


async def until_free(house: Inline | Processes, slots: int) -> None:
    """Return once that many slots are free: the workers have told that items are gone."""
    held = 0
    with trio.fail_after(60):
        async with house.workers.attach(brief("probe", "probe")) as probe:
            while held < slots:
                probe.want(slots - held)
                held += await probe.wait_granted()
            assert house.free_slots == 0, "there are more slots than there should be"
