"""What is in the folder, entry by entry, in the order of names: bounded, following nothing.

Used by the tools that list, search and match, and before and after a command.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from executors.agent.files.paths import MAX_DEPTH, path_reason
from executors.agent.files.root import Root
from executors.agent.files.settings import FolderSettings

Kind = Literal["file", "folder", "link", "other"]

# What programs make and nobody reads: listed, and only walked through by its own name.
CLOSED = frozenset({"node_modules", "__pycache__", ".venv", "venv", ".tox", ".mypy_cache"})


class Entry(Struct, frozen=True, gc=False):
    """One entry, without what it leads to. `closed`: a folder that is not walked through."""

    path: str
    kind: Kind
    size: int = 0
    links: int = 1
    closed: bool = False


class Walk:
    """One walk. `passed` counts what has a name that no tool may use, `stopped` says that there was
    more than may be looked at; both are written by `entries`."""

    def __init__(self, root: Root, settings: FolderSettings, *, all_folders: bool = False) -> None:
        self._root = root
        self._settings = settings
        self._all_folders = all_folders
        self._left = settings.walked
        self.passed = 0
        self.stopped = False

    def entries(self, path: str, *, deep: bool) -> Iterator[Entry]:
        """Raises OSError where that folder itself cannot be opened; what cannot be opened below it
        is passed over."""
        with self._root.folder(path) as handle:
            here = self._read(handle, path)
        for entry in here:
            yield entry
            if deep and entry.kind == "folder" and not entry.closed:
                try:
                    yield from self.entries(entry.path, deep=True)
                except OSError:
                    # Gone meanwhile, a link by now, a mount, or not ours to read.
                    self.passed += 1

    def _read(self, handle: int, path: str) -> list[Entry]:
        found = []
        with os.scandir(handle) as entries:
            for entry in entries:
                if self._left == 0:
                    self.stopped = True
                    break
                self._left -= 1
                below = f"{path}/{entry.name}" if path else entry.name
                if path_reason(below, self._settings.guarded) is not None:
                    self.passed += 1
                    continue
                try:
                    facts = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                found.append(self._entry(below, entry.name, facts))
        return sorted(found, key=lambda entry: entry.path)

    def _entry(self, path: str, name: str, facts: os.stat_result) -> Entry:
        mode = facts.st_mode
        if stat.S_ISDIR(mode):
            closed = name in CLOSED and not self._all_folders
            return Entry(path, "folder", closed=closed or path.count("/") + 1 >= MAX_DEPTH)
        if stat.S_ISREG(mode):
            return Entry(path, "file", facts.st_size, facts.st_nlink)
        return Entry(path, "link" if stat.S_ISLNK(mode) else "other")

    def notes(self) -> list[str]:
        """What a reader should know about what is not there."""
        told = []
        if self.passed:
            told.append(f"({self.passed} entries are out of bounds or have unusable names)")
        if self.stopped:
            told.append(f"(only the first {self._settings.walked} entries were looked at)")
        return told
