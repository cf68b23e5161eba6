"""What a desk's webhooks and the operator's targets are told, and when: the desk's outbox. Pure;
used by `actors.rules.jobs` and by the session.

A notice is put down in the save of what it tells, and stays until its receiver took it or its time
is over: it is told at least once, each time under the same id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from actors.errors import LimitReached, NotFound
from actors.messages import (
    Transition,
)
from actors.notices import NoticeTried, SetWebhooks, TestWebhook
from actors.rules.change import Change, Moment
from actors.rules.operators import Operator
from state.audit import utc_ms
from state.model import TERMINAL, DeskState, Job
from state.notices import JOB, PASS_SKIPPED, Notice, Webhook
from state.schedules import PassRecord

MAX_WEBHOOKS = 10
# Notices that may wait, for the user's webhooks and for the operator's targets each; beyond it the
# oldest is given up.
MAX_NOTICES = 200
# How long a notice is tried, and the pauses after its first tries; the last one repeats.
KEEP_S = 24 * 3600.0
PAUSES_S = (5.0, 30.0, 300.0, 1800.0, 7200.0, 18_000.0, 21_600.0)
TEST = "webhook.test"
# So much of an error is shown.
MAX_ERROR_CHARS = 200


class Told(Struct, frozen=True):
    """The desk, and the notices that were given up on the way."""

    state: DeskState
    dropped: tuple[Notice, ...] = ()


def kept(state: DeskState, command: SetWebhooks) -> DeskState:
    """The desk with those webhooks. What is known of the ones that stay, stays; what was to be
    told to the others is not told any more. Raises LimitReached."""
    if len(command.webhooks) > MAX_WEBHOOKS:
        said = f"a desk keeps at most {MAX_WEBHOOKS} webhooks"
        raise LimitReached(said, limit=MAX_WEBHOOKS)
    before = {each.id: each for each in state.webhooks}
    webhooks = tuple(_with_past(each, before.get(each.id)) for each in command.webhooks)
    ids = {each.id for each in webhooks}
    outbox = tuple(each for each in state.outbox if _stays(each, ids))
    return replace(state, webhooks=webhooks, outbox=outbox)


def _stays(notice: Notice, webhooks: Collection[str]) -> bool:
    return notice.of_operator or notice.of_job or notice.webhook in webhooks


def _with_past(webhook: Webhook, before: Webhook | None) -> Webhook:
    if before is None:
        return webhook
    return replace(webhook, last_at=before.last_at, last_error=before.last_error)


def tested(state: DeskState, command: TestWebhook, moment: Moment) -> DeskState:
    """With a notice that says nothing but that it came. Raises NotFound, LimitReached."""
    webhook = next((each for each in state.webhooks if each.id == command.webhook), None)
    if webhook is None:
        raise NotFound("there is no such webhook")
    if sum(not each.of_operator for each in state.outbox) >= MAX_NOTICES:
        raise LimitReached("too many notices are waiting already", limit=MAX_NOTICES)
    notice = _notice(webhook.id, TEST, str(moment.revision), {}, moment)
    return _put_down(state, [notice]).state


def told(before: DeskState, change: Change, moment: Moment, operator: Operator) -> Told:
    """The desk after `change`, with a notice for each webhook and event that it asked for, for each
    target of the operator's, and for the address that a job brought along."""
    notices: list[Notice] = []
    for step in change.transitions:
        notices += _of_ending(before, change.state, step, moment, operator)
    if any(PASS_SKIPPED in webhook.events for webhook in change.state.webhooks):
        for job, record in _skipped(before, change.state):
            notices += _of_pass(change.state, job, record, moment)
    return _put_down(change.state, notices) if notices else Told(change.state)


def known(state: DeskState, operator: Operator) -> Told:
    """Without what was to be told to targets that are not there any more."""
    gone = tuple(n for n in state.outbox if n.of_operator and n.webhook not in operator.targets)
    if not gone:
        return Told(state)
    outbox = tuple(notice for notice in state.outbox if notice not in gone)
    return Told(replace(state, outbox=outbox), gone)


def settled(state: DeskState, fact: NoticeTried, moment: Moment) -> Told:
    """The desk after a try: the notice is gone where it was taken, or where its time is over."""
    notice = next((each for each in state.outbox if each.id == fact.notice), None)
    if notice is None:
        return Told(state)
    error = None if fact.error is None else fact.error[:MAX_ERROR_CHARS]
    state = _with_try(state, notice.webhook, moment.now, error)
    next_at = moment.now + PAUSES_S[min(notice.attempts, len(PAUSES_S) - 1)]
    if error is None or next_at > notice.at + KEEP_S:
        outbox = tuple(each for each in state.outbox if each.id != notice.id)
        dropped = () if error is None else (notice,)
        return Told(replace(state, outbox=outbox), dropped)
    later = replace(notice, attempts=notice.attempts + 1, next_at=next_at)
    outbox = tuple(later if each.id == notice.id else each for each in state.outbox)
    return Told(replace(state, outbox=outbox))


def _with_try(state: DeskState, webhook_id: str, at: float, error: str | None) -> DeskState:
    webhooks = tuple(
        replace(each, last_at=at, last_error=error) if each.id == webhook_id else each
        for each in state.webhooks
    )
    return replace(state, webhooks=webhooks)


def waiting(
    state: DeskState, targets: Collection[str], under_way: Collection[str]
) -> Iterator[Notice]:
    """What may be told next, the first due first: one notice of each webhook, each of the
    operator's targets and each job's address, and none of those `under_way`."""
    own = {each.webhook for each in state.outbox if each.of_job}
    free = {*(each.id for each in state.webhooks), *targets, *own} - set(under_way)
    for notice in sorted(state.outbox, key=lambda each: each.next_at):
        if notice.webhook in free:
            free.remove(notice.webhook)
            yield notice


def payload(notice: Notice) -> dict[str, Any]:
    """What is told, the same at every try."""
    return {"type": notice.type, "timestamp": utc_ms(notice.at), "data": notice.data}


# ---------------------------------------------------------------------------- what is put down


def _put_down(state: DeskState, notices: list[Notice]) -> Told:
    present = {notice.id for notice in state.outbox}
    outbox = (*state.outbox, *(each for each in notices if each.id not in present))
    users = [notice for notice in outbox if not notice.of_operator]
    operators = [notice for notice in outbox if notice.of_operator]
    dropped = (*users[:-MAX_NOTICES], *operators[:-MAX_NOTICES])
    if dropped:
        outbox = tuple(notice for notice in outbox if notice not in dropped)
    return Told(replace(state, outbox=outbox), dropped)


def _of_ending(
    before: DeskState, after: DeskState, step: Transition, moment: Moment, operator: Operator
) -> Iterator[Notice]:
    if step.new is None or step.new not in TERMINAL:
        return
    # A job that was deleted while it ran is gone already.
    job = after.jobs.get(step.job_id) or before.jobs[step.job_id]
    data = _job_data(job) | {"status": step.new.value, "ended_at": utc_ms(step.at)}
    word = step.new.value
    receivers = [webhook.id for webhook in after.webhooks if word in webhook.events]
    receivers += operator.targets if word in operator.events else ()
    kind, name = f"job.{word}", f"{job.id}:{job.run}:{word}"
    for receiver in receivers:
        yield _notice(receiver, kind, name, data, moment)
    if job.notify:
        yield replace(_notice(f"{JOB}{job.id}", kind, name, data, moment), url=job.notify)


def _job_data(job: Job) -> dict[str, Any]:
    counts = job.counts
    return {
        "job_id": job.id,
        "name": job.name,
        "kind": job.kind,
        "run": job.run,
        "parent": job.parent,
        "counts": {
            "total": counts.total,
            "ok": counts.ok,
            "failed": counts.failed,
            "skipped": counts.skipped,
        },
        "started_at": None if job.started_at is None else utc_ms(job.started_at),
        "error": None if job.error is None else job.error[:MAX_ERROR_CHARS],
    }


def _skipped(before: DeskState, after: DeskState) -> Iterator[tuple[Job, PassRecord]]:
    """Passes that were left out by this change."""
    for job in after.jobs.values():
        earlier = before.jobs.get(job.id)
        if earlier is None or earlier is job or earlier.passes == job.passes:
            continue
        for record in job.passes:
            if record.skipped is not None and record not in earlier.passes:
                yield job, record


def _of_pass(state: DeskState, job: Job, record: PassRecord, moment: Moment) -> Iterator[Notice]:
    data = {
        "job_id": job.id,
        "name": job.name,
        "kind": job.kind,
        "slot_at": utc_ms(record.slot_at),
        "skipped": record.skipped,
    }
    for webhook in state.webhooks:
        if PASS_SKIPPED in webhook.events:
            name = f"{job.id}:{record.slot_at}:{record.skipped}"
            yield _notice(webhook.id, "schedule.pass_skipped", name, data, moment)


def _notice(receiver: str, kind: str, name: str, data: dict[str, Any], moment: Moment) -> Notice:
    """Its id follows from what it tells: decided anew after a save that failed, it is the same."""
    digest = hashlib.sha256(f"{receiver}\n{kind}\n{name}".encode()).hexdigest()
    return Notice(f"msg_{digest[:32]}", receiver, kind, moment.now, data, moment.now)
