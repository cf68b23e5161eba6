"""What a tool answers where it does not do what it was asked: in words, for the model.

`words_of` translates what the system says. What it has no words for is the disk itself failing, and
nobody's mistake: it goes up as it is.
"""

from __future__ import annotations

import errno

DISK_FULL = (
    "the disk is full, so nothing was written; what was there is unchanged. Delete what is not "
    "needed, or write less"
)
_LINK = (
    "{path}: it is, or lies behind, a symbolic link or another file system; those are not followed"
)
_WORDS = {
    errno.ENOENT: "{path}: there is no such file or folder. list_directory says what there is",
    errno.ENOTDIR: "{path}: a part of this path is no folder, but a file or a link",
    errno.EISDIR: "{path}: it is a folder, not a file",
    errno.ELOOP: _LINK,
    errno.EXDEV: _LINK,
    errno.EACCES: "{path}: the system does not permit it",
    errno.EPERM: "{path}: the system does not permit it",
    errno.EROFS: "{path}: the disk is read-only",
    errno.EEXIST: "{path}: something else has that name",
    errno.ENOTEMPTY: "{path}: the folder is not empty",
    errno.ENAMETOOLONG: "{path}: the name is too long",
    errno.EINVAL: "{path}: the system does not take this name",
    errno.EILSEQ: "{path}: the system does not take this name",
    errno.EMLINK: "{path}: the folder has too many folders",
    errno.EFBIG: "{path}: the file would be too large for this disk",
    errno.ETXTBSY: "{path}: the file is being run",
    errno.EBUSY: "{path}: the system is using it",
    errno.ENXIO: "{path}: it is no regular file",
    errno.ENODEV: "{path}: it is no regular file",
    errno.EAGAIN: "{path}: it changed while it was opened; try again",
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
}


class ToolRefused(Exception):
    """The message is for the model: what was wrong and what to do."""


class NoPlace(OSError):
    """A task's own folder cannot be put on the disk: nobody's mistake, so it has no words for the
    model, whatever the system calls it."""


def words_of(error: OSError, path: str) -> str | None:
    """None where the disk itself fails."""
    said = _WORDS.get(error.errno or 0)
    return None if said is None else said.format(path=path or "the folder")
