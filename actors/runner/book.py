"""The outcome file of one running job as its runner keeps it: buffered, appended, synced.

Owned by the runner. `add` may be called at any time; `sync` and `write` by one task only.
"""

from __future__ import annotations

from actors.house import House
from actors.ports import DeskKey, OutcomeLog
from state.errors import StorageError
from state.model import Counts, OutcomeRecord, OutcomeStatus


class Book:
    """Counts every ending it is given; `synced` says which counts would survive a power loss.

    After an error the file is opened again and all that was not synced is written again: a repeated
    line is harmless (the newest of an item counts), a missing one is not.
    """

    def __init__(
        self, desk: DeskKey, job_id: str, house: House, log: OutcomeLog, counts: Counts
    ) -> None:
        self._desk = desk
        self._job_id = job_id
        self._store = house.store
        self._total = counts.total
        # Written by `add`, on behalf of the runner's tasks.
        self._ok = counts.ok
        self._failed = counts.failed
        self._skipped = counts.skipped
        self._buffer: list[OutcomeRecord] = []
        # Written by `write` and `sync`.
        self._log = log
        self._damaged = False
        self._unsynced: list[OutcomeRecord] = []
        self._written = counts
        self.synced = counts

    @property
    def counts(self) -> Counts:
        return Counts(self._total, self._ok, self._failed, self._skipped)

    @property
    def buffered(self) -> int:
        return len(self._buffer)

    @property
    def unsynced(self) -> int:
        return len(self._unsynced)

    @property
    def clean(self) -> bool:
        """Everything that was added is synced."""
        return not self._buffer and not self._unsynced

    def add(self, record: OutcomeRecord) -> None:
        self._buffer.append(record)
        status = record.status
        if status is OutcomeStatus.OK:
            self._ok += 1
        elif status is OutcomeStatus.SKIPPED:
            self._skipped += 1
        elif status is not OutcomeStatus.LOST:
            self._failed += 1

    async def write(self) -> None:
        """Append what is buffered. Raises StorageError; then it is still buffered."""
        if self._damaged:
            await self._reopen()
        batch, counts = self._buffer, self.counts
        self._buffer = []
        try:
            await self._log.append(batch)
        except BaseException:
            self._damaged = True
            self._buffer = batch + self._buffer
            raise
        self._unsynced += batch
        self._written = counts

    async def sync(self) -> None:
        """Make everything durable that was added before the call. Raises StorageError."""
        if self._buffer or self._damaged:
            await self.write()
        covered, counts = len(self._unsynced), self._written
        try:
            await self._log.sync()
        except StorageError:
            self._damaged = True
            raise
        del self._unsynced[:covered]
        self.synced = counts

    async def aclose(self) -> None:
        await self._log.aclose()

    async def _reopen(self) -> None:
        await self._log.aclose()
        self._log = await self._store.open_outcomes(self._desk, self._job_id)
        self._buffer = self._unsynced + self._buffer
        self._unsynced = []
        self._written = self.synced
        self._damaged = False
