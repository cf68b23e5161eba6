"""A pool of one kept worker, and as a program a server that a test kills: it prints the pids of its
keeper, its worker and what that started."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Any

import trio

from actors.ports import Attachment
from tests.support.houses import Heard
from tests.support.leasing import Hand, brief, leased
from tests.support.processes import children_of
from tests.support.scripted import ScriptedSpec
from workers.cell import Cell
from workers.crew import Crew
from workers.jail.scratch import ScratchFolders
from workers.line import LineLimits
from workers.process import ProcessSettings, WorkerProcess


class Kept:
    """`run` it in a nursery, `work` items."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.heard = Heard()
        self.folder = folder
        values: dict[str, Any] = {
            "start_timeout_s": 60.0,
            "idle_s": 300.0,
            "max_age_s": math.inf,
            "silence_s": 300.0,
            "host_backoff_max_s": 1.0,
            "tools": {},
        }
        settings = ProcessSettings(**(values | changes))
        folders = ScratchFolders(folder)
        folders.sweep()
        cell = Cell(folders=folders, kept=True)
        self.crew = Crew(
            lambda: WorkerProcess(settings, self.heard, cell),
            seats=1,
            slots=4,
            limits=LineLimits(max_items=1000, max_memory_bytes=1 << 40),
            log=self.heard,
        )

    def attach(self, job_id: str = "job-1") -> Any:
        return self.crew.attach(brief(job_id=job_id), ScriptedSpec.runner)

    @property
    def worker(self) -> int:
        """The pid of the worker that is up."""
        (pid,) = (line.worker.pid for line in self.crew.lines)
        return pid

    async def started(self, attachment: Attachment) -> list[int]:
        """What an item started in sessions of its own."""
        hand = await Hand(attachment).work([leased(0, {"do": "sessions"})])
        return hand.results()[0]["pids"]


async def main(folder: Path) -> None:
    kept = Kept(folder)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(kept.crew.run)
        async with kept.attach() as attachment:
            pids = await kept.started(attachment)
            (keeper,) = children_of(os.getpid())
            sys.stdout.write(" ".join(map(str, [keeper, kept.worker, *pids])) + "\n")
            sys.stdout.flush()
            await trio.sleep_forever()


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]))
