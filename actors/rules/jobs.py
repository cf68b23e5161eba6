"""The state machine of jobs: what each command does to a desk, as a pure function.

`decide` raises one of `actors.errors` and changes nothing, or returns the new state, the changes of
status and the reply. Called by the session, which saves before it replies.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from msgspec.structs import replace

from actors.caps import CapJob
from actors.errors import InvalidStatus, LimitReached
from actors.library import LibraryCommand
from actors.messages import (
    CancelJob,
    Chosen,
    Command,
    CreateJob,
    DeleteJob,
    JobView,
    PauseJob,
    RemoveArtifacts,
    RepeatJob,
    Reply,
    ResumeJob,
    RetryJob,
    StartJob,
    Transition,
)
from actors.notices import SetWebhooks, TestWebhook
from actors.paces import PaceHost
from actors.rules import (
    idempotency,
    journeys,
    ledger,
    library,
    links,
    outbox,
    passes,
    plans,
    proxies,
    repeats,
    shares,
)
from actors.rules.change import Change, Decision, Limits, Moment, job_of, move, put
from actors.rules.room import check_room
from actors.settings import AcknowledgeRestore, RotateLink, SetEgress, SetJourneys, SetProxies
from actors.shares import ShareCommand
from actors.tokens import GrantTokens, HoldTokens, SetPlan, TokenCommand
from state.model import TERMINAL, Counts, DeskState, Job, JobStatus

JobCommand = CreateJob | StartJob | PauseJob | ResumeJob | CancelJob | RetryJob | RepeatJob

# Hosts of one job that its user has slowed.
MAX_PACED_HOSTS = 50

NOTHING_SEEN: Mapping[str, Counts] = MappingProxyType({})


def decide(
    state: DeskState,
    command: Command,
    moment: Moment,
    limits: Limits,
    seen: Mapping[str, Counts] = NOTHING_SEEN,
) -> Decision:
    """What becomes of the desk by `command`. `seen` holds the counts of running jobs that users
    have been shown; they appear in the reply and are what a retry is paid by, while the state keeps
    those that are synced."""
    if isinstance(command, DeleteJob):
        return Decision(_delete(state, command.job_id, moment), Reply(moment.revision))
    if isinstance(command, RemoveArtifacts):
        return _thinned(state, command, moment)
    if isinstance(command, CapJob):
        return _capped(state, command, moment, seen)
    if isinstance(command, PaceHost):
        return _paced(state, command, moment, seen)
    if isinstance(command, AcknowledgeRestore):
        return Decision(Change(replace(state, restored=None)), Reply(moment.revision))
    if isinstance(command, SetEgress):
        return Decision(Change(replace(state, egress=command.egress)), Reply(moment.revision))
    if isinstance(command, SetProxies):
        kept = proxies.kept(state, command, limits.max_proxies)
        return Decision(Change(kept), Reply(moment.revision))
    if isinstance(command, SetWebhooks):
        return Decision(Change(outbox.kept(state, command)), Reply(moment.revision))
    if isinstance(command, TestWebhook):
        return Decision(Change(outbox.tested(state, command, moment)), Reply(moment.revision))
    if isinstance(command, RotateLink):
        return Decision(Change(links.rotated(state, command)), Reply(moment.revision))
    if isinstance(command, ShareCommand):
        return Decision(Change(shares.decided(state, command, moment)), Reply(moment.revision))
    if isinstance(command, SetJourneys):
        return Decision(Change(journeys.kept(state, command, moment)), Reply(moment.revision))
    if isinstance(command, LibraryCommand):
        kept = library.decided(state, command, moment, limits)
        return Decision(Change(kept), Reply(moment.revision))
    if isinstance(command, TokenCommand):
        return _of_tokens(state, command, moment, limits)
    reply = idempotency.repeated(state, command.idempotency, moment, limits)
    if reply is not None:
        return Decision(Change(state), reply)
    change = _apply(state, command, moment, limits, seen)
    job = change.state.jobs[repeats.made_by(command) or command.job_id]
    before = state.jobs.get(job.id)
    if before is not None and before.run == job.run:
        answered = replace(job, counts=seen.get(job.id, job.counts))
    else:
        answered = job
    kept = idempotency.remember(change.state, command.idempotency, answered, moment, limits)
    return Decision(Change(kept, change.transitions), Reply(moment.revision, JobView(answered)))


def _of_tokens(
    state: DeskState,
    command: TokenCommand,
    moment: Moment,
    limits: Limits,
) -> Decision:
    match command:
        case GrantTokens():
            after = ledger.granted(state, command, moment, limits)
        case HoldTokens():
            after = ledger.put_aside(state, command, moment, limits)
        case SetPlan():
            after = plans.chosen(state, command, limits)
        case _:
            assert_never(command)
    # A repetition is saved too: its answer names a revision that has to be on disk.
    repeated = after is state
    after = replace(state) if repeated else after
    return Decision(Change(after), Reply(moment.revision, replayed=repeated))


def _apply(
    state: DeskState,
    command: JobCommand,
    moment: Moment,
    limits: Limits,
    seen: Mapping[str, Counts],
) -> Change:
    match command:
        case CreateJob():
            return _create(state, command, moment, limits)
        case StartJob(job_id):
            return _start(state, job_of(state, job_id), moment, limits)
        case PauseJob(job_id):
            return _pause(state, job_of(state, job_id), moment)
        case ResumeJob(job_id):
            return _resume(state, job_of(state, job_id), moment)
        case CancelJob(job_id, reason=reason):
            return _cancel(state, job_of(state, job_id), moment, reason)
        case RetryJob(job_id, chosen=chosen):
            return _retry(state, job_of(state, job_id), chosen, moment, limits, seen)
        case RepeatJob(new_id=new_id):
            made = repeats.repeated(state, command, moment, limits)
            if not command.start:
                return made
            return made.then(_start(made.state, made.state.jobs[new_id], moment, limits))
        case _:
            assert_never(command)


def _create(state: DeskState, command: CreateJob, moment: Moment, limits: Limits) -> Change:
    check_room(state, command.job_id, limits, alone_in=command.lane if command.alone else None)
    plan = command.plan
    asked = plans.Asked(
        items=max(len(plan.items), plan.grows_to),
        concurrency=plan.concurrency,
        priority=command.priority,
    )
    plans.check(state, asked, limits)
    ledger.check(state, command.plan.price_tokens, command.feature, moment, limits)
    job = Job(
        id=command.job_id,
        kind=command.kind,
        name=command.name,
        lane=command.lane,
        priority=command.priority,
        arrival=state.next_arrival,
        counts=Counts(total=len(command.plan.items)),
        concurrency=command.plan.concurrency,
        retries=command.plan.retries,
        spec=command.plan.spec,
        price_tokens=command.plan.price_tokens,
        of_journeys=command.of_journeys,
        retention_s=command.retention_s,
        feature=command.feature,
        schedule=command.schedule,
        memo=dict(command.memo),
        notify=command.notify,
        origin=command.origin,
        assets=command.assets,
        grows_to=command.plan.grows_to,
        given=len(command.plan.items) if command.plan.grows_to else 0,
        finale=command.plan.finale,
        product=command.plan.product,
        cap=command.plan.cap,
        created_at=moment.now,
        revision=moment.revision,
    )
    step = Transition(moment.revision, job.id, None, job.status, moment.now)
    after = library.used(put(state, job), command.templates)
    created = Change(replace(after, next_arrival=state.next_arrival + 1), (step,))
    if not command.start:
        return created
    return created.then(_start(created.state, job, moment, limits))


def _start(state: DeskState, job: Job, moment: Moment, limits: Limits) -> Change:
    if job.status is not JobStatus.PENDING:
        raise _refusal(job, "started")
    if job.schedule is not None:
        # Its passes are what is paid for; one at least has to be affordable.
        ledger.check(state, job.price_tokens, job.feature, moment, limits)
        return passes.wait(state, job, moment, run=job.run + 1)
    paid = _paid(state, job, job.price_tokens, moment, limits)
    return move(paid, paid.jobs[job.id], JobStatus.QUEUED, moment, run=job.run + 1)


def _paid(state: DeskState, job: Job, price: int, moment: Moment, limits: Limits) -> DeskState:
    """With the job's next start paid for: the ledger and the job change in one."""
    entry_id = f"{job.id}:{job.run + 1}"
    paid = ledger.charge(state, entry_id, price, job.feature, job.name, job.id, moment, limits)
    if paid is state:
        return state
    return put(paid, replace(job, spent_tokens=job.spent_tokens + price))


def _pause(state: DeskState, job: Job, moment: Moment) -> Change:
    if job.status is JobStatus.PAUSED and job.reason != "user":
        # It would have gone on by itself, or at the next start: now it waits for its user.
        return Change(put(state, replace(job, reason="user", revision=moment.revision)))
    if job.status not in (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.SCHEDULED):
        raise _refusal(job, "paused")
    return move(state, job, JobStatus.PAUSED, moment, reason="user", next_pass=None)


def _resume(state: DeskState, job: Job, moment: Moment) -> Change:
    if job.status is not JobStatus.PAUSED:
        raise _refusal(job, "resumed")
    if job.schedule is not None:
        return passes.wait(state, job, moment, run=job.run)
    return move(state, job, JobStatus.QUEUED, moment)


def _cancel(state: DeskState, job: Job, moment: Moment, reason: str = "") -> Change:
    if job.status in TERMINAL:
        raise _refusal(job, "cancelled")
    # Items that have ended since the last save are on disk and not yet in the counts.
    lagging = job.run > 0 and job.schedule is None
    end = {"ended_at": moment.now, "lagging": lagging, "next_pass": None, "reason": reason or None}
    return move(state, job, JobStatus.CANCELLED, moment, **end)


def _retry(
    state: DeskState,
    job: Job,
    chosen: Chosen | None,
    moment: Moment,
    limits: Limits,
    seen: Mapping[str, Counts],
) -> Change:
    counts = job.counts
    if job.status not in TERMINAL:
        raise _refusal(job, "retried")
    if job.schedule is not None:
        raise _refused(job, "schedule_ended", "a schedule that has ended is not begun again")
    # A job that failed by itself (`error`) may be asked to end properly, even with all items done.
    if counts.ok + counts.skipped == counts.total and job.error is None:
        raise _refused(job, "nothing_to_retry", "nothing to retry: no item failed or is left")
    if chosen is not None:
        _check_chosen(job, chosen)
    failed = seen.get(job.id, counts).failed
    again = failed if chosen is None else chosen.count
    price = _price_of_retry(job, again)
    paid = _paid(state, job, price, moment, limits)
    return move(
        paid,
        paid.jobs[job.id],
        JobStatus.QUEUED,
        moment,
        run=job.run + 1,
        counts=replace(counts, failed=0 if chosen is None else max(0, counts.failed - again)),
        again=None if chosen is None else chosen.where,
        lagging=False,
        ended_at=None,
        error=None,
    )


def _check_chosen(job: Job, chosen: Chosen) -> None:
    """Raises InvalidStatus where there is nothing to be done again, or no longer that."""
    if chosen.run != job.run:
        raise _refused(job, "begun_again", "the job has been begun again meanwhile")
    if chosen.count == 0:
        raise _refused(job, "nothing_to_retry", "nothing to retry: no failed item is found")


def _price_of_retry(job: Job, failed: int) -> int:
    """Of the failed items: those that were never worked on were paid at the first start. Where
    there was none, this is it."""
    if job.run == 0:
        return job.price_tokens
    return job.price_tokens * failed // max(1, job.counts.total)


def _delete(state: DeskState, job_id: str, moment: Moment) -> Change:
    job = job_of(state, job_id)
    change = Change(state) if job.status in TERMINAL else _cancel(state, job, moment)
    return change.then(forget(change.state, job_id, moment))


def forget(state: DeskState, job_id: str, moment: Moment) -> Change:
    """Take the job out of the desk."""
    jobs = dict(state.jobs)
    job = jobs.pop(job_id)
    step = Transition(moment.revision, job_id, job.status, None, moment.now)
    return Change(replace(state, jobs=jobs), (step,))


def _thinned(state: DeskState, command: RemoveArtifacts, moment: Moment) -> Decision:
    """Before its files go, whether they may; then that the job is not what it was."""
    job = job_of(state, command.job_id)
    if command.removed is None and job.status is JobStatus.RUNNING:
        raise files_in_use()
    changed = replace(job, revision=moment.revision)
    reply = Reply(moment.revision, JobView(changed), removed=command.removed or 0)
    return Decision(Change(put(state, changed)), reply)


def _capped(
    state: DeskState, command: CapJob, moment: Moment, seen: Mapping[str, Counts]
) -> Decision:
    job = replace(job_of(state, command.job_id), cap=command.cap, revision=moment.revision)
    answered = replace(job, counts=seen.get(job.id, job.counts))
    return Decision(Change(put(state, job)), Reply(moment.revision, JobView(answered)))


def _paced(
    state: DeskState, command: PaceHost, moment: Moment, seen: Mapping[str, Counts]
) -> Decision:
    """Nothing new is no change, so that it may be said again."""
    before = job_of(state, command.job_id)
    paces = {host: pace for host, pace in before.paces.items() if host != command.host}
    if command.pace is not None:
        paces[command.host] = command.pace
    if len(paces) > MAX_PACED_HOSTS:
        said = f"a job has at most {MAX_PACED_HOSTS} slowed hosts: let another go first"
        raise LimitReached(said, limit=MAX_PACED_HOSTS)
    job = replace(before, paces=paces, revision=moment.revision)
    answered = replace(job, counts=seen.get(job.id, job.counts))
    return Decision(Change(put(state, job)), Reply(moment.revision, JobView(answered)))


def files_in_use() -> InvalidStatus:
    """No file of a job goes whose run is not over, whatever its status is to become."""
    said = "the job is at work: its files can be removed afterwards"
    return InvalidStatus(said, status=JobStatus.RUNNING, cause="files_in_use")


def _refusal(job: Job, verb: str) -> InvalidStatus:
    return _refused(job, verb, f"the job is {job.status}, it cannot be {verb}")


def _refused(job: Job, cause: str, message: str) -> InvalidStatus:
    return InvalidStatus(message, status=job.status, cause=cause)
