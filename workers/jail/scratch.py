"""The folder of one worker: made for it, emptied between items where it is jailed, removed with it.

The parent's side, used by `workers.cell`, `workers.cpu` and `workers.browsing`. What lies in such a
folder was written by whatever ran there: it is removed without being believed
(`state.scratch.empty`).
"""

from __future__ import annotations

import secrets
from pathlib import Path

from state.files import FOLDER_MODE
from state.scratch import empty


class ScratchFolders:
    """Folders under `root`, which belongs to one server: nobody else is in it."""

    def __init__(self, root: Path) -> None:
        # A worker stands in its folder and knows it by the same words: they must not depend on
        # where one stands.
        self._root = root.absolute()

    def sweep(self) -> None:
        """Remove what workers of a server that was killed have left. Raises OSError."""
        self._root.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        self._root.chmod(FOLDER_MODE)
        empty(self._root)

    def make(self) -> Path:
        """A new, empty folder for one worker."""
        folder = self._root / secrets.token_hex(8)
        folder.mkdir(mode=FOLDER_MODE)
        folder.chmod(FOLDER_MODE)
        return folder

    def remove(self, folder: Path) -> None:
        """It and all that is in it, once all that the worker started is dead. Raises OSError."""
        empty(folder)
        folder.rmdir()
