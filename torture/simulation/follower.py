"""A subscriber's view of one desk: does what it is shown hang together?

Used by the watcher, which sees every snapshot, and by subscribers that see only some of them. What
happened between two snapshots must be told by the transitions, unless the desk says that it is not.
"""

from __future__ import annotations

from actors.messages import Published, Transition
from state.model import ALLOWED, TERMINAL, JobStatus
from torture.simulation.trace import Trace

# A start or a retry.
BEGINS = frozenset({JobStatus.PENDING, JobStatus.SCHEDULED}) | TERMINAL


class Follower:
    """Written by its one owner through `see`."""

    def __init__(self, who: str, trace: Trace) -> None:
        self._who = who
        self._trace = trace
        self._last: Published | None = None
        self._statuses: dict[str, JobStatus] = {}
        self._runs: dict[str, int] = {}

    def see(self, published: Published) -> None:
        """Check the next snapshot against what was known before it."""
        last, self._last = self._last, published
        if last is published:
            return
        if last is not None:
            self._compare(last, published)
        if last is not None and published.complete_since <= last.revision:
            self._apply(published, last.revision)
        for job_id, view in published.jobs.items():
            if view.job.run < self._runs.get(job_id, 0):
                self._broken(f"{job_id} went back to run {view.job.run}")
            self._runs[job_id] = view.job.run
        self._statuses = {job_id: view.job.status for job_id, view in published.jobs.items()}

    def _compare(self, last: Published, published: Published) -> None:
        """A server that is killed before a desk's first save has a successor which shows it again
        as it was read: the same, but that a recount may know more of it."""
        if published.revision < last.revision:
            self._broken(f"revision {published.revision} was shown after {last.revision}")
        if published.revision == last.revision and _plain(published) != _plain(last):
            self._broken(f"revision {last.revision} was shown twice, and not the same")

    def _apply(self, published: Published, since: int) -> None:
        runs = dict(self._runs)
        for step in published.transitions:
            if step.revision > since:
                self._step(step, runs)
        shown = {job_id: view.job.status for job_id, view in published.jobs.items()}
        if shown != self._statuses:
            self._broken(f"the transitions lead to {self._statuses}, but {shown} is shown")
        for job_id, view in published.jobs.items():
            if view.job.run != runs.get(job_id, 0):
                self._broken(f"{job_id} is in run {view.job.run}, its starts say {runs[job_id]}")

    def _step(self, step: Transition, runs: dict[str, int]) -> None:
        job_id, old, new = step.job_id, step.old, step.new
        if self._statuses.get(job_id) is not old:
            self._broken(f"{job_id} was {self._statuses.get(job_id)}, not {old} before {new}")
        if new is None:
            self._statuses.pop(job_id, None)
            return
        if old is None and new is not JobStatus.PENDING:
            self._broken(f"{job_id} begins as {new}")
        if old is not None and new not in ALLOWED[old]:
            self._broken(f"{job_id} went from {old} to {new}")
        if new is JobStatus.QUEUED and old in BEGINS:
            runs[job_id] = runs.get(job_id, 0) + 1
        self._statuses[job_id] = new

    def _broken(self, what: str) -> None:
        self._trace.broken(f"{self._who}: {what}")


def _plain(published: Published) -> dict[str, tuple[JobStatus, int, str | None]]:
    jobs = {job_id: view.job for job_id, view in published.jobs.items()}
    return {job_id: (job.status, job.run, job.reason) for job_id, job in jobs.items()}
