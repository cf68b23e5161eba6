"""Keeps the data folder to its owner, whatever made it. Called by `nightdesk.serve` at the start,
while it holds the folder's lock.

Everything below is made 0600 or 0700 by the store itself; a folder that was there before (made by
hand, by a volume, by a restore) may be open to others. Ours is closed; one that plainly serves
something else as well is left alone and refused, for to close `/tmp` would break the machine.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from state.errors import DataFolderOpen
from state.files import FOLDER_MODE

# What a start may find in a data folder of its own. Of these, folders and files hold others off
# themselves; a name that is none of them makes the folder somebody else's too.
OWN_NAMES = frozenset(
    [
        "active",
        "ballast",
        "files",
        "links",
        "lock",
        "quarantine",
        "sample-site",
        "scratch",
        "secret",
        "sessions",
        "webui-turns",
        "lost+found",
    ]
)
_OTHERS = 0o077
PRIVATE_UMASK = 0o077


def close_to_others(root: Path) -> int | None:
    """Make the folder 0700 where it is wider; the mode that it had, or None where it was right.

    Raises DataFolderOpen where it is not ours to close.
    """
    found = stat.S_IMODE(root.stat().st_mode)
    if not found & _OTHERS:
        return None
    if strangers := sorted(_strangers(root)):
        raise DataFolderOpen(
            f"the folder {root} is open to other accounts (mode {found:04o}) and holds what is not"
            f" ours ({strangers[0]}): name another folder, or close it with chmod 700"
        )
    try:
        os.chmod(root, FOLDER_MODE)
    except PermissionError as error:
        raise DataFolderOpen(
            f"the folder {root} is open to other accounts (mode {found:04o}) and belongs to another"
            " account, so it cannot be closed: chmod 700 it, or name another folder"
        ) from error
    return found


def _strangers(root: Path) -> set[str]:
    return {name for name in os.listdir(root) if name.split(".")[0] not in OWN_NAMES}
