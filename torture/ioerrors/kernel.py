"""The `Files` port in memory, as a kernel keeps it: what is cached, and what is on the disk.

A sync that fails drops what it could not write and calls it clean: the next sync of that file
reports success for nothing. Names are journalled: a folder's sync that succeeds covers all of them.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from state.files import FILE_MODE, FOLDER_MODE, Facts


class Node:
    """A file or a folder: as it is shown, and as it would be found after a power loss."""

    def __init__(self, *, folder: bool) -> None:
        self.folder = folder
        self.data = bytearray()
        self.on_disk = bytearray()
        self.unwritten: list[tuple[int, bytes]] = []
        self.names: dict[str, Node] = {}
        self.names_on_disk: dict[str, Node] = {}

    def copy(self, *, power_lost: bool) -> Node:
        twin = Node(folder=self.folder)
        twin.data = bytearray(self.on_disk if power_lost else self.data)
        twin.on_disk = bytearray(self.on_disk)
        twin.unwritten = [] if power_lost else list(self.unwritten)
        names = self.names_on_disk if power_lost else self.names
        twins: dict[int, Node] = {}
        for name, node in names.items():
            if id(node) not in twins:
                twins[id(node)] = node.copy(power_lost=power_lost)
            twin.names[name] = twins[id(node)]
        # What a copy is made for begins with names that are durable, as a server's start sees to.
        twin.names_on_disk = dict(twin.names)
        return twin

    def sync(self) -> None:
        for offset, piece in self.unwritten:
            self.on_disk.extend(bytes(max(0, offset - len(self.on_disk))))
            self.on_disk[offset : offset + len(piece)] = piece
        del self.on_disk[len(self.data) :]
        self.on_disk.extend(bytes(len(self.data) - len(self.on_disk)))
        self.unwritten.clear()

    def drop(self) -> None:
        """A sync failed: what was to be written is clean now, and not on the disk."""
        self.unwritten.clear()


class Kernel:
    """Used by one thread. `room_bytes` is what all files together may hold; None: no limit."""

    def __init__(self, root: Node | None = None) -> None:
        self.root = root or Node(folder=True)
        self.room_bytes: int | None = None
        self._next = 3
        self._open: dict[int, tuple[str, Node]] = {}

    # ------------------------------------------------------------------ for the experiment

    def copy(self, *, power_lost: bool = False) -> Kernel:
        """The same disk under another server: after a kill, or after a power loss."""
        return Kernel(self.root.copy(power_lost=power_lost))

    @property
    def handles(self) -> tuple[str, ...]:
        """What is open, by path."""
        return tuple(sorted(path for path, _ in self._open.values()))

    def path(self, handle: int, name: str = "") -> str:
        at = self._open[handle][0]
        return f"{at}/{name}" if name else at

    def drop(self, handle: int) -> None:
        self._node(handle).drop()

    def used_bytes(self) -> int:
        return sum(len(node.data) for node in _all(self.root))

    def _handle(self, path: str, node: Node) -> int:
        self._next += 1
        self._open[self._next] = (path, node)
        return self._next

    def _node(self, handle: int) -> Node:
        if handle not in self._open:
            raise _refusal(errno.EBADF)
        return self._open[handle][1]

    def _found(self, folder: int, name: str) -> Node:
        node = self._node(folder) if name == "." else self._node(folder).names.get(name)
        if node is None:
            raise _refusal(errno.ENOENT, name)
        return node

    def _add(self, folder: int, name: str, node: Node) -> None:
        if name in self._node(folder).names:
            raise _refusal(errno.EEXIST, name)
        self._node(folder).names[name] = node

    # --------------------------------------------------------------------- the `Files` port

    def open_root(self, path: Path) -> int:
        return self._handle("", self.root)

    def open_folder(self, folder: int, name: str) -> int:
        node = self._found(folder, name)
        if not node.folder:
            raise _refusal(errno.ENOTDIR, name)
        return self._handle(self.path(folder, name), node)

    def make_folder(self, folder: int, name: str) -> None:
        self._add(folder, name, Node(folder=True))

    def remove_folder(self, folder: int, name: str) -> None:
        if self._found(folder, name).names:
            raise _refusal(errno.ENOTEMPTY, name)
        del self._node(folder).names[name]

    def list(self, folder: int) -> list[str]:
        return list(self._node(folder).names)

    def create(self, folder: int, name: str) -> int:
        node = Node(folder=False)
        self._add(folder, name, node)
        return self._handle(self.path(folder, name), node)

    def open_append(self, folder: int, name: str) -> int:
        return self._handle(self.path(folder, name), self._found(folder, name))

    def open_read(self, folder: int, name: str) -> int:
        return self.open_append(folder, name)

    def facts(self, folder: int, name: str) -> Facts:
        return _facts(self._found(folder, name))

    def facts_of(self, handle: int) -> Facts:
        return _facts(self._node(handle))

    def set_mode(self, folder: int, name: str, mode: int) -> None:
        self._found(folder, name)

    def read(self, handle: int, size: int, offset: int) -> bytes:
        return bytes(self._node(handle).data[offset : offset + size])

    def write(self, handle: int, data: bytes | memoryview) -> int:
        node = self._node(handle)
        if self.room_bytes is not None:
            data = bytes(data)[: max(0, self.room_bytes - self.used_bytes())]
            if not data:
                raise _refusal(errno.ENOSPC)
        node.unwritten.append((len(node.data), bytes(data)))
        node.data += data
        return len(data)

    def truncate(self, handle: int, size: int) -> None:
        node = self._node(handle)
        del node.data[size:]
        cut = [(offset, piece[: max(0, size - offset)]) for offset, piece in node.unwritten]
        node.unwritten = [(offset, piece) for offset, piece in cut if piece]

    def fsync(self, handle: int) -> None:
        self._node(handle).sync()

    def fdatasync(self, handle: int) -> None:
        self._node(handle).sync()

    def fsync_dir(self, folder: int) -> None:
        self._node(folder).names_on_disk = dict(self._node(folder).names)

    def link(self, folder: int, old: str, new: str) -> None:
        self._add(folder, new, self._found(folder, old))

    def rename(self, folder: int, old: str, to_folder: int, new: str) -> None:
        node = self._found(folder, old)
        target = self._node(to_folder).names
        if target.get(new) is node and (folder != to_folder or old != new):
            return  # two names of one file: POSIX leaves both
        target[new] = node
        del self._node(folder).names[old]

    def unlink(self, folder: int, name: str) -> None:
        if self._found(folder, name).folder:
            raise _refusal(errno.EISDIR, name)
        del self._node(folder).names[name]

    def close(self, handle: int) -> None:
        del self._open[handle]


def _refusal(number: int, name: str | None = None) -> OSError:
    return OSError(number, os.strerror(number), name)


def _all(node: Node) -> list[Node]:
    return list({id(one): one for one in _walk(node)}.values())


def _walk(node: Node) -> list[Node]:
    return [node, *(below for inner in node.names.values() for below in _walk(inner))]


def _facts(node: Node) -> Facts:
    return Facts(
        regular=not node.folder,
        folder=node.folder,
        size_bytes=len(node.data),
        modified_at=0.0,
        mode=FOLDER_MODE if node.folder else FILE_MODE,
    )
