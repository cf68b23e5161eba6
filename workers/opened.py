"""What the parent's line to a worker knows of one job that is open there. See `workers.line`."""

from __future__ import annotations

from actors.ports import ArtifactChunk, ItemAsks, ItemProgress, LeasedItem
from workers.attachment import JobAttachment
from workers.protocol import (
    ARTIFACT_CREDIT_BYTES,
    JPEG_MAGIC,
    PICTURE_MAX_BYTES,
    Picture,
    ProtocolError,
    asset_parts,
)


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

    def hand_over(self, chunk: ArtifactChunk) -> None:
        """Raises ProtocolError for an item that is not here."""
        if chunk.index not in self.leases:
            raise ProtocolError(f"an artifact of item {chunk.index}, not leased to the worker")
        self.owe(len(chunk.data))
        self.job.deliver([chunk])

    def ask(self, asks: ItemAsks) -> None:
        """Raises ProtocolError for an item that is not here."""
        if asks.index not in self.leases:
            raise ProtocolError(f"item {asks.index} asks, not leased to the worker")
        self.job.deliver([asks])

    def show(self, picture: Picture) -> None:
        """Raises ProtocolError for what is no picture of an item that is here."""
        if picture.index not in self.leases:
            raise ProtocolError(f"a picture of item {picture.index}, not leased to the worker")
        if len(picture.data) > PICTURE_MAX_BYTES:
            raise ProtocolError(f"a picture of {len(picture.data)} bytes")
        if not picture.data.startswith(JPEG_MAGIC):
            # It will be shown to a user as what it was said to be.
            raise ProtocolError("a picture that is no JPEG")
        self.job.show(picture.index, picture.data)

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
