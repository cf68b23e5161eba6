"""The durability receipt: what of a shown desk is on disk. Made by the session for what it shows.

Status, jobs and answers are saved before they are shown; endings of items are shown first, and
counted in the desk's file within seconds. The receipt says how far that has come.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from actors.messages import JobView, Receipt
from state.model import DeskState


class OnDisk(Struct, frozen=True):
    """What the desk's file holds, when it was saved (on the wall clock), and whether later saves
    fail."""

    state: DeskState
    at: float
    failing: bool = False

    def receipt(self, shown: Mapping[str, JobView]) -> Receipt:
        """What may be said of a desk that shows these jobs."""
        unsaved = sum(map(self._unsaved, shown.values()))
        return Receipt(self.state.revision, self.at, unsaved, self.failing)

    def _unsaved(self, view: JobView) -> int:
        kept = self.state.jobs[view.job.id].counts
        return 0 if view.counts is kept else max(0, view.counts.done - kept.done)
