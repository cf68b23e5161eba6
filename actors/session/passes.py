"""The passes of a desk's schedules: the alarm for the next, and the files of those that are due.

Owned by the session. Files are brought by child tasks, so that they delay no command; a pass whose
files are there comes back as a fact. Until that is saved nothing has happened, and it is due again.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from math import inf

import trio

from actors.alarms import Alarms
from actors.house import House
from actors.messages import PassDue, PassStaged
from actors.ports import DeskKey
from actors.rules.passes import DAMAGED, LIMIT, DuePass, next_due
from actors.session.mailbox import Mailbox
from state.errors import DeskTooLarge, JobFilesMissing, QuotaReached, StorageError
from state.model import DeskState

# After a failure of the disk, how long until a pass is tried again.
RETRY_S = 5.0
# Less is no time to wait: the wall clock's numbers are too coarse to tell when it is over.
TICK_S = 0.001


class Passes:
    """Every attribute is written by the session's task; the child tasks that bring files end their
    part of `_bringing`, and write when to try again."""

    def __init__(self, desk: DeskKey, house: House, mailbox: Mailbox, alarms: Alarms) -> None:
        self._desk = desk
        self._house = house
        self._mailbox = mailbox
        self._alarms = alarms
        # The schedules whose next pass is being brought, or is there and not decided yet.
        self._bringing: set[str] = set()
        # Schedules whose files the disk did not take: when to try again (`trio.current_time`).
        self._retry_at: dict[str, float] = {}

    @property
    def busy(self) -> bool:
        """The desk must stay in memory."""
        return bool(self._bringing)

    def due_at(self, state: DeskState) -> float | None:
        """When there is something to do, on the wall clock; None where no pass is waited for."""
        due = [
            max(at, self._house.now() + self._pause_s(job_id))
            for job_id, at in next_due(state)
            if job_id not in self._bringing
        ]
        return min(due, default=None)

    def _pause_s(self, job_id: str) -> float:
        """How long to wait after a failure of the disk."""
        left_s = self._retry_at.get(job_id, -inf) - trio.current_time()
        return left_s if left_s > TICK_S else -inf

    def set_alarm(self, state: DeskState) -> None:
        """Be woken for the next pass."""
        due = self.due_at(state)
        if due is None or self._mailbox.closed:
            self.stop()
        else:
            ring = partial(self._mailbox.report, PassDue())
            self._alarms.set_by_wall(("pass", self._desk), due, ring)

    def stop(self) -> None:
        """Wait for none any more."""
        self._alarms.cancel(("pass", self._desk))

    # -------------------------------------------------------------------- bringing the files

    def bring(self, due: Iterable[DuePass], tasks: trio.Nursery) -> None:
        """Have the files of these passes made, where that is not under way."""
        for found in due:
            if found.parent in self._bringing or self._pause_s(found.parent) > 0:
                continue
            self._retry_at.pop(found.parent, None)
            self._bringing.add(found.parent)
            tasks.start_soon(self._bring, found)

    async def _bring(self, due: DuePass) -> None:
        skipped = None
        try:
            await self._house.store.copy_inputs(self._desk, due.parent, due.job_id)
        except (QuotaReached, DeskTooLarge):
            # There is room again when jobs are deleted, and that may be long.
            skipped = LIMIT
        except JobFilesMissing as error:
            self._warn("the items of a schedule are damaged", due, error)
            skipped = DAMAGED
        except StorageError as error:
            self._warn("a pass waits for the disk", due, error)
            self._retry_at[due.parent] = trio.current_time() + RETRY_S
            self._bringing.discard(due.parent)
            self._mailbox.report(PassDue())
            return
        self._mailbox.report(PassStaged(due.parent, due.slot_at, skipped))

    def decided(self, parents: Iterable[str]) -> None:
        """The passes that were brought for these schedules are saved, run or passed over."""
        self._bringing.difference_update(parents)

    def _warn(self, event: str, due: DuePass, error: Exception) -> None:
        desk = self._desk[:8]
        self._house.log.warning(event, desk=desk, job=due.parent, error=str(error))
