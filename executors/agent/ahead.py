"""The folders of a desk's tasks, out of the way of their calls: one is made while the first call of
its task is under way, and removed when the next task has begun.

Used by `executors.agent.run`; the command line works in folders that are there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import trio

from actors.ports.commands import CommandTool
from executors.agent.files.folder import AgentFolder, opened_store, tools_of
from executors.agent.files.settings import FolderSettings
from executors.agent.files.store import Store
from executors.agent.places import Place, Places
from executors.agent.ports import Change, Snapshot, ToolCall, ToolResult

OWN = FolderSettings(own=True)


class ComingFolder:
    """See `executors.agent.ports.Folder`. Whatever is wanted of it waits until it is there; where
    it cannot be made, that raises OSError."""

    def __init__(self, tools: Sequence[dict[str, Any]]) -> None:
        self._tools = tools
        # Written by `FoldersAhead`: the folder, or why there is none, and that one of them is here.
        self.folder: AgentFolder | None = None
        self.error: OSError | None = None
        self.has_come = trio.Event()
        # Set when its task wants it no more.
        self.left = trio.Event()

    @property
    def tools(self) -> Sequence[dict[str, Any]]:
        return self._tools

    async def use(self, call: ToolCall) -> ToolResult:
        return await (await self._there()).use(call)

    async def apply(self, changes: Sequence[Change]) -> None:
        await (await self._there()).apply(changes)

    async def snapshot(self) -> Snapshot:
        return await (await self._there()).snapshot()

    async def restore(self, snapshot: Snapshot) -> tuple[Change, ...]:
        return await (await self._there()).restore(snapshot)

    async def read(self, path: str) -> bytes:
        """See `AgentFolder.read`."""
        return await (await self._there()).read(path)

    async def _there(self) -> AgentFolder:
        if self.folder is None:
            await self.has_come.wait()
        if self.error is not None:
            raise OSError(*self.error.args) from self.error
        assert self.folder is not None  # one of them is written before the event
        return self.folder


class FoldersAhead:
    """Of one job in one worker."""

    def __init__(self, places: Places) -> None:
        self._places = places
        # Written by `open`: where folders are made and removed.
        self._nursery: trio.Nursery | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Folders are to be had within; those that are left are gone at the end."""
        async with trio.open_nursery() as self._nursery:
            yield

    @asynccontextmanager
    async def folder(
        self, commands: CommandTool | None, told: Callable[[str], None]
    ) -> AsyncIterator[ComingFolder]:
        """An empty folder for one task. `told` hears of what went wrong after the task had left
        it."""
        assert self._nursery is not None  # within `open`
        coming = ComingFolder(tools_of(commands))
        self._nursery.start_soon(self._hold, coming, commands, told)
        try:
            yield coming
        finally:
            coming.left.set()

    async def _hold(
        self, coming: ComingFolder, commands: CommandTool | None, told: Callable[[str], None]
    ) -> None:
        """From before it is there until it is gone."""
        try:
            place, store, close = await trio.to_thread.run_sync(self._made)
        except OSError as error:
            coming.error = error
            coming.has_come.set()
            return
        try:
            coming.folder = AgentFolder(store, commands)
            coming.has_come.set()
            await coming.left.wait()
        finally:
            close()
            with trio.CancelScope(shield=True):
                try:
                    await trio.to_thread.run_sync(self._places.remove, place)
                except OSError as error:
                    told(f"the task's folder was not removed: {error}")

    def _made(self) -> tuple[Place, Store, Callable[[], None]]:
        """In a thread. Raises OSError."""
        place = self._places.make()
        try:
            return (place, *opened_store(place.folder, place.keep, OWN))
        except BaseException:
            self._places.remove(place)
            raise
