"""The `CommandTool` of a worker, or of the command line: places, and so many commands at once.

Opened by `workers.host` where the settings name it, and by `nightdesk agents`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import ceil
from pathlib import Path
from typing import Any

import msgspec
import trio
from msgspec import Struct

from actors.ports.commands import CommandRefused, CommandResult
from state.files import FOLDER_MODE
from workers.commands.attend import Attended
from workers.commands.use import UseLimits
from workers.commands.wire import Setup
from workers.jail.scratch import ScratchFolders
from workers.jail.settings import JailMode, JailSettings, Layer

MIB = 1024 * 1024
# Beyond what the jail of other workers must have: a command may do as it likes with what it sees.
REQUIRED: dict[JailMode, tuple[Layer, ...]] = {
    "off": ("limits",),
    "on": ("limits", "privileges", "syscalls", "files", "signals"),
    "strict": ("limits", "privileges", "syscalls", "files", "signals", "network"),
}
# What compilers and interpreters look at besides libraries; no keys of the machine are in it.
_READABLE = (
    "/usr/include",
    "/usr/libexec",
    "/usr/local/include",
    "/usr/local/share",
    "/etc/ssl/openssl.cnf",
    "/etc/alternatives",
    "/dev/zero",
    "/dev/random",
)
_OPEN_FILES = 512
# A process may use two processors.
_CPU_PER_S = 2


class CommandSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What `open_commands` takes, as a dict over the worker's first frame.

    `scratch` is the folder for the folders of commands. `address_bytes` is what a process may
    reserve, the other limits are of a command as a whole. `python_path` and `readable` add to what
    its keeper may import, and what it may read.
    """

    scratch: str
    jail: JailMode = "on"
    at_once: int = 2
    address_bytes: int = 8 * 1024 * MIB
    memory_bytes: int = 1024 * MIB
    file_bytes: int = 64 * MIB
    disk_bytes: int = 256 * MIB
    entries: int = 20_000
    free_bytes: int = 256 * MIB
    processes: int = 128
    output_bytes: int = 64 * 1024
    python_path: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()


@asynccontextmanager
async def open_commands(settings: dict[str, Any]) -> AsyncIterator[Commands]:
    """Raises msgspec.ValidationError for bad settings. Nothing is left when it is left: a command
    belongs to the task that runs it."""
    yield Commands(msgspec.convert(settings, CommandSettings))


class Commands:
    """See `actors.ports.commands.CommandTool`."""

    def __init__(self, settings: CommandSettings) -> None:
        self._settings = settings
        self._folders = ScratchFolders(Path(settings.scratch))
        self._free = trio.CapacityLimiter(settings.at_once)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[JailedPlace]:
        own = await trio.to_thread.run_sync(self._make)
        try:
            yield JailedPlace(self._settings, own, self._free)
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(self._folders.remove, own)

    def _make(self) -> Path:
        Path(self._settings.scratch).mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        own = self._folders.make()
        for name in ("files", "tmp"):
            (own / name).mkdir(mode=FOLDER_MODE)
        return own


class JailedPlace:
    """See `actors.ports.commands.CommandPlace`."""

    def __init__(self, settings: CommandSettings, own: Path, free: trio.CapacityLimiter) -> None:
        self._settings = settings
        self._own = own
        self._free = free

    @property
    def folder(self) -> Path:
        return self._own / "files"

    async def run(self, command: str, timeout_s: float) -> CommandResult:
        """See CommandPlace."""
        settings = self._settings
        setup = Setup(
            _jail(settings),
            REQUIRED[settings.jail],
            str(self._own),
            command,
            cpu_s=ceil(timeout_s * _CPU_PER_S),
        )
        attended = Attended(setup, _limits(settings), settings.output_bytes)
        async with self._free:
            try:
                return await attended.attend(self.folder, timeout_s, settings.python_path)
            except OSError as error:
                raise CommandRefused(f"no process could be started for it: {error}") from error


def _jail(settings: CommandSettings) -> JailSettings:
    return JailSettings(
        mode=settings.jail,
        memory_bytes=settings.address_bytes,
        item_cpu_s=0,  # each command says it itself
        file_bytes=settings.file_bytes,
        open_files=_OPEN_FILES,
        processes=settings.processes,
        programs=True,
        own_programs=True,
        unix=False,
        readable=(*_READABLE, *settings.readable),
    )


def _limits(settings: CommandSettings) -> UseLimits:
    return UseLimits(
        processes=settings.processes,
        memory_bytes=settings.memory_bytes,
        disk_bytes=settings.disk_bytes,
        entries=settings.entries,
        free_bytes=settings.free_bytes,
    )
