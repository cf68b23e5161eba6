"""DATA/scratch: files that nobody needs after the request or item they were made for.

Made and emptied by `nightdesk.serve` while it holds the folder's lock, so that what a killed server
left there goes with the next start. Not on the system's own place for temporary files: that is
another disk, which other accounts can list.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from state.files import FOLDER_MODE

NAME = "scratch"


def open_scratch(root: Path) -> None:
    """An empty folder, 0700. Whatever stood in its place goes, links without what they lead to."""
    folder = root / NAME
    with suppress(FileNotFoundError):
        if folder.is_symlink() or not folder.is_dir():
            folder.unlink()
        else:
            shutil.rmtree(folder)
    os.mkdir(folder, FOLDER_MODE)
    os.chmod(folder, FOLDER_MODE)
