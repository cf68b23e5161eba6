"""What the parent knows of one worker's place: its folder, its jail, what its death may mean.

Every worker process has a `Cell`; that of one which needs neither folder nor jail is empty. Made by
`workers.cpu` and `workers.browsing`, used by the tasks that own the workers (`workers.process`).
"""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import trio
from msgspec import Struct

from workers.jail.scratch import ScratchFolders
from workers.jail.settings import JailReport, JailSettings
from workers.launch import Place
from workers.logs import EventLog
from workers.mark import MarkBoard

# Removing what a worker left may take this long; the next start of the server removes the rest.
REMOVE_TIMEOUT_S = 10.0


class Cell(Struct, frozen=True):
    """`jail` is what the worker is told; with one there are `folders`. With `kept` a keeper ends
    all that the worker starts (`workers.keeper`)."""

    jail: JailSettings | None = None
    folders: ScratchFolders | None = None
    kept: bool = False
    variables: Mapping[str, str] = {}

    @asynccontextmanager
    async def opened(self, log: EventLog) -> AsyncIterator[Path | None]:
        """A folder for one worker, gone with everything in it once the worker is dead."""
        if self.folders is None:
            yield None
            return
        folder = self.folders.make()
        try:
            yield folder
        finally:
            with trio.move_on_after(REMOVE_TIMEOUT_S, shield=True):
                try:
                    await trio.to_thread.run_sync(
                        self.folders.remove, folder, abandon_on_cancel=True
                    )
                except OSError as error:
                    log.warning("scratch_left_behind", error=str(error))

    @contextmanager
    def marked(self) -> Iterator[MarkBoard | None]:
        """Where one worker marks what it is at, if it does one item at a time. Raises OSError."""
        if self.jail is None:
            yield None
            return
        with MarkBoard() as board:
            yield board

    def place(
        self, folder: Path | None, python_path: tuple[str, ...], board: MarkBoard | None
    ) -> Place:
        """Nothing that the worker writes without being told where goes anywhere else."""
        if folder is None:
            return Place(python_path, variables=self.variables, kept=self.kept)
        home = str(folder)
        variables = {**self.variables, "HOME": home, "TMPDIR": home, "PYTHONDONTWRITEBYTECODE": "1"}
        if self.jail is not None:
            # Each arena reserves 64 MiB of what the limit of memory counts, each thread of numpy
            # 40, and a worker has one core.
            variables["MALLOC_ARENA_MAX"] = "2"
            variables["OPENBLAS_NUM_THREADS"] = "1"
        mark_fd = None if board is None else board.fd
        return Place(python_path, folder, variables, self.kept, mark_fd)

    def limit_behind(self, code: int | None) -> str | None:
        """The limit by which the kernel ended the worker, by its exit code; None for any other."""
        if self.jail is None or code is None:
            return None
        if code == -signal.SIGXCPU:
            return f"over the limit of processor time ({self.jail.item_cpu_s} s)"
        if code == -signal.SIGXFSZ:
            return f"over the limit of a file's size ({self.jail.file_bytes} bytes)"
        return None

    def report(self, jail: JailReport | None) -> dict[str, Any]:
        """What the log says of the jail of a worker that has started."""
        if jail is None:
            return {}
        told: dict[str, Any] = {"jail": ",".join(jail.holds)}
        return told | ({"jail_lacks": jail.missing} if jail.missing else {})
