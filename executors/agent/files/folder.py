"""`Folder` of `executors.agent.ports`: the tools by their names, one at a time, and in threads
where that is worth it.

`open_folder` is where the desk's workers (`executors.agent.run`) and the command line begin.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import trio

from actors.ports.commands import CommandTool
from executors.agent.files.arguments import arguments_of
from executors.agent.files.commanding import run_command
from executors.agent.files.editing import delete_file, replace, write_file
from executors.agent.files.ground import Disk
from executors.agent.files.keep import lasting_keep
from executors.agent.files.looking import list_directory, read_file
from executors.agent.files.paths import shown
from executors.agent.files.refused import ToolRefused, words_of
from executors.agent.files.root import Opener, Root
from executors.agent.files.schemas import COMMAND_TOOL, FILE_TOOLS, RunCommand
from executors.agent.files.searching import glob, search_file_content
from executors.agent.files.settings import FolderSettings
from executors.agent.files.store import Store
from executors.agent.ports import Change, Snapshot, ToolCall, ToolResult

T = TypeVar("T")

# What takes less time than a thread does, in a folder that is the worker's own: what is done while
# it has so few files and bytes, and says as little. Where it would have all that is held in memory
# settle on the disk, it takes more.
QUICK_FILES, QUICK_TOTAL_BYTES, QUICK_BYTES = 32, 256 * 1024, 16 * 1024
_QUICK = frozenset({"write_file", "replace", "read_file", "delete_file"})


# The same ones for all tasks: a model's tokens are counted once for each.
_FILE_WIRES = tuple(shape.wire() for shape in FILE_TOOLS)
_ALL_WIRES = (*_FILE_WIRES, COMMAND_TOOL.wire())
_FILE_SHAPES = {shape.name: shape for shape in FILE_TOOLS}
_ALL_SHAPES = {**_FILE_SHAPES, COMMAND_TOOL.name: COMMAND_TOOL}


def tools_of(commands: CommandTool | None) -> Sequence[dict[str, Any]]:
    """The tools of a folder in which the model may run commands, or may not."""
    return _FILE_WIRES if commands is None else _ALL_WIRES


@asynccontextmanager
async def open_folder(
    folder: Path,
    keep: Path,
    settings: FolderSettings | None = None,
    commands: CommandTool | None = None,
    opener: Opener | None = None,
) -> AsyncIterator[AgentFolder]:
    """The folder of one item, which must be there. `keep` is a place outside of it, of that item
    alone: where it was used before, the folder is first put back to how it was then, for `apply` to
    bring it forward. `commands`: the model may run some. Raises OSError."""
    store, closes = await trio.to_thread.run_sync(
        opened_store, folder, keep, settings or FolderSettings(), opener
    )
    try:
        yield AgentFolder(store, commands)
    finally:
        closes()


def opened_store(
    folder: Path, keep: Path, settings: FolderSettings, opener: Opener | None = None
) -> tuple[Store, Callable[[], None]]:
    """What `open_folder` opens, and what closes it. Raises OSError."""
    root = Root(folder, opener)
    try:
        kept = lasting_keep(keep, durable=settings.durable)
    except BaseException:
        root.close()
        raise

    def close() -> None:
        kept.close()
        root.close()

    store = Store(Disk(root, durable=settings.durable), kept, settings)
    try:
        store.rewind()
    except BaseException:
        close()
        raise
    return store, close


class AgentFolder:
    """See `executors.agent.ports.Folder`."""

    def __init__(self, store: Store, commands: CommandTool | None) -> None:
        self._store = store
        self._commands = commands
        # With a command, a stranger is in it, too.
        self._own = store.settings.own and commands is None
        # What one tool does is seen whole by the next.
        self._turn = trio.Lock()
        self._shapes = _FILE_SHAPES if commands is None else _ALL_SHAPES
        self._tools = tools_of(commands)

    @property
    def tools(self) -> Sequence[dict[str, Any]]:
        return self._tools

    async def use(self, call: ToolCall) -> ToolResult:
        try:
            return await self._done(call)
        except ToolRefused as refused:
            return ToolResult(ok=False, output=str(refused))

    async def apply(self, changes: Sequence[Change]) -> None:
        """Raises ValueError for changes that no folder of ours has made."""
        await self._worked(lambda: self._store.apply(changes), is_little=_is_little(changes))

    async def snapshot(self) -> Snapshot:
        return await self._worked(self._store.snapshot)

    async def restore(self, snapshot: Snapshot) -> tuple[Change, ...]:
        return await self._worked(lambda: self._store.restore(snapshot))

    async def read(self, path: str) -> bytes:
        """The bytes of a file of a snapshot. Raises OSError where it is not there any more."""
        return await self._worked(lambda: self._store.read(path))

    async def _worked(self, work: Callable[[], T], *, is_little: bool = True) -> T:
        """Where nobody else is at it, what is little is done here and now: it takes less time than
        a turn of any of the worker's other tasks, each of which has something to do."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if is_little and not self._turn.locked() and self.is_small:
            return work()
        async with self._turn:
            return await trio.to_thread.run_sync(work)

    @property
    def is_small(self) -> bool:
        """Whether there is so little in it, by nobody else, that no thread is worth it."""
        return self._own and self._store.has_at_most(QUICK_FILES, QUICK_TOTAL_BYTES)

    async def _done(self, call: ToolCall) -> ToolResult:
        """Raises ToolRefused."""
        shape = self._shapes.get(call.name)
        if shape is None:
            there = ", ".join(self._shapes)
            raise ToolRefused(f"there is no tool {shown(call.name)}; there is {there}")
        wanted = arguments_of(call.arguments, shape.arguments)
        if isinstance(wanted, RunCommand) and self._commands is not None:
            async with self._turn:
                return await run_command(self._store, self._commands, wanted)
        size = len(call.arguments)
        is_quick = call.name in _QUICK and size <= QUICK_BYTES and self._store.has_room(size)
        return await self._worked(lambda: _used(self._store, call.name, wanted), is_little=is_quick)


def _is_little(changes: Sequence[Change]) -> bool:
    """As what one quick tool may write."""
    sizes = [len(change.text or change.base64 or "") for change in changes]
    return len(sizes) <= QUICK_FILES and sum(sizes) <= QUICK_BYTES


def _used(store: Store, name: str, wanted: Any) -> ToolResult:
    """Do it. Raises ToolRefused, and OSError where the disk itself fails."""
    try:
        match name:
            case "list_directory":
                return ToolResult(ok=True, output=list_directory(store, wanted))
            case "read_file":
                return ToolResult(ok=True, output=read_file(store, wanted))
            case "search_file_content":
                return ToolResult(ok=True, output=search_file_content(store, wanted))
            case "glob":
                return ToolResult(ok=True, output=glob(store, wanted))
            case "write_file":
                return write_file(store, wanted)
            case "replace":
                return replace(store, wanted)
            case "delete_file":
                return delete_file(store, wanted)
            case _:
                raise ValueError(f"{name} has no work")
    except OSError as error:
        said = words_of(error, shown(getattr(wanted, "path", "")))
        if said is None:
            raise
        raise ToolRefused(said) from error
