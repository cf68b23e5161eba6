"""The outcome file of one running job as its runner keeps it: buffered, appended, synced.

Owned by the runner. `add` may be called at any time; `sync` and `write` by one task only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import UNSET
from msgspec.structs import replace

from actors.ports import OutcomeLog
from actors.runner.spends import Spends
from state.model import NO_TALLY, Counts, OutcomeRecord, OutcomeStatus, Tally


class Made(Protocol):
    """The files that items have handed over: `actors.runner.artifacts`."""

    @property
    def waiting(self) -> bool:
        """There is something to sync."""

    async def sync(self) -> None:
        """Make durable what was taken before. Raises StorageError."""


class Growing(Protocol):
    """The items that items have found: `actors.runner.growth`."""

    @property
    def waiting(self) -> bool:
        """There is something to sync."""

    @property
    def total(self) -> int:
        """How many items the job has, durably."""

    async def sync(self) -> None:
        """Make durable what was taken before. Raises StorageError."""


class Book:
    """Counts every ending it is given. Of these, `written` would survive a kill of the server, and
    `synced` a power loss.

    No line is ever written twice: a second `lost` line would be a second strike against its item.
    What a failed sync may have cost is made up for by the file itself, at the next one.
    An outcome that is written speaks of files that a power loss does not take, and what its item
    has found is as safe.
    """

    def __init__(
        self,
        log: OutcomeLog,
        counts: Counts,
        made: Made,
        growth: Growing,
        tallies: Mapping[int, Tally],
        spends: Spends,
    ) -> None:
        """`tallies` are what of the counts an item that is done again takes back as it ends."""
        self._log = log
        self._artifacts = made
        self._growth = growth
        self._spends = spends
        # Written by `add`, on behalf of the runner's tasks.
        self._ok = counts.ok
        self._failed = counts.failed
        self._skipped = counts.skipped
        self._found = counts.found
        self._made = counts.made
        self._former = dict(tallies)
        self._buffer: list[OutcomeRecord] = []
        # Written by `write` and `sync`.
        self._writing = 0
        self._unsynced = 0
        self.written = counts
        self.synced = counts

    @property
    def counts(self) -> Counts:
        total, found, made = self._growth.total, self._found, self._made
        spend = self._spends.whole
        return Counts(total, self._ok, self._failed, self._skipped, found, made, spend)

    @property
    def buffered(self) -> int:
        return len(self._buffer)

    @property
    def unwritten(self) -> int:
        """Lines that a kill of the server would lose: their items would run again."""
        return self._writing + len(self._buffer)

    @property
    def unsynced(self) -> int:
        return self._unsynced

    @property
    def waiting(self) -> bool:
        """There is something to write: outcomes, or what items that are still at work have made,
        found and spent."""
        left = self._artifacts.waiting or self._growth.waiting or self._spends.waiting
        return bool(self._buffer) or left

    @property
    def clean(self) -> bool:
        """Everything that was added is synced."""
        return not self._buffer and not self._unsynced and not self._spends.waiting

    def add(self, record: OutcomeRecord) -> None:
        if record.status is OutcomeStatus.LOST:
            # What was paid before this death forgives none but those before it: whoever reads the
            # file has to find the two in their order.
            self._buffer += self._spends.line_of(record.index)
        record = self._spends.closed(record)
        self._buffer.append(record)
        status = record.status
        if status is not OutcomeStatus.LOST:
            self._tally(record)
        if status is OutcomeStatus.OK:
            self._ok += 1
        elif status is OutcomeStatus.SKIPPED:
            self._skipped += 1
        elif status is not OutcomeStatus.LOST:
            self._failed += 1

    def _tally(self, record: OutcomeRecord) -> None:
        former = self._former.pop(record.index, NO_TALLY) if self._former else NO_TALLY
        tally = NO_TALLY if record.tally is UNSET else record.tally
        self._found += tally.found - former.found
        self._made += tally.made - former.made

    async def write(self) -> None:
        """Append what is buffered, behind the files and the items it speaks of. Raises
        StorageError; then it is still buffered."""
        batch, counts = [*self._buffer, *self._spends.lines()], self.counts
        self._writing = len(self._buffer)
        self._buffer = []
        try:
            await self._artifacts.sync()
            await self._growth.sync()
            if batch:
                await self._log.append(batch)
        except BaseException:
            self._buffer = batch + self._buffer
            raise
        finally:
            self._writing = 0
        self._unsynced += len(batch)
        self.written = replace(counts, total=self._growth.total)

    async def sync(self) -> None:
        """Make everything durable that was added before the call. Raises StorageError."""
        if self.waiting:
            await self.write()
        covered, counts = self._unsynced, self.written
        await self._log.sync()
        self._unsynced -= covered
        self.synced = counts
