"""A desk's trail: what goes to its audit log, and when.

Owned by the session. Lines of what was carried out are appended by the save that makes it true;
those of refusals and reads follow within moments, alone or with the next save. All are synced once
a second at most. A log that cannot be written holds nobody up: its losses are counted.
"""

from __future__ import annotations

from collections.abc import Sequence

import trio
from msgspec.structs import replace

from actors.caller import SYSTEM, job_of, what_of
from actors.house import House
from actors.messages import Reply
from actors.ports import DeskKey
from actors.session.notes import NEVER, Notes
from actors.session.turn import Turn
from state.audit import AuditLine, utc_ms
from state.errors import JobFilesMissing, StorageError

# How long refusals and reads may wait in memory.
FLUSH_S = 0.25
# How long what was appended may be lost to a power failure.
SYNC_S = 1.0


def lines_of(turn: Turn) -> list[AuditLine]:
    """What a turn does once it is saved: the commands it carries out, and what is done unasked."""
    at, revision = utc_ms(turn.moment.now), turn.moment.revision
    acts = [
        (answer.letter.by, what_of(answer.letter.command), job_of(answer.letter.command))
        for answer in turn.answers
        if isinstance(answer.reply, Reply) and not answer.reply.replayed
    ]
    acts += [(SYSTEM, what, job_id) for what, job_id in turn.own_acts]
    return [
        AuditLine(
            at=at,
            who=by.who,
            means=by.means,
            what=what,
            job=job_id,
            origin=by.origin,
            revision=revision,
        )
        for by, what, job_id in acts
    ]


class Trail:
    """Every attribute is written by the task of the session."""

    def __init__(self, desk: DeskKey, house: House, notes: Notes) -> None:
        self._desk = desk
        self._store = house.store
        self._log = house.log
        self._notes = notes
        # Notes that a failed save gave back, lines that could not be written and are not told yet,
        # and whether the log knows that they cannot.
        self._back: list[AuditLine] = []
        self._lost = 0
        self._failing = False
        # Since when there is something to sync.
        self._unsynced_since: float | None = None

    @property
    def due(self) -> float:
        """When to call `keep` though nothing is saved; never, where nothing is new."""
        waiting = NEVER if self._notes.since is None else self._notes.since + FLUSH_S
        synced = NEVER if self._unsynced_since is None else self._unsynced_since + SYNC_S
        return min(0.0 if self._back else NEVER, waiting, synced, self._notes.due)

    def take(self, done: Sequence[AuditLine], *, closing: bool = False) -> list[AuditLine]:
        """All that is to be written now, the notes before what was done with this save; the first
        line tells what was lost before it."""
        notes = self._back + self._notes.take(closing=closing)
        self._back = []
        lines = [*notes, *done]
        if lines and self._lost:
            lines[0] = replace(lines[0], lost=self._lost)
        return lines

    def give_back(self, lines: Sequence[AuditLine]) -> None:
        """The save that was to take these along failed before it did."""
        self._back = [replace(line, lost=0) for line in lines]

    def settle(self, lines: Sequence[AuditLine], error: Exception | None) -> None:
        """They were written, or not."""
        if not lines:
            return
        if error is None:
            self._lost, self._failing = 0, False
            if self._unsynced_since is None:
                self._unsynced_since = trio.current_time()
            return
        self._lost += len(lines)
        if not self._failing:
            self._failing = True
            self._warn("the audit log of a desk is not written", error)

    async def keep(self, *, closing: bool = False) -> None:
        """Write and sync what is due; all, when `closing`."""
        now = trio.current_time()
        if not closing and now < self.due:
            return
        lines = self.take((), closing=closing)
        if lines:
            await self._append(lines)
        since = self._unsynced_since
        if since is not None and (closing or now >= since + SYNC_S):
            await self._sync()

    async def _append(self, lines: Sequence[AuditLine]) -> None:
        try:
            await self._store.append_audit(self._desk, lines)
        except StorageError as error:
            self.settle(lines, error)
        else:
            self.settle(lines, None)

    async def _sync(self) -> None:
        """Once: after a failure the kernel may have dropped what it could not write, and would
        report success for nothing."""
        self._unsynced_since = None
        try:
            await self._store.sync_audit(self._desk)
        except (StorageError, JobFilesMissing) as error:
            self._warn("the audit log of a desk is not synced", error)

    def _warn(self, event: str, error: Exception) -> None:
        self._log.warning(event, desk=self._desk[:8], error=str(error))
