"""The promises about desks, checked whenever something is saved, shown or answered.

Called by the disk (`saving`, `durable`), by the watcher (`shown`) and by the clients (`answered`).
It knows what is durable from the disk itself, never from the server.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from actors.messages import JobView, Published, Reply
from state.memory_jobs import MemoryJob
from state.model import TERMINAL, DeskState, Job, JobStatus
from state.views import DeskKey
from torture.simulation.counting import exceeds, recount, well_formed
from torture.simulation.follower import Follower
from torture.simulation.lanes import lane_faults
from torture.simulation.money import ledger_faults
from torture.simulation.scenario import Scenario
from torture.simulation.trace import Trace
from torture.simulation.wishes import Wish, Wishes

Files = Callable[[DeskKey, str], MemoryJob | None]


class Known:
    """What is known of one desk. Written by `Promises`."""

    def __init__(self, desk: DeskKey, trace: Trace) -> None:
        # The newest state that is durable and acknowledged, and all there have been, by revision.
        self.durable: DeskState | None = None
        self.history: dict[int, DeskState] = {}
        # How the runs of jobs ended, by (job, run): an end is for ever.
        self.ends: dict[tuple[str, int], JobStatus] = {}
        # What they are called, gone ones too: one that is made once more has the name of the first.
        self.names: dict[str, str] = {}
        self.shown: Published | None = None
        self.follower = Follower(f"desk {desk[:4]}", trace)


class Promises:
    """One for a simulation; outlives every run of the server."""

    def __init__(
        self, scenario: Scenario, trace: Trace, wishes: Wishes, now: Callable[[], float]
    ) -> None:
        self._scenario = scenario
        self._trace = trace
        self._wishes = wishes
        self._now = now
        self._desks: dict[DeskKey, Known] = {}

    def of(self, desk: DeskKey) -> Known:
        if desk not in self._desks:
            self._desks[desk] = Known(desk, self._trace)
        return self._desks[desk]

    # ------------------------------------------------------------------------- on the disk

    def saving(self, desk: DeskKey, state: DeskState, files: Files) -> None:
        """A desk wants to save that, over what is durable."""
        before = self.of(desk).durable
        if before is None:
            return
        if state.revision <= before.revision:
            self._broken(desk, f"saves revision {state.revision} over {before.revision}")
        for job_id in before.jobs.keys() - state.jobs.keys():
            self._check_gone(desk, before.jobs[job_id])
        for job in state.jobs.values():
            old = before.jobs.get(job.id)
            if old is not job:
                self._check_job(desk, old, job, files)
        kept = {record.key for record in state.idempotency}
        if lost := {record.key for record in before.idempotency} - kept:
            self._broken(desk, f"forgets idempotency keys {lost}")
        faults = lane_faults(before, state, self._scenario.lane_width)
        for fault in (*faults, *ledger_faults(before, state)):
            self._broken(desk, fault)

    def durable(self, desk: DeskKey, state: DeskState) -> None:
        """That state survives from now on, whatever happens."""
        known = self.of(desk)
        known.durable = state
        known.history[state.revision] = state
        for job in state.jobs.values():
            known.names[job.id] = job.name
            if job.status in TERMINAL:
                known.ends[job.id, job.run] = job.status

    def _check_gone(self, desk: DeskKey, job: Job) -> None:
        deleted = bool(self._wishes.about(desk, job.id, "delete"))
        due = (job.ended_at or 0.0) + self._scenario.retention_s
        if not deleted and not (job.status in TERMINAL and due <= self._now()):
            self._broken(desk, f"{job.id} ({job.status}) vanishes though nobody deleted it")

    def _check_job(self, desk: DeskKey, old: Job | None, job: Job, files: Files) -> None:
        self._check_end(desk, job)
        at_most = self._wishes.runs(desk, job.id)[1]
        if job.run > at_most:
            self._broken(desk, f"{job.id} is in run {job.run}, asked for were {at_most}")
        if old is not None and job.run < old.run:
            self._broken(desk, f"{job.id} goes from run {old.run} to {job.run}")
        if old is not None and job.counts.total != old.counts.total:
            self._broken(desk, f"{job.id} has {job.counts.total} items, not {old.counts.total}")
        kept = files(desk, job.id)
        if kept is None:
            return
        synced = recount(kept, job.run, kept.synced, former_finale=True)
        if exceeds(job.counts, synced):
            self._broken(desk, f"{job.id} saves {job.counts}, synced are {synced}")

    def _check_end(self, desk: DeskKey, job: Job) -> None:
        end = self.of(desk).ends.get((job.id, job.run), job.status)
        if job.status is not end:
            self._broken(desk, f"{job.id} is {job.status} after its run {job.run} was {end}")
        if fault := well_formed(job):
            self._broken(desk, f"{job.id}: {fault}")

    # --------------------------------------------------------------------- before everybody

    def shown(self, desk: DeskKey, published: Published, files: Files) -> None:
        """A snapshot was published: nothing in it may be lost any more."""
        known = self.of(desk)
        known.follower.see(published)
        if known.durable is None:
            self._broken(desk, "is shown before it was ever saved")
            return
        if published.jobs.keys() != known.durable.jobs.keys():
            self._broken(desk, f"shows {[*published.jobs]}, durable are {[*known.durable.jobs]}")
        before = {} if known.shown is None else known.shown.jobs
        known.shown = published
        for job_id, view in published.jobs.items():
            if view is not before.get(job_id) and job_id in known.durable.jobs:
                self._check_view(desk, view, known.durable.jobs[job_id], files)

    def _check_view(self, desk: DeskKey, view: JobView, durable: Job, files: Files) -> None:
        job = view.job
        shown = (job.status, job.run, job.reason, job.error)
        kept = (durable.status, durable.run, durable.reason, durable.error)
        if shown != kept:
            self._broken(desk, f"{job.id} is shown as {shown}, durable is {kept}")
        written = files(desk, job.id)
        if written is not None:
            counted = recount(written, job.run, len(written.lines), former_finale=True)
            if exceeds(view.counts, counted):
                self._broken(desk, f"{job.id} shows {view.counts}, written are {counted}")

    # ------------------------------------------------------------------------- to a client

    def answered(self, wish: Wish, reply: Reply, *, first: bool) -> None:
        """A client was told that its wish is done. `first`: it had not asked before."""
        desk = wish.desk
        state = self.of(desk).history.get(reply.revision)
        if state is None:
            self._broken(desk, f"{wish} is acknowledged at {reply.revision}, never durable")
            return
        if reply.replayed and first:
            self._broken(desk, f"{wish} is answered as a repetition, it is none")
        if wish.answer is not None and _said(reply) != _said(wish.answer):
            self._broken(desk, f"{wish} is answered {_said(reply)}, was {_said(wish.answer)}")
        if reply.job is None:
            if wish.job_id in state.jobs:
                self._broken(desk, f"{wish} is acknowledged, but it is there")
            return
        # Of the commands that share a save, a later one may have deleted or restarted the job.
        job = state.jobs.get(reply.job.job.id)
        deleted = bool(self._wishes.about(desk, reply.job.job.id, "delete"))
        if (job is None and not deleted) or (job is not None and job.run < reply.job.job.run):
            self._broken(desk, f"{wish} is acknowledged, durable is {job}")
        if reply.job.job.status is not _wanted(wish):
            self._broken(desk, f"{wish} is answered with {reply.job.job.status}")

    def _broken(self, desk: DeskKey, what: str) -> None:
        self._trace.broken(f"desk {desk[:4]}: {what}")


def _said(reply: Reply) -> tuple[object, ...]:
    """What a repetition of a command must be told again."""
    if reply.job is None:
        return (reply.revision,)
    job = reply.job.job
    ended = (job.counts, job.started_at, job.ended_at, job.error)
    return (reply.revision, job.id, job.status, job.run, job.reason, *ended)


def _wanted(wish: Wish) -> JobStatus:
    match wish.verb:
        case "create":
            return JobStatus.QUEUED if wish.starts else JobStatus.PENDING
        case "repeat" | "start" | "retry" | "resume":
            return JobStatus.QUEUED
        case "pause":
            return JobStatus.PAUSED
        case "cancel":
            return JobStatus.CANCELLED
        case "delete":
            raise AssertionError("the answer to a delete names no job")
        case _:
            assert_never(wish.verb)
