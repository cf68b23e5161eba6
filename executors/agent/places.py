"""The folders of tasks that are being worked on, in the scratch of the workers for the network.

Each is locked for as long as its worker uses it; the kernel lets go of the lock with the worker,
however that ends. What a dead one has left goes when another opens a job. Used by
`executors.agent.run`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from secrets import token_hex

import trio
from msgspec import Struct

from actors.ports.commands import CommandTool
from executors.agent.files.folder import AgentFolder, opened_store
from executors.agent.files.settings import FolderSettings
from state.files import FOLDER_MODE
from state.scratch import empty

OWN = FolderSettings(own=True)
_FILES, _KEEP = "files", "keep"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Place(Struct, frozen=True):
    """`folder` is the task's, empty at first; `keep` is beside it, for what nobody else sees. Both
    are in `own`, and `handle` is the lock on that."""

    own: Path
    handle: int

    @property
    def folder(self) -> Path:
        return self.own / _FILES

    @property
    def keep(self) -> Path:
        return self.own / _KEEP


class Places:
    """Under `root`, which belongs to the workers of one server."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def sweep(self) -> None:
        """Remove what dead workers have left. Raises OSError."""
        await trio.to_thread.run_sync(self._sweep)

    @asynccontextmanager
    async def folder(
        self, commands: CommandTool | None, told: Callable[[str], None]
    ) -> AsyncIterator[AgentFolder]:
        """An empty folder for one task, which is removed at the end; `told` hears where it cannot
        be. Raises OSError where it cannot be made.

        It is made here, and with little in it removed here: both take less time than a thread
        does, for which the loop would have to wait besides."""
        await trio.lowlevel.checkpoint()
        place = self.make()
        is_small = True
        try:
            store, close = opened_store(place.folder, place.keep, OWN)
            folder = AgentFolder(store, commands)
            try:
                yield folder
            finally:
                is_small = folder.is_small
                close()
        finally:
            with trio.CancelScope(shield=True):
                await self._removed(place, told, at_once=is_small)

    async def _removed(self, place: Place, told: Callable[[str], None], *, at_once: bool) -> None:
        try:
            if at_once:
                self.remove(place)
            else:
                await trio.to_thread.run_sync(self.remove, place)
        except OSError as error:
            told(f"the task's folder was not removed: {error}")

    def make(self) -> Place:
        """For one task; to be removed. Raises OSError."""
        self._root.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        own = self._root / token_hex(8)
        own.mkdir(mode=FOLDER_MODE)
        made = Place(own, os.open(own, _FOLDER))
        try:
            # A sweep may be looking at it just now, for a moment.
            fcntl.flock(made.handle, fcntl.LOCK_EX)
            for place in (made.folder, made.keep):
                place.mkdir(mode=FOLDER_MODE)
        except BaseException:
            # On a full disk each try would leave a descriptor open.
            self.remove(made)
            raise
        return made

    def remove(self, place: Place) -> None:
        """With all that is in it. Raises OSError."""
        try:
            _empty(place.own)
        finally:
            os.close(place.handle)

    def _sweep(self) -> None:
        self._root.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        for name in os.listdir(self._root):
            # One that has just been made is empty and not yet locked: it may stay.
            with suppress(FileNotFoundError, BlockingIOError):
                handle = os.open(self._root / name, _FOLDER)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if os.listdir(handle):
                        _empty(self._root / name)
                finally:
                    os.close(handle)


def _empty(own: Path) -> None:
    empty(own)
    own.rmdir()
