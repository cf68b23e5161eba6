"""The closed tree of what can go wrong below the actors. `web.errors` translates it."""

from __future__ import annotations


class StateError(Exception):
    """Root of everything that `state` raises on purpose."""


class DataFolderLocked(StateError):
    """Another server holds the lock of this data folder."""


class DeskMissing(StateError):
    """No such desk on disk."""


class DeskUnreadable(StateError):
    """Neither generation of the desk's file can be read (or its schema is newer): nothing was
    changed, nothing is started empty; the message says why."""


class JobFilesMissing(StateError):
    """A job's input file is gone or damaged: the message says which."""


class StorageError(StateError):
    """A write did not become durable. Nothing may be acknowledged on it."""


class StorageFull(StorageError):
    """ENOSPC or EDQUOT: the old version was kept."""


class StorageReadOnly(StorageError):
    """EROFS, or the desk became read-only after repeated EIO."""
