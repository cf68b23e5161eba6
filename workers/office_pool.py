"""The `office` pool: one jailed worker a core, each with a LibreOffice that it keeps up.

Built by `workers.pool`. The jail is that of the `cpu` pool: LibreOffice runs inside the worker's
process, so it needs neither programs nor sockets, only its own folders to read.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from actors.ports.office import OfficeUnavailable
from workers.cell import Cell
from workers.cpu import OPEN_FILES, PROCESSES
from workers.crew import Crew
from workers.jail.scratch import ScratchFolders
from workers.jail.settings import JailMode, JailSettings
from workers.line import LineLimits
from workers.logs import EventLog
from workers.office.find import find_office, readable_by
from workers.office.tool import KEPT
from workers.process import ProcessSettings, WorkerProcess


class OfficePoolSettings(Struct, frozen=True, kw_only=True):
    """The limits of `nightdesk.config.Config` that concern this pool, under the same names.

    `scratch` is the folder for the folders of its workers. `readable` are folders that they may
    read besides their libraries and those of LibreOffice.
    """

    scratch: Path
    readable: tuple[str, ...] = ()
    jail: JailMode = "on"
    soffice: str = ""
    office_workers: int = 0
    office_max_memory_bytes: int = 2 * 1024 * 1024 * 1024
    office_recycle_documents: int = 500
    cpu_max_file_bytes: int = 64 * 1024 * 1024
    cpu_item_cpu_s: int = 20
    cpu_item_s: float = 60.0

    @property
    def seats(self) -> int:
        return self.office_workers or len(os.sched_getaffinity(0))

    def lack(self) -> str | None:
        """Why no document can be made into a PDF now; None where nothing is missing."""
        try:
            find_office(self.soffice)
        except OfficeUnavailable as error:
            return str(error)
        return None


def office_crew(
    settings: OfficePoolSettings, process: ProcessSettings, max_memory_bytes: int, log: EventLog
) -> Crew:
    """`process` as for any pool; a worker is replaced at `max_memory_bytes`. Removes what a killed
    server's workers have left: raises OSError."""
    folders = ScratchFolders(settings.scratch)
    folders.sweep()

    def worker() -> WorkerProcess:
        office, readable = _office(settings)
        cell = Cell(_jail(settings, (*settings.readable, *readable)), folders)
        return WorkerProcess(replace(process, tools={"office": office}), log, cell)

    return Crew(
        worker,
        seats=settings.seats,
        slots=settings.seats,
        limits=LineLimits(settings.office_recycle_documents, max_memory_bytes, kill_to_stop=True),
        log=log,
        one_each=True,
    )


def _office(settings: OfficePoolSettings) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a new worker's tool is told, and what it must read for it. Where LibreOffice is gone
    since the job began, the worker breaks the job with that."""
    try:
        program = find_office(settings.soffice)
    except OfficeUnavailable as error:
        return {"lack": str(error)}, ()
    return {"program": str(program)}, readable_by(program)


def _jail(settings: OfficePoolSettings, readable: tuple[str, ...]) -> JailSettings:
    return JailSettings(
        mode=settings.jail,
        memory_bytes=settings.office_max_memory_bytes,
        item_cpu_s=settings.cpu_item_cpu_s,
        file_bytes=settings.cpu_max_file_bytes,
        open_files=OPEN_FILES,
        processes=PROCESSES,
        readable=readable,
        kept=(KEPT,),
    )
