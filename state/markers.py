"""Boot markers: an empty file in `active/` for every desk that must be woken after a restart.

A marker is on disk before a state with unfinished jobs is, and goes some time after the last such
state: a desk that stops and starts again within that time costs no sync. A marker too many only
wakes a desk for nothing at the next start. Used by `state.store`.
"""

from __future__ import annotations

import trio

from state.atomic import discard
from state.disk import Disk
from state.errors import StorageError
from state.files import Files
from state.shared_sync import SharedSync
from state.views import DeskKey

LINGER_S = 60.0
BATCH = 64


class Markers:
    """Knows which markers are on disk. All of it is written by the tasks that save desks."""

    def __init__(self, disk: Disk, files: Files, folder: int, known: set[DeskKey]) -> None:
        """`known` are those found (and synced) when the store opened."""
        self._disk = disk
        self._files = files
        self._folder = folder
        self._durable = known
        self._leaving: dict[DeskKey, float] = {}  # desk -> when it may go, oldest first
        self._lock = trio.Lock()  # a marker is never made and removed at the same time
        self._sync = SharedSync(lambda: disk.run(files.fsync_dir, folder))

    async def wait_set(self, desk: DeskKey) -> None:
        """Return once the desk's marker would survive a power loss. Raises StorageError."""
        self._leaving.pop(desk, None)
        if desk in self._durable:
            return
        async with self._lock:
            await self._disk.run(self._create, desk)
        await self._sync.wait_durable()
        self._durable.add(desk)

    def _create(self, desk: DeskKey) -> None:
        try:
            handle = self._files.create(self._folder, desk)
        except FileExistsError:
            return  # left by a try whose sync failed
        self._files.close(handle)

    def leave(self, desk: DeskKey) -> None:
        """The desk has nothing unfinished any more: its marker may go in a while."""
        if desk in self._durable and desk not in self._leaving:
            self._leaving[desk] = trio.current_time() + LINGER_S

    def wanted(self) -> list[DeskKey]:
        """The desks to wake after a restart."""
        return [desk for desk in self._durable if desk not in self._leaving]

    async def remove_due(self) -> None:
        """Remove markers whose time has come. Nothing due costs nothing, not even a checkpoint."""
        now = trio.current_time()
        due = [desk for desk, at in list(self._leaving.items())[:BATCH] if at <= now]
        if due:
            await self._remove(due)

    async def remove_all(self) -> None:
        """Remove every marker that is on its way out; called when the store closes."""
        if self._leaving:
            await self._remove(list(self._leaving))

    async def _remove(self, desks: list[DeskKey]) -> None:
        async with self._lock:
            going = [desk for desk in desks if self._leaving.pop(desk, None) is not None]
            self._durable.difference_update(going)
            try:
                await self._disk.run(self._unlink, going)
            except StorageError:
                # The save that brought us here is durable and must not fail for this. A marker that
                # stays wakes its desk at the next start, where it is removed again.
                return

    def _unlink(self, desks: list[DeskKey]) -> None:
        for desk in desks:
            discard(self._files, self._folder, desk)
