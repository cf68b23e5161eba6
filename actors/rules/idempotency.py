"""The memory of a desk for requests that carry an `Idempotency-Key`.

A repetition is answered as the first request was, from the kept record and the parts of the job
that never change. Used by `actors.rules.jobs`.
"""

from __future__ import annotations

from msgspec.structs import replace

from actors.errors import IdempotencyConflict, JobGone
from actors.messages import Idempotency, JobView, Reply
from actors.rules.change import Limits, Moment
from state.model import Counts, DeskState, IdempotencyRecord, Job, JobStatus


def repeated(
    state: DeskState, idempotency: Idempotency | None, moment: Moment, limits: Limits
) -> Reply | None:
    """The first answer to this key; None where the key is new (or expired, or there is none)."""
    if idempotency is None:
        return None
    oldest = moment.now - limits.idempotency_ttl_s
    for record in state.idempotency:
        if record.key == idempotency.key and record.at > oldest:
            return _first_answer(state, record, idempotency.fingerprint)
    return None


def remember(
    state: DeskState,
    idempotency: Idempotency | None,
    answered: Job,
    moment: Moment,
    limits: Limits,
) -> DeskState:
    """Keep what is being answered; the oldest and the expired records make room."""
    if idempotency is None:
        return state
    oldest = moment.now - limits.idempotency_ttl_s
    kept = [r for r in state.idempotency if r.at > oldest and r.key != idempotency.key]
    kept.append(_record(idempotency, answered, moment))
    return replace(state, idempotency=tuple(kept[-limits.max_idempotency_keys :]))


def _record(idempotency: Idempotency, job: Job, moment: Moment) -> IdempotencyRecord:
    return IdempotencyRecord(
        key=idempotency.key,
        fingerprint=idempotency.fingerprint,
        job_id=job.id,
        status=job.status,
        revision=moment.revision,
        at=moment.now,
        run=job.run,
        reason=job.reason,
        counts=job.counts if job.counts != Counts(job.counts.total) or job.grows_to else None,
        started_at=job.started_at,
        ended_at=job.ended_at,
        error=job.error,
        spent_tokens=job.spent_tokens,
    )


def _first_answer(state: DeskState, record: IdempotencyRecord, fingerprint: str) -> Reply:
    if record.fingerprint != fingerprint:
        raise IdempotencyConflict("this Idempotency-Key was used with another request")
    job = state.jobs.get(record.job_id)
    if job is None:
        raise JobGone("the job that this request made has been deleted", job_id=record.job_id)
    then = replace(
        job,
        status=record.status,
        revision=record.revision,
        run=record.run,
        lagging=record.status is JobStatus.CANCELLED and record.run > 0,
        reason=record.reason,
        counts=record.counts or Counts(total=job.counts.total),
        started_at=record.started_at,
        ended_at=record.ended_at,
        error=record.error,
        spent_tokens=record.spent_tokens,
        working=(),  # whatever changes a status takes it out
    )
    return Reply(record.revision, JobView(then), replayed=True)
