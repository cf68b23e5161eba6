"""Opening what must be a regular file, below the data folder: whatever else stands there is damage,
and not a disk to be waited for. Used by all that keep files of jobs and desks.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress

from state.errors import JobFilesMissing
from state.files import FILE_MODE, FOLDER_MODE, Files

# What the system says of a link, a socket, a device without driver, a folder, a broken inode.
NOT_A_FILE = frozenset(
    {errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.EISDIR, errno.ENOTDIR}
    | {errno.EUCLEAN, errno.EBADMSG}
)


def open_plain(files: Files, folder: int, name: str, *, append: bool = False) -> int:
    """A handle on a regular file. Raises FileNotFoundError; JobFilesMissing for all else that is
    there: a FIFO would hold up its reader for ever, and swallow what is written to it."""
    try:
        handle = (files.open_append if append else files.open_read)(folder, name)
    except OSError as error:
        if error.errno in NOT_A_FILE:
            raise JobFilesMissing(f"{name} is not a regular file: {error.strerror}") from error
        raise
    try:
        if not files.facts_of(handle).regular:
            raise JobFilesMissing(f"{name} is not a regular file")
    except BaseException:
        files.close(handle)
        raise
    return handle


def set_aside(files: Files, folder: int, name: str, quarantine: int, said: str) -> None:
    """Move what cannot be read into quarantine as `said` and something unique, durably there before
    it is gone here. Nothing is ever put in the place of what is there."""
    aside = f"{said}.{os.urandom(4).hex()}"
    with suppress(FileNotFoundError):
        files.rename(folder, name, quarantine, aside)
        make_private(files, quarantine, aside)
        files.fsync_dir(quarantine)
        files.fsync_dir(folder)


def make_private(files: Files, folder: int, name: str) -> None:
    """Close an entry that somebody else made to all others. A link has no mode to change, and what
    belongs to another account is left as it is: the folder around it is closed."""
    facts = files.facts(folder, name)
    wanted = FOLDER_MODE if facts.folder else FILE_MODE
    if facts.mode & ~wanted:
        with suppress(OSError):
            files.set_mode(folder, name, wanted)
