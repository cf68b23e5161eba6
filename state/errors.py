"""The closed tree of what can go wrong below the actors. `web.errors` translates it."""

from __future__ import annotations


class StateError(Exception):
    """Root of everything that `state` raises on purpose."""


class DataFolderLocked(StateError):
    """Another server holds the lock of this data folder."""


class NotADataFolder(StateError):
    """What was given is no data folder of Nightdesk; the message says why."""


class DeskMissing(StateError):
    """No such desk on disk."""


class DeskUnreadable(StateError):
    """Neither generation of the desk's file can be read (or its schema is newer): nothing was
    changed, nothing is started empty; the message says why."""


class DeskUnreadableNow(DeskUnreadable):
    """The desk's file cannot be read at this moment (no access, a read that failed): it may be
    whole, nothing was changed, and the next try may succeed."""


class JobFilesMissing(StateError):
    """A job's input file is gone or damaged: the message says which."""


class KeptMissing(JobFilesMissing):
    """A file that a desk keeps beside its jobs is gone or damaged; the desk lives on without it."""


class JourneysMissing(KeptMissing):
    """It is that of its journeys."""


class LibraryMissing(KeptMissing):
    """It is one of its library: a template's, or a data source's."""


class ArtifactMissing(JobFilesMissing):
    """The job has made nothing of that name."""


class ArtifactsInUse(StateError):
    """The job is making artifacts: none is removed meanwhile."""


class ArtifactTooLarge(StateError):
    """An artifact passed its size limit; nothing of it is kept."""


class SecretUnusable(StateError):
    """DATA/secret is too short, not a plain file, or readable by others: refuse to start."""


class DataFolderOpen(StateError):
    """DATA is open to other accounts and is not ours to close: refuse to start."""


class RotationRefused(StateError):
    """The secret was not rotated; the message says why, nothing was changed."""


class StorageError(StateError):
    """A write did not become durable. Nothing may be acknowledged on it."""


class StorageFull(StorageError):
    """ENOSPC or EDQUOT: the old version was kept."""


class QuotaReached(StorageError):
    """The desk's files would pass its limit: nothing of it was written.

    `used_bytes` is what the others take up, `kept_bytes` the part of that which goes with no job,
    `needed_bytes` what was to be written.
    """

    def __init__(
        self,
        message: str,
        *,
        used_bytes: int = 0,
        limit_bytes: int = 0,
        needed_bytes: int = 0,
        kept_bytes: int = 0,
    ) -> None:
        super().__init__(message)
        self.used_bytes = used_bytes
        self.limit_bytes = limit_bytes
        # Written by whoever counts on, what more was to follow the part that was refused.
        self.needed_bytes = needed_bytes
        self.kept_bytes = kept_bytes

    @property
    def fits_never(self) -> bool:
        """It would not fit either if all jobs of the desk were deleted."""
        return self.needed_bytes > self.limit_bytes - self.kept_bytes


class DeskTooLarge(StorageFull):
    """The desk's file, or that of its secrets, would pass the size up to which it is read: the old
    version was kept."""


class StorageBroken(StorageError):
    """EIO: the medium failed under a write; what it holds of that write is unknown."""


class StorageReadOnly(StorageError):
    """EROFS, or the desk became read-only after repeated EIO: the old version was kept."""
