"""What the parent's line to a worker knows of one job that is open there. See `workers.line`."""

from __future__ import annotations

from actors.ports import ItemProgress, LeasedItem
from workers.attachment import JobAttachment
from workers.protocol import ARTIFACT_CREDIT_BYTES, ProtocolError, asset_parts


class OpenJob:
    """A job that is open in the worker. Written by its `WorkerLine` only."""

    __slots__ = ("closing", "job", "leases", "owed_bytes", "unshared", "waiting")

    def __init__(self, job: JobAttachment) -> None:
        self.job = job
        self.leases: dict[int, LeasedItem] = {}
        # Those of them that have said that they wait for something of the worker's.
        self.waiting: set[int] = set()
        self.closing = False
        self.owed_bytes = 0
        # Of the files that its items share, what this worker has not been sent yet.
        self.unshared = asset_parts(job.ref, job.brief.assets)

    def hear(self, progress: ItemProgress) -> None:
        """Raises ProtocolError for an item that is not here."""
        if progress.index not in self.leases:
            raise ProtocolError(f"progress of item {progress.index}, not leased to the worker")
        if progress.waits:
            self.waiting.add(progress.index)
        else:
            self.waiting.discard(progress.index)

    def over(self, index: int) -> None:
        """The item is the worker's no longer. Raises ProtocolError where it never was."""
        if self.leases.pop(index, None) is None:
            raise ProtocolError(f"the worker ended item {index}, not leased to it")
        self.waiting.discard(index)

    def at_work(self) -> bool:
        """Whether an item is here that does not wait."""
        return len(self.waiting) < len(self.leases)

    def owe(self, size_bytes: int) -> None:
        """The worker has handed over so much. Raises ProtocolError where it was not to."""
        self.owed_bytes += size_bytes
        if self.owed_bytes > ARTIFACT_CREDIT_BYTES:
            raise ProtocolError(f"it handed over {self.owed_bytes} bytes, more than was allowed")
