"""The folders of tasks that are being worked on, in the scratch of the workers for the network: of
those whose files do not stay in memory (`executors.agent.files.held`).

Each is locked for as long as its worker uses it; the kernel lets go of the lock with the worker,
however that ends. What a dead one has left goes when another opens a job. Used by
`executors.agent.run`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from secrets import token_hex

import trio
from msgspec import Struct

from actors.ports.commands import CommandTool
from executors.agent.files.folder import AgentFolder
from executors.agent.files.held import Held
from executors.agent.files.keep import Keep
from executors.agent.files.refused import NoPlace
from executors.agent.files.root import Root
from executors.agent.files.settings import FolderSettings
from executors.agent.files.store import Store
from state.disk import FULL
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
        """Remove what dead workers have left, which is mostly nothing: a thread is for the rest.
        Raises OSError."""
        self._root.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if os.listdir(self._root):
            await trio.to_thread.run_sync(self._sweep)
        else:
            await trio.lowlevel.checkpoint()

    @asynccontextmanager
    async def folder(
        self, commands: CommandTool | None, told: Callable[[str], None]
    ) -> AsyncIterator[AgentFolder]:
        """An empty folder for one task, of which nothing is left at the end; `told` hears where it
        cannot be removed.

        It is held in memory, and on the disk from when it has to be there. With little in it it is
        removed here: that takes less time than a thread does, for which the loop would have to wait
        besides."""
        await trio.lowlevel.checkpoint_if_cancelled()
        site = Site(self)
        folder = AgentFolder(Store(Held(site.fresh), Keep(site.keep), OWN), commands)
        try:
            yield folder
        finally:
            with trio.CancelScope(shield=True):
                await self._removed(site, told, at_once=folder.is_small)

    async def _removed(self, site: Site, told: Callable[[str], None], *, at_once: bool) -> None:
        if not site.is_made:
            return
        try:
            if at_once:
                site.remove()
            else:
                await trio.to_thread.run_sync(site.remove)
        except OSError as error:
            told(f"the task's folder was not removed: {error}")

    def make(self) -> Place:
        """For one task; to be removed. Raises OSError."""
        self._root.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        own = self._root / token_hex(8)
        own.mkdir(mode=FOLDER_MODE)
        try:
            made = Place(own, os.open(own, _FOLDER))
        except BaseException:
            own.rmdir()
            raise
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


class Site:
    """The place of one task, which is made when it is needed first. Used by that task alone, one
    step at a time."""

    def __init__(self, places: Places) -> None:
        self._places = places
        # Written by `_made` and `remove`.
        self._place: Place | None = None
        # Written by `fresh` and `remove`.
        self._root: Root | None = None

    @property
    def is_made(self) -> bool:
        return self._place is not None

    def keep(self) -> Path:
        """Raises OSError."""
        with _blamed():
            return self._made().keep

    @contextmanager
    def fresh(self) -> Iterator[Root]:
        """The task's folder, empty; it is emptied again where the block fails, and is open until
        `remove` where it does not. Raises OSError."""
        with _blamed():
            folder = self._made().folder
            # What could not be taken back when this failed before is in it.
            empty(folder)
            root = Root(folder)
            try:
                yield root
            except BaseException:
                root.close()
                with suppress(OSError):  # the first error is the one to tell
                    empty(folder)
                raise
            self._root = root

    def remove(self) -> None:
        """With all that is in it, where it was made. Raises OSError."""
        root, self._root = self._root, None
        if root is not None:
            root.close()
        place, self._place = self._place, None
        if place is not None:
            self._places.remove(place)

    def _made(self) -> Place:
        if self._place is None:
            self._place = self._places.make()
        return self._place


@contextmanager
def _blamed() -> Iterator[None]:
    """That the disk is full is told to the model. For all else, such as a missing folder, it would
    look for the reason in its own paths."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise
        raise NoPlace(f"the task's folder cannot be put on the disk: {error}") from error
