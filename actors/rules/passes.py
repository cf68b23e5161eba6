"""What becomes of jobs with a schedule when their passes are due, as pure functions.

A pass makes a job of the schedule's items, which runs like any other. That the job is made, paid
for and written down, and that the schedule goes on to its next pass, is one change of the state:
it is saved whole or not at all, so that a pass is run once or passed over once, whatever dies.
Called by `actors.rules.jobs` for the commands and by the session's turns for what is due.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from actors.errors import InsufficientTokens, InvalidSpec
from actors.messages import PassStaged, Transition
from actors.rules import ledger
from actors.rules.change import Change, Limits, Moment, move, put
from actors.rules.schedule import is_known, latest_due, next_passes
from state.model import TERMINAL, Counts, DeskState, Job, JobStatus
from state.schedules import Pass, PassRecord

# A pass that begins no later than this is on time, even where its window has closed meanwhile.
LATE_S = 60.0
# How many passes that were due a job tells of.
KEPT_PASSES = 100
# How long the job of a pass is kept once it has ended, where the server keeps jobs that long.
RETENTION_S = 7 * 24 * 3600.0
# The name of a pass is cut to that: it is the schedule's with a date behind.
MAX_NAME_CHARS = 200

# Why a pass was passed over.
BUSY, DAMAGED, LIMIT, MISSED, TOKENS = "busy", "damaged", "limit", "missed", "tokens"

_UNKNOWN = "its time zone or its country is not known here"


class DuePass(Struct, frozen=True):
    """A pass to be run now, as soon as the job that it makes has its files."""

    parent: str
    slot_at: float

    @property
    def job_id(self) -> str:
        """The same for the same pass, so that it can be made but once."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.parent}:{self.slot_at:.0f}"))


# ----------------------------------------------------------------------- for the commands


def wait(state: DeskState, job: Job, moment: Moment, *, run: int) -> Change:
    """Have the job wait for the next of its passes that has not been due yet. Raises InvalidSpec
    where there is none."""
    following = _following(state, job, moment.now, moment)
    if following is None:
        assert job.schedule is not None
        known = is_known(job.schedule, moment.calendar)
        reason = "no pass falls due within a year" if known else _UNKNOWN
        wrong = [{"index": None, "field": "schedule", "reason": reason}]
        raise InvalidSpec(f"the schedule never opens: {reason}", errors=wrong, error_count=1)
    started_at = moment.now if job.started_at is None else job.started_at
    return move(
        state,
        job,
        JobStatus.SCHEDULED,
        moment,
        run=run,
        next_pass=following,
        started_at=started_at,
    )


def _following(state: DeskState, job: Job, after: float, moment: Moment) -> Pass | None:
    """The first pass after that time. None of those that a clock which was set back comes by a
    second time."""
    assert job.schedule is not None
    had = {record.slot_at for record in job.passes if record.skipped != MISSED}
    many = len(had) + 1
    for found in next_passes(job.schedule, job.id, after, many, moment.calendar):
        if found.slot_at not in had and DuePass(job.id, found.slot_at).job_id not in state.jobs:
            return found
    return None


# ------------------------------------------------------------------------- what is due


def next_due(state: DeskState) -> Iterator[tuple[str, float]]:
    """The jobs that wait for a pass, and when it is due."""
    for job in state.jobs.values():
        awaited = _awaited(job)
        if awaited is not None:
            yield job.id, awaited.due_at


def settle(
    state: DeskState, moment: Moment, limits: Limits
) -> tuple[DeskState, tuple[DuePass, ...]]:
    """Pass over what is due and cannot be run; and the passes that can, which are only run once
    their files are there. Of several that one schedule has missed the newest is, if its window is
    still open."""
    runnable: list[DuePass] = []
    for job in state.jobs.values():
        awaited = _awaited(job)
        if awaited is None or moment.now < awaited.due_at:
            continue
        if job.schedule is None or not is_known(job.schedule, moment.calendar):
            state = _passed_over(state, job, awaited.slot_at, DAMAGED, moment)
            continue
        slot_at, in_time = _newest(job, moment)
        if not in_time:
            # The newest is over too: all of them are told of in one.
            state = _gone_on(state, job, slot_at, (_missed(job, moment),), moment)
        elif reason := _hindrance(state, job, moment, limits):
            state = _passed_over(state, job, slot_at, reason, moment)
        else:
            runnable.append(DuePass(job.id, slot_at))
    return state, tuple(runnable)


def made(
    state: DeskState, fact: PassStaged, moment: Moment, limits: Limits, retention_s: float
) -> Change:
    """The files of a pass are there: its job is made, paid for and queued; or it is passed over.
    Nothing, where its schedule does not wait for it any more. `retention_s` is the server's."""
    job = state.jobs.get(fact.parent)
    due = DuePass(fact.parent, fact.slot_at)
    awaited = None if job is None else _awaited(job)
    if job is None or awaited is None or awaited.slot_at > due.slot_at:
        return Change(state)
    reason = fact.skipped or _hindrance(state, job, moment, limits)
    if reason:
        return Change(_passed_over(state, job, due.slot_at, reason, moment))
    return _with_job(state, job, due, moment, limits, min(RETENTION_S, retention_s))


def _awaited(job: Job) -> Pass | None:
    """The pass that the job waits for."""
    return job.next_pass if job.status is JobStatus.SCHEDULED else None


def _newest(job: Job, moment: Moment) -> tuple[float, bool]:
    """The slot of the newest pass that is due, and whether there is time for it."""
    assert job.schedule is not None
    assert job.next_pass is not None
    found = latest_due(job.schedule, job.id, moment.now, moment.calendar)
    if found is None or found[0].slot_at < job.next_pass.slot_at:
        # The rules of its zone were changed after it was set, or years went by.
        return job.next_pass.slot_at, moment.now <= job.next_pass.due_at + LATE_S
    newest, end_at = found
    return newest.slot_at, moment.now < end_at or moment.now <= newest.due_at + LATE_S


def _hindrance(state: DeskState, job: Job, moment: Moment, limits: Limits) -> str:
    """Why a pass of the job cannot be run now; empty where it can."""
    if any(
        other.parent == job.id and other.status not in TERMINAL for other in state.jobs.values()
    ):
        return BUSY
    if len(state.jobs) >= limits.max_jobs:
        return LIMIT
    try:
        ledger.check(state, job.price_tokens, job.feature, moment, limits)
    except InsufficientTokens:
        return TOKENS
    return ""


def _with_job(
    state: DeskState, job: Job, due: DuePass, moment: Moment, limits: Limits, retention_s: float
) -> Change:
    child = _child(state, job, due, moment, retention_s)
    price = job.price_tokens
    paid = ledger.charge(
        state, f"{child.id}:1", price, job.feature, job.name, child.id, moment, limits
    )
    job = replace(job, spent_tokens=job.spent_tokens + price)
    record = PassRecord(due.slot_at, moment.now, job_id=child.id)
    gone_on = _gone_on(paid, job, due.slot_at, (*_older(job, due, moment), record), moment)
    step = Transition(moment.revision, child.id, None, child.status, moment.now)
    state = replace(put(gone_on, child), next_arrival=gone_on.next_arrival + 1)
    return Change(state, (step,)).then(move(state, child, JobStatus.QUEUED, moment, run=1))


def _child(state: DeskState, job: Job, due: DuePass, moment: Moment, retention_s: float) -> Job:
    return Job(
        id=due.job_id,
        kind=job.kind,
        name=_name_of(job, due.slot_at),
        lane=job.lane,
        priority=job.priority,
        arrival=state.next_arrival,
        counts=Counts(total=job.counts.total),
        concurrency=job.concurrency,
        retries=job.retries,
        spec=job.spec,
        price_tokens=job.price_tokens,
        spent_tokens=job.price_tokens,
        feature=job.feature,
        assets=job.assets,
        grows_to=job.grows_to,
        given=job.given,
        finale=job.finale,
        product=job.product,
        cap=job.cap,
        paces=job.paces,
        parent=job.id,
        retention_s=retention_s,
        created_at=moment.now,
        revision=moment.revision,
    )


def _name_of(job: Job, slot_at: float) -> str:
    """The schedule's, and which pass of it: by the clock that the schedule goes by."""
    assert job.schedule is not None
    local = datetime.fromtimestamp(slot_at, UTC).astimezone(ZoneInfo(job.schedule.timezone))
    when = f" · {local:%Y-%m-%d %H:%M}"
    return job.name[: MAX_NAME_CHARS - len(when)] + when


def _passed_over(
    state: DeskState, job: Job, slot_at: float, reason: str, moment: Moment
) -> DeskState:
    due = DuePass(job.id, slot_at)
    record = PassRecord(slot_at, moment.now, skipped=reason)
    return _gone_on(state, job, slot_at, (*_older(job, due, moment), record), moment)


def _older(job: Job, due: DuePass, moment: Moment) -> tuple[PassRecord, ...]:
    """What is told of passes that were due before this one: they were missed."""
    assert job.next_pass is not None
    return (_missed(job, moment),) if job.next_pass.slot_at < due.slot_at else ()


def _missed(job: Job, moment: Moment) -> PassRecord:
    assert job.next_pass is not None
    return PassRecord(job.next_pass.slot_at, moment.now, skipped=MISSED)


def _gone_on(
    state: DeskState, job: Job, slot_at: float, records: tuple[PassRecord, ...], moment: Moment
) -> DeskState:
    """The schedule waits for the pass that follows the slot."""
    job = replace(job, passes=(*job.passes, *records)[-KEPT_PASSES:], revision=moment.revision)
    return put(state, replace(job, next_pass=_following(state, job, slot_at, moment)))
