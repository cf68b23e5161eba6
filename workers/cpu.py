"""The `cpu` pool: one jailed worker a core, each at one item of hostile bytes at a time.

Built by `workers.pool`. What the jail is made of is in `workers.jail`; what a limit costs (the
item, never the job) in `workers.line`.
"""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from workers.cell import Cell
from workers.crew import Crew
from workers.jail.scratch import ScratchFolders
from workers.jail.settings import JailMode, JailSettings
from workers.line import LineLimits
from workers.logs import EventLog
from workers.process import ProcessSettings, WorkerProcess

# What libraries need, and no more: these say what is normal, not how much a user may have.
OPEN_FILES = 256
PROCESSES = 64
# Beyond the time of an item a worker is not called silent: it is called slow, by its own name.
_SILENCE_MARGIN_S = 5.0


class CpuSettings(Struct, frozen=True, kw_only=True):
    """The limits of `nightdesk.config.Config` that concern this pool, under the same names.

    `scratch` is the folder for the folders of its workers. `readable` are folders that they may
    read besides their libraries; `programs` says whether they may start any. A worker is leased so
    many items that it never waits for the next one; it does them one after the other.
    """

    scratch: Path
    jail: JailMode = "on"
    cpu_workers: int = 0
    cpu_max_memory_bytes: int = 1024 * 1024 * 1024
    cpu_max_file_bytes: int = 64 * 1024 * 1024
    cpu_item_cpu_s: int = 20
    cpu_item_s: float = 60.0
    cpu_lease_items: int = 32
    readable: tuple[str, ...] = ()
    programs: bool = False

    @property
    def seats(self) -> int:
        return self.cpu_workers or len(os.sched_getaffinity(0))


def cpu_crew(
    settings: CpuSettings, process: ProcessSettings, limits: LineLimits, log: EventLog
) -> Crew:
    """`process` and `limits` as for any pool. Removes what a killed server's workers have left:
    raises OSError."""
    folders = ScratchFolders(settings.scratch)
    folders.sweep()
    cell = Cell(_jail(settings), folders)
    return Crew(
        lambda: WorkerProcess(process, log, cell),
        seats=settings.seats,
        slots=settings.seats * settings.cpu_lease_items,
        limits=limits,
        log=log,
        one_each=True,
    )


def silence_s(item_s: float, worker_silence_s: float) -> float:
    """When a worker whose items may take `item_s` is killed for saying nothing."""
    return max(worker_silence_s, item_s + _SILENCE_MARGIN_S)


def _jail(settings: CpuSettings) -> JailSettings:
    return JailSettings(
        mode=settings.jail,
        memory_bytes=settings.cpu_max_memory_bytes,
        item_cpu_s=settings.cpu_item_cpu_s,
        file_bytes=settings.cpu_max_file_bytes,
        open_files=OPEN_FILES,
        processes=PROCESSES,
        readable=settings.readable,
        programs=settings.programs,
    )
