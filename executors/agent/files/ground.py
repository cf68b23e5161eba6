"""What the files of a folder stand on, as `executors.agent.files.store` sees it: the port, and the
disk. Beside it there is memory (`executors.agent.files.held`).

Paths are checked ones (`executors.agent.files.paths`). What is wrong with one is said in the same
way over both: a model cannot tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from executors.agent.files.disk import (
    Stamp,
    read_file,
    remove_file,
    remove_folder,
    stamp_of,
    write_file,
)
from executors.agent.files.root import Root, check_regular


class Ground(Protocol):
    """Used by one at a time, in threads too. Raises OSError, and ToolRefused for what is there and
    is no plain file."""

    def read(self, path: str, limit_bytes: int) -> tuple[bytes, Stamp]:
        """Raises ToolRefused where it is larger."""

    def stamp(self, path: str) -> Stamp: ...

    def write(self, path: str, data: bytes) -> Stamp:
        """The whole file, or nothing of it. Its folder must be there."""

    def remove(self, path: str) -> None: ...

    def make_folders(self, path: str) -> list[str]:
        """The folder and those above it; which of them were missing. A file that has such a name is
        passed over: what is to be done in it fails."""

    def remove_folder(self, path: str) -> None:
        """Where it is empty; never raises."""

    def has_room(self, path: str, size_bytes: int) -> bool:
        """Whether that file may be written here. Where not, all has to settle first."""

    def settled(self) -> tuple[Disk, Mapping[str, Stamp]]:
        """The same files on the disk, to be used instead, and the stamps of those that came there
        just now. Where it raises all is as it was, and may be tried again."""


class Disk:
    """See Ground. `durable`: what has been done is synced."""

    def __init__(self, root: Root, *, durable: bool) -> None:
        self.root = root
        self._durable = durable

    def read(self, path: str, limit_bytes: int) -> tuple[bytes, Stamp]:
        return read_file(self.root, path, limit_bytes)

    def stamp(self, path: str) -> Stamp:
        facts = self.root.facts(path)
        check_regular(facts, path)
        return stamp_of(facts)

    def write(self, path: str, data: bytes) -> Stamp:
        return write_file(self.root, path, data, durable=self._durable)

    def remove(self, path: str) -> None:
        remove_file(self.root, path, durable=self._durable)

    def make_folders(self, path: str) -> list[str]:
        return self.root.make_folders(path)

    def remove_folder(self, path: str) -> None:
        remove_folder(self.root, path)

    def has_room(self, path: str, size_bytes: int) -> bool:
        """What has none is told by the write."""
        return True

    def settled(self) -> tuple[Disk, Mapping[str, Stamp]]:
        return self, {}
