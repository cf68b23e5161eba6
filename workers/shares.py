"""The slots of one pool, house-wide: counted here, shared out by `actors.rules.sharing`.

A slot is one item at work (for `net`: about one socket). It is free, or held by an attachment
(granted, not leased yet), or under an item in a worker. Owned by a `workers.crew.Crew`; called from
synchronous code only.
"""

from __future__ import annotations

from typing import Protocol

from actors.ports import JobBrief
from actors.rules.sharing import Sharing


class Grantee(Protocol):
    """Who can be granted slots."""

    @property
    def brief(self) -> JobBrief: ...

    def granted(self, slots: int) -> None: ...


class Shares:
    """Counts free slots and grants them to those who want some, fairly over desks."""

    def __init__(self, slots: int) -> None:
        # Written by `_share` and `withdraw` (down) and `free` (up).
        self._free = slots
        self._sharing = Sharing()
        # Who asked last under that job id; written by `want` and `forget`.
        self._grantees: dict[str, Grantee] = {}

    @property
    def free_slots(self) -> int:
        return self._free

    @property
    def wanted_slots(self) -> int:
        return self._sharing.wanted

    def want(self, grantee: Grantee, count: int) -> None:
        """The grantee could use that many more; 0 withdraws. Grants at once what is free."""
        brief = grantee.brief
        self._grantees[brief.job_id] = grantee
        self._sharing.set_want(brief.desk, brief.job_id, brief.priority, count)
        self._share()

    def forget(self, grantee: Grantee) -> None:
        """The grantee is gone: nothing is granted to it any more."""
        brief = grantee.brief
        if self._grantees.get(brief.job_id) is grantee:
            del self._grantees[brief.job_id]
            self._sharing.remove(brief.desk, brief.job_id)

    def free(self, slots: int) -> None:
        """Slots come back, or are new."""
        self._free += slots
        self._share()

    def withdraw(self, slots: int) -> None:
        """There are so many fewer from now on. Those in use are not taken back: until they are
        free, fewer than none may be."""
        self._free -= slots

    def _share(self) -> None:
        if self._free > 0:
            for job_id, slots in self._sharing.grant(self._free):
                self._free -= slots
                self._grantees[job_id].granted(slots)
