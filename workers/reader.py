"""Reads uploaded tables in the jail: the `TableReader` of `executors.tables.port`, as it is served.

To the cpu pool a reading is a job of one item; it takes its desk's turn like any other. The file
goes in and its rows come out through the worker's line, in pieces, and more rows than the limits
allow are not taken, whatever the worker says.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import trio
from msgspec import Raw, Struct

from actors.ports import (
    ArtifactChunk,
    DeskKey,
    ItemDeferred,
    ItemEnded,
    ItemProgress,
    ItemsLost,
    JobBrief,
    JobBroken,
    LeasedItem,
    WorkerEvent,
    WorkerLog,
)
from executors.tables.limits import Refused, TableLimits, Why
from executors.tables.port import ReaderBusy, ReaderUnavailable
from executors.tables.upload import Upload
from state.model import OutcomeStatus
from workers.attachment import JobAttachment

RUNNER = "executors.tables.run:TablesExecutor"

# Readings of one desk that may wait or run at once: each holds its upload in memory.
READINGS_PER_DESK = 4
# An attempt may be lost with a worker that dies for another reason than the file.
ATTEMPTS = 2

Attach = Callable[[JobBrief, str], AbstractAsyncContextManager[JobAttachment]]


class JailedReader:
    """`attach` is that of the cpu pool."""

    def __init__(self, attach: Attach, limits: TableLimits) -> None:
        self._attach = attach
        self._limits = limits
        # Written by `read`, around each.
        self._readings: Counter[DeskKey] = Counter()

    async def read(self, desk: DeskKey, upload: Upload, data: bytes) -> bytes:
        if self._readings[desk] >= READINGS_PER_DESK:
            raise ReaderBusy
        self._readings[desk] += 1
        try:
            for attempt in range(ATTEMPTS):
                rows = await self._read(desk, upload, data, attempt)
                if rows is not None:
                    return rows
        finally:
            self._readings[desk] -= 1
            self._readings += Counter()
        raise Refused("unreadable", "whatever reads it dies of it")

    async def _read(self, desk: DeskKey, upload: Upload, data: bytes, attempt: int) -> bytes | None:
        """The rows; None where the worker died of something."""
        item = LeasedItem(0, attempt, "", Raw(msgspec.json.encode(upload)))
        async with self._attach(self._brief(desk), RUNNER) as job, trio.open_nursery() as nursery:
            job.want(1)
            await job.wait_granted()
            await job.lease([item])
            nursery.start_soon(job.enclose, item.index, data)
            rows, ending = await self._listen(job)
            nursery.cancel_scope.cancel()
        if isinstance(ending, ItemsLost):
            return None
        check(ending)
        return rows

    async def _listen(self, job: JobAttachment) -> tuple[bytes, WorkerEvent]:
        """What came of the item, up to the event that ended it or was too much."""
        rows, most = bytearray(), self._limits.max_unpacked_bytes
        while True:
            for event in await job.wait_events():
                if isinstance(event, ArtifactChunk):
                    rows += event.data
                if not isinstance(event, ArtifactChunk | ItemProgress | WorkerLog):
                    return bytes(rows), event
                if len(rows) > most:
                    return b"", event

    def _brief(self, desk: DeskKey) -> JobBrief:
        spec: dict[str, Any] = msgspec.to_builtins(self._limits)
        return JobBrief(
            desk=desk,
            job_id=f"reading-{uuid.uuid4()}",
            kind="tables",
            pool="cpu",
            priority=0,
            concurrency=1,
            retries=0,
            spec=spec,
        )


class _Told(Struct, frozen=True):
    """The result of a reading that failed: the executor's reason, or a limit of the jail."""

    why: Why = "unreadable"
    over_limit: bool = False


def check(ending: WorkerEvent) -> None:
    """Return where the rows are all there. Raises Refused or ReaderUnavailable."""
    match ending:
        case ItemEnded(status=OutcomeStatus.OK):
            return
        case ItemEnded():
            told = msgspec.json.decode(ending.result, type=_Told)
            why = "too_large" if told.over_limit else told.why
            raise Refused(why, ending.error or "it cannot be read")
        case ItemDeferred() | JobBroken():
            raise ReaderUnavailable(ending.error or "no worker could be started")
        case _:
            raise Refused("too_large", "its rows are more than the limits allow")
