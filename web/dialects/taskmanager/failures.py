"""Why the items of failed tasks failed: the first reason of each, read from its outcomes once.

A job whose items all failed has no error of its own; pages show one line. Used by what shows tasks.
"""

from __future__ import annotations

from collections.abc import Sequence

from actors.messages import JobView
from actors.ports import DeskKey, StoreReads
from state.errors import JobFilesMissing
from state.model import JobStatus, OutcomeStatus
from web.dialects.languages import Language
from web.dialects.taskmanager.refusals import reason_in

_KEPT = 1_000
_REASON_CHARS = 1_000

# The desk, the job, and which of its runs.
_Run = tuple[DeskKey, str, int]


class Failures:
    """One for a server."""

    def __init__(self, store: StoreReads) -> None:
        self._store = store
        # The newest of what was read, oldest first. Written by `_read`, by whichever request asks
        # first: what a run that has ended failed of changes no more.
        self._known: dict[_Run, str] = {}

    async def of(
        self, desk: DeskKey, views: Sequence[JobView], language: Language
    ) -> dict[str, str]:
        """By job, of those that have failed without a word of their own."""
        failed = [view for view in views if _is_asked(view)]
        reasons = {view.job.id: await self._reason(desk, view) for view in failed}
        return {id: reason_in(language, reason) for id, reason in reasons.items() if reason}

    async def _reason(self, desk: DeskKey, view: JobView) -> str:
        run = (desk, view.job.id, view.job.run)
        return self._known[run] if run in self._known else await self._read(run)

    async def _read(self, run: _Run) -> str:
        desk, job_id, number = run
        try:
            page = await self._store.read_outcomes(
                desk, job_id, status=OutcomeStatus.FAILED, run=number, limit=1
            )
        except JobFilesMissing as error:
            # It is shown in their place, and read again when they are back.
            return str(error)
        reason = page.records[0][0].error or "" if page.records else ""
        while len(self._known) >= _KEPT:
            del self._known[next(iter(self._known))]
        self._known[run] = reason[:_REASON_CHARS]
        return self._known[run]


def _is_asked(view: JobView) -> bool:
    job = view.job
    return job.status is JobStatus.FAILED and not job.error and view.counts.failed > 0
