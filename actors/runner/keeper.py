"""When a running job's outcomes and log lines go to disk, and what happens when they cannot.

Owned by the runner. Outcomes are appended at once (as many as arrived meanwhile) and synced seldom:
nothing counts as saved before.
"""

from __future__ import annotations

import trio

from actors.runner.line import DeskLine
from actors.runner.opened import OpenJob
from state.errors import StorageError
from state.job_events import JobEvent

# Outcomes that may be appended without a sync.
UNSYNCED = 20_000

# Outcomes that may wait to be written together, and how long a few of them do: until they are
# written, no other item begins in their place. In a rush their workers gather them.
MAX_BATCH = 64
FEW_S = 0.002

NEVER = float("inf")


class Keeper:
    """Every attribute is written by the one task that calls `turn`."""

    def __init__(self, opened: OpenJob, line: DeskLine) -> None:
        self._book = opened.book
        self._log = opened.log
        self._line = line
        self._settings = opened.house.settings
        # A quarter of what the job may have in flight waits to be written, and no more.
        self._batch = max(1, min(MAX_BATCH, opened.job.concurrency // 4))
        self._written_at = trio.current_time()
        self._unsynced_since: float | None = None

    def due(self, *, closing: bool) -> float:
        """When to call `turn` next; `closing` asks for everything at once."""
        if self._line.retry_at is not None:
            return self._line.retry_at
        if closing and not self._book.clean:
            return 0.0
        due = NEVER
        if self._book.buffered >= self._batch:
            return 0.0
        if self._book.buffered:
            due = self._written_at + min(FEW_S, self._settings.outcome_buffer_s)
        elif self._book.waiting or len(self._log):
            due = self._written_at + self._settings.outcome_buffer_s
        return min(due, self._sync_due())

    async def turn(self, *, closing: bool) -> None:
        """Write, and sync, what is due. A failing disk becomes a stall; it is tried again."""
        now = trio.current_time()
        if now < self.due(closing=closing):
            return
        try:
            await self._write(sync=closing or now >= self._sync_due())
        except StorageError as error:
            if self._line.retry_at is None:
                said = f"paused, its files cannot be written: {error}"
                event = JobEvent("waits_for_disk", reason=str(error))
                self._log.say("warning", said, event=event)
            self._line.stalled(error)
        else:
            if self._line.retry_at is not None:
                said = "goes on, its files can be written again"
                self._log.say("info", said, event=JobEvent("disk_back"))
            self._line.went_on()

    async def _write(self, *, sync: bool) -> None:
        if sync:
            await self._book.sync()
            self._unsynced_since = None
        elif self._book.waiting:
            await self._book.write()
        self._written_at = trio.current_time()
        if self._book.unsynced and self._unsynced_since is None:
            self._unsynced_since = self._written_at
        if len(self._log):
            await self._log.flush()

    def _sync_due(self) -> float:
        if self._unsynced_since is None:
            return NEVER
        if self._book.unsynced >= UNSYNCED:
            return 0.0
        return self._unsynced_since + self._settings.save_every_s
