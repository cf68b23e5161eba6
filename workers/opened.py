"""What the parent's line to a worker knows of one job that is open there. See `workers.line`."""

from __future__ import annotations

from actors.ports import LeasedItem
from workers.attachment import JobAttachment
from workers.protocol import ARTIFACT_CREDIT_BYTES, ProtocolError, asset_parts


class OpenJob:
    """A job that is open in the worker. Written by its `WorkerLine` only."""

    __slots__ = ("closing", "job", "leases", "owed_bytes", "unshared")

    def __init__(self, job: JobAttachment) -> None:
        self.job = job
        self.leases: dict[int, LeasedItem] = {}
        self.closing = False
        self.owed_bytes = 0
        # Of the files that its items share, what this worker has not been sent yet.
        self.unshared = asset_parts(job.ref, job.brief.assets)

    def owe(self, size_bytes: int) -> None:
        """The worker has handed over so much. Raises ProtocolError where it was not to."""
        self.owed_bytes += size_bytes
        if self.owed_bytes > ARTIFACT_CREDIT_BYTES:
            raise ProtocolError(f"it handed over {self.owed_bytes} bytes, more than was allowed")
