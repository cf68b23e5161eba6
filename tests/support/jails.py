"""The cpu pool as it is served, with the executor of `tests.support.inmate` in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import trio

from actors.ports import ItemEnded, WorkerEvent
from tests.support.houses import Heard
from tests.support.inmate import RUNNER
from tests.support.leasing import Hand, brief, leased
from workers.cpu import CpuSettings
from workers.pool import Pools, PoolSettings

ROOT = Path(__file__).resolve().parents[2]
# Waited so long only where a test fails, or its machine is busy.
PATIENCE_S = 120.0


class InmateSpec:
    """The server's half: only what pools look at."""

    kind = "inmate"
    pool = "cpu"
    runner = RUNNER


class Prison:
    """A cpu pool under `data`, a folder like that of a server. `run` it in a nursery."""

    def __init__(self, data: Path, **changes: Any) -> None:
        self.data = data
        self.heard = Heard()
        pool = {name: changes.pop(name) for name in list(changes) if name.startswith("worker_")}
        values: dict[str, Any] = {"cpu_workers": 1, "readable": (str(ROOT),)}
        cpu = CpuSettings(scratch=data / "scratch", **(values | changes))
        self.pools = Pools(
            PoolSettings(cpu=cpu, tool_settings={"key": "t0p"}, **pool),
            {"inmate": InmateSpec()},
            self.heard,
        )

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        await self.pools.run(task_status=task_status)

    async def work(self, *wishes: dict[str, Any], concurrency: int = 1) -> Hand:
        """Every item to its end, with what came on the way."""
        async with self.pools.attach(brief(kind="inmate", pool="cpu")) as attachment:
            with trio.fail_after(PATIENCE_S):
                hand = Hand(attachment, concurrency=concurrency)
                return await hand.work([leased(i, wish) for i, wish in enumerate(wishes)])

    async def ended(self, **wish: Any) -> ItemEnded:
        hand = await self.work(wish)
        return hand.ended[0]

    async def outcome(self, **wish: Any) -> Any:
        """The result of one item."""
        hand = await self.work(wish)
        assert hand.ended[0].error is None, hand.ended[0].error
        return hand.results()[0]

    async def others(self, **wish: Any) -> list[WorkerEvent]:
        return (await self.work(wish)).others
