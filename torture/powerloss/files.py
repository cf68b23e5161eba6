"""A disk in memory behind the `Files` port: does what the store asks, and tells every change.

What is told is taken by `torture.powerloss.platter`; what the store reads here is what a running
system would show it, synced or not. A fuse kills the server before its n-th change.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from state.files import FILE_MODE, FOLDER_MODE, Facts
from torture.powerloss.platter import (
    ROOT,
    Cut,
    Dropped,
    Event,
    FolderMade,
    Forgotten,
    Grew,
    Image,
    Named,
    NamesSynced,
    Synced,
    planted,
)


class Killed(BaseException):
    """The server was killed: nothing of it runs any more, no handler and no `finally`."""


class Node:
    """A file, or a folder, whatever its names."""

    def __init__(self, number: int, *, folder: bool) -> None:
        self.number = number
        self.names: dict[str, Node] | None = {} if folder else None
        self.data = bytearray()


def _refuse(number: int, name: str = "") -> OSError:
    return OSError(number, os.strerror(number), name)


class SimulatedFiles:
    """The `Files` port. Called by one thread at a time."""

    def __init__(self, image: Image) -> None:
        self.events: list[Event] = []
        self._fuse: int | None = None
        self._failing: type[Event] | None = None
        self._dropped: set[int] = set()  # files whose sync failed under this server
        self._next_handle = 3
        root = Node(ROOT, folder=True)
        nodes = {ROOT: root}
        for found in planted(image):
            node = nodes[found.node] = Node(found.node, folder=found.content is None)
            node.data += found.content or b""
            _names(nodes[found.parent])[found.name] = node
        self._root = root
        self._next_node = len(nodes)
        self._open: dict[int, Node] = {}

    # -------------------------------------------------------------- for the experiment

    def kill_after(self, events: int | None) -> None:
        """Let that many more changes happen, and none after them; for None, any number again."""
        self._fuse = None if events is None else len(self.events) + events

    def fail_next(self, sync: type[Synced | NamesSynced] | None) -> None:
        """Let the next sync of that kind fail as a broken medium does; none any more for None.
        What a file's sync did not write is called clean then, as Linux does; names are kept by the
        file system's journal, whose next sync covers them."""
        self._failing = sync

    def revive(self) -> None:
        """The server is gone and a new one may start: the disk's cache has survived."""
        self._fuse = None
        self._failing = None
        self._open.clear()
        self.events += [Forgotten(node) for node in self._dropped]
        self._dropped.clear()

    def peek(self, path: str) -> bytes | None:
        """The contents of a file, without the store; None where there is no such file."""
        node: Node | None = self._root
        for name in path.split("/"):
            node = None if node is None or node.names is None else node.names.get(name)
        return bytes(node.data) if node is not None and node.names is None else None

    def peek_names(self, path: str) -> list[str]:
        """The names in a folder, without the store; none where there is no such folder."""
        node: Node | None = self._root
        for name in path.split("/"):
            node = None if node is None or node.names is None else node.names.get(name)
        return [] if node is None else list(node.names or ())

    def _tell(self, event: Event) -> None:
        if self._fuse is not None and len(self.events) >= self._fuse:
            raise Killed
        if self._failing is type(event):
            self._failing = None
            if isinstance(event, Synced):
                self._dropped.add(event.node)
                self.events.append(Dropped(event.node))
            raise _refuse(errno.EIO)
        self.events.append(event)

    def _new(self, *, folder: bool) -> Node:
        self._next_node += 1
        return Node(self._next_node - 1, folder=folder)

    def _handle(self, node: Node) -> int:
        self._next_handle += 1
        self._open[self._next_handle] = node
        return self._next_handle

    def _node(self, handle: int) -> Node:
        try:
            return self._open[handle]
        except KeyError:
            raise _refuse(errno.EBADF) from None

    def _found(self, folder: int, name: str) -> Node:
        try:
            return _names(self._node(folder))[name]
        except KeyError:
            raise _refuse(errno.ENOENT, name) from None

    # ------------------------------------------------------------------ the `Files` port

    def open_root(self, path: Path) -> int:
        return self._handle(self._root)

    def open_folder(self, folder: int, name: str) -> int:
        node = self._found(folder, name)
        _names(node)
        return self._handle(node)

    def make_folder(self, folder: int, name: str) -> None:
        parent = self._free(folder, name)
        node = self._new(folder=True)
        self._tell(FolderMade(node.number, ((parent.number, name, node.number),)))
        _names(parent)[name] = node

    def remove_folder(self, folder: int, name: str) -> None:
        if _names(self._found(folder, name)):
            raise _refuse(errno.ENOTEMPTY, name)
        self._remove(folder, name)

    def list(self, folder: int) -> list[str]:
        return list(_names(self._node(folder)))

    def create(self, folder: int, name: str) -> int:
        parent = self._free(folder, name)
        node = self._new(folder=False)
        self._tell(Named(((parent.number, name, node.number),)))
        _names(parent)[name] = node
        return self._handle(node)

    def _free(self, folder: int, name: str) -> Node:
        parent = self._node(folder)
        if name in _names(parent):
            raise _refuse(errno.EEXIST, name)
        return parent

    def set_mode(self, folder: int, name: str, mode: int) -> None:
        """Modes are not simulated: they are lost and kept with the name."""
        self._found(folder, name)

    def open_append(self, folder: int, name: str) -> int:
        node = self._found(folder, name)
        if node.names is not None:
            raise _refuse(errno.EISDIR, name)
        return self._handle(node)

    def open_read(self, folder: int, name: str) -> int:
        return self._handle(self._found(folder, name))

    def facts(self, folder: int, name: str) -> Facts:
        return _facts(self._found(folder, name))

    def facts_of(self, handle: int) -> Facts:
        return _facts(self._node(handle))

    def read(self, handle: int, size: int, offset: int) -> bytes:
        return bytes(self._node(handle).data[offset : offset + size])

    def write(self, handle: int, data: bytes | memoryview) -> int:
        node = self._node(handle)
        self._tell(Grew(node.number, bytes(data)))
        node.data += data
        return len(data)

    def truncate(self, handle: int, size: int) -> None:
        node = self._node(handle)
        self._tell(Cut(node.number, size))
        del node.data[size:]

    def fsync(self, handle: int) -> None:
        self._tell(Synced(self._node(handle).number))

    def fdatasync(self, handle: int) -> None:
        self.fsync(handle)

    def fsync_dir(self, folder: int) -> None:
        node = self._node(folder)
        _names(node)
        self._tell(NamesSynced(node.number))

    def link(self, folder: int, old: str, new: str) -> None:
        node = self._found(folder, old)
        parent = self._free(folder, new)
        self._tell(Named(((parent.number, new, node.number),)))
        _names(parent)[new] = node

    def rename(self, folder: int, old: str, to_folder: int, new: str) -> None:
        node, source, target = self._found(folder, old), self._node(folder), self._node(to_folder)
        if _names(target).get(new) is node:
            return  # two names of one file: POSIX leaves both
        self._tell(Named(((target.number, new, node.number), (source.number, old, None))))
        del _names(source)[old]
        _names(target)[new] = node

    def unlink(self, folder: int, name: str) -> None:
        if self._found(folder, name).names is not None:
            raise _refuse(errno.EISDIR, name)
        self._remove(folder, name)

    def _remove(self, folder: int, name: str) -> None:
        parent = self._node(folder)
        self._tell(Named(((parent.number, name, None),)))
        del _names(parent)[name]

    def close(self, handle: int) -> None:
        self._open.pop(handle, None)


def _names(node: Node) -> dict[str, Node]:
    if node.names is None:
        raise _refuse(errno.ENOTDIR)
    return node.names


def _facts(node: Node) -> Facts:
    folder = node.names is not None
    mode = FOLDER_MODE if folder else FILE_MODE
    return Facts(
        regular=not folder, folder=folder, size_bytes=len(node.data), modified_at=0.0, mode=mode
    )
