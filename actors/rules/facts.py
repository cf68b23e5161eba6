"""What the facts that runners, alarms and the boot report do to a desk, as pure functions.

Called by the session. A fact is never refused: it has happened. One about a job that is gone or has
been started anew since changes nothing.
"""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from actors.messages import JobDamaged, JobEnded, JobProgressed, JobStalled, JobWentOn
from actors.rules.change import Change, Moment, move, put
from actors.rules.spending import spent_today
from state.model import QUOTA, STORAGE, Counts, Damage, DeskState, Job, JobStatus

BootPolicy = Literal["resume", "paused"]


def ended(state: DeskState, fact: JobEnded, moment: Moment, *, stopping: bool) -> Change:
    """A runner is over. Its counts hold in any status; the status changes only where the job was
    meant to run on."""
    job = state.jobs.get(fact.job_id)
    if job is None or job.run != fact.run:
        return Change(state)
    # A runner that crashed, or could not sync its file, does not know what of it will be there.
    unsure = fact.how in ("storage", "crashed")
    if job.counts != fact.counts or job.lagging:
        lagging = job.lagging and unsure
        state = spent_today(state, job.counts.spend, fact.counts.spend, moment.now)
        job = replace(job, counts=fact.counts, lagging=lagging, revision=moment.revision)
        state = put(state, job)
    if job.status is not JobStatus.RUNNING:
        return Change(state)
    if fact.how == "finished":
        status = verdict(job.counts)
        return move(state, job, status, moment, ended_at=moment.now, error=fact.error)
    if fact.how in ("broken", "crashed"):
        end = {"ended_at": moment.now, "error": fact.error, "lagging": unsure}
        return move(state, job, JobStatus.FAILED, moment, **end)
    if stopping:
        return move(state, job, JobStatus.QUEUED, moment, reason="shutdown")
    return move(state, job, JobStatus.QUEUED, moment, reason=_interruption(fact))


def _interruption(fact: JobEnded) -> str:
    return STORAGE if fact.how == "storage" else "restart"


def verdict(counts: Counts) -> JobStatus:
    """How a job ended all of whose items have ended, or that stopped at the first that failed."""
    if counts.failed == 0:
        return JobStatus.COMPLETED
    return JobStatus.FAILED if counts.ok == 0 else JobStatus.PARTIALLY_COMPLETED


def progressed(state: DeskState, news: JobProgressed, moment: Moment) -> DeskState:
    """What of a runner's soft progress is kept: counts whose outcomes are synced, and how far the
    items at work are. A job that was paused or has ended has none, whatever is still in flight."""
    job = state.jobs.get(news.job_id)
    if job is None or job.run != news.run:
        return state
    counts = job.counts if news.synced is None else news.synced
    working = news.live.working if job.status is JobStatus.RUNNING else ()
    if (counts, working) == (job.counts, job.working):
        return state
    state = spent_today(state, job.counts.spend, counts.spend, moment.now)
    job = replace(job, counts=counts, working=working, revision=moment.revision)
    return put(state, job)


def stalled(state: DeskState, fact: JobStalled, moment: Moment) -> Change:
    """The job's files cannot be written: it waits, visibly, and keeps its place in the lane."""
    job = state.jobs.get(fact.job_id)
    if job is None or job.run != fact.run or job.status is not JobStatus.RUNNING:
        return Change(state)
    return move(state, job, JobStatus.PAUSED, moment, reason=QUOTA if fact.by_quota else STORAGE)


def went_on(state: DeskState, fact: JobWentOn, moment: Moment) -> Change:
    """The job's files can be written again; a user's pause since then stands."""
    job = state.jobs.get(fact.job_id)
    if job is None or job.run != fact.run or not waits_for_storage(job):
        return Change(state)
    return move(state, job, JobStatus.RUNNING, moment)


def damaged(state: DeskState, fact: JobDamaged, moment: Moment) -> Change:
    """The file of a job's outcomes was damaged: that stays with the job, for its user to see."""
    job = state.jobs.get(fact.job_id)
    if job is None or job.run != fact.run:
        return Change(state)
    return Change(put(state, replace(with_damage(job, fact.damage), revision=moment.revision)))


def with_damage(job: Job, found: Damage) -> Job:
    """Endings are lost once and add up; a damaged line is found at every reading."""
    known = job.damage or Damage()
    added = Damage(known.endings + found.endings, max(known.lines, found.lines))
    return replace(job, damage=added)


def waits_for_storage(job: Job) -> bool:
    """For a disk that takes its files again, or for room on it."""
    return job.status is JobStatus.PAUSED and job.reason in (STORAGE, QUOTA)


def was_at_work(job: Job) -> bool:
    """Of a desk as it was read: a life before this one ran it, and ended without a word."""
    return job.status is JobStatus.RUNNING or waits_for_storage(job)


def opened(state: DeskState, moment: Moment, policy: BootPolicy, *, restart: bool) -> Change:
    """Nothing runs after a load: interrupted jobs go back to their queue, or wait for the user.

    The policy is about a server that starts; a desk whose actor died alone goes on by itself.
    """
    change = Change(state)
    for job in state.jobs.values():
        change = change.then(_reopened(change.state, job, moment, policy, restart))
    return change


def _reopened(
    state: DeskState, job: Job, moment: Moment, policy: BootPolicy, restart: bool
) -> Change:
    interrupted = was_at_work(job)
    waits = job.status in (JobStatus.QUEUED, JobStatus.SCHEDULED)
    if policy == "paused" and not restart and (interrupted or waits):
        if job.status is JobStatus.PAUSED:
            return Change(put(state, replace(job, reason="boot", revision=moment.revision)))
        return move(state, job, JobStatus.PAUSED, moment, reason="boot", next_pass=None)
    if interrupted:
        reason = "restart" if restart else "crash"
        return move(state, job, JobStatus.QUEUED, moment, reason=reason)
    return Change(state)
