"""A job that is made once more of what another was made of. Pure; used by `actors.rules.jobs`."""

from __future__ import annotations

from msgspec.structs import replace

from actors.errors import InvalidSpec
from actors.messages import Changed, Command, CreateJob, RepeatJob, Transition
from actors.rules import ledger, plans
from actors.rules.change import Change, Limits, Moment, job_of, put
from actors.rules.room import check_room
from state.model import Counts, DeskState, Job


def made_by(command: Command) -> str | None:
    """The id of the job that the command makes; None where it makes none."""
    match command:
        case CreateJob(job_id=job_id):
            return job_id
        case RepeatJob(new_id=new_id):
            return new_id
        case _:
            return None


def repeated(state: DeskState, command: RepeatJob, moment: Moment, limits: Limits) -> Change:
    """The new job, pending; its files are those that were staged for it. Of a job that grows it has
    the items that were handed in. Of a schedule it is a pass that nobody waited for."""
    source = job_of(state, command.job_id)
    if command.recalls:
        raise InvalidSpec("this was not asked before, and cannot be done now")
    check_room(state, command.new_id, limits, alone_in=source.lane if source.of_journeys else None)
    job = _of(source, command.new_id, state.next_arrival, moment)
    if command.changed is not None:
        job = _changed(job, command.changed)
    asked = plans.Asked(
        items=max(given(job), job.grows_to),
        concurrency=job.concurrency,
        priority=job.priority,
    )
    plans.check(state, asked, limits)
    ledger.check(state, job.price_tokens, job.feature, moment, limits)
    step = Transition(moment.revision, job.id, None, job.status, moment.now)
    # The first is told of anew, too: who asked may show it as begun again, and it is as it was.
    told = put(put(state, replace(source, revision=moment.revision)), job)
    return Change(replace(told, next_arrival=state.next_arrival + 1), (step,))


def _changed(job: Job, changed: Changed) -> Job:
    """The same of other items, or by another spec."""
    plan = changed.plan
    return replace(
        job,
        name=changed.name,
        counts=Counts(total=len(plan.items)),
        concurrency=plan.concurrency,
        retries=plan.retries,
        spec=plan.spec,
        price_tokens=plan.price_tokens,
        grows_to=plan.grows_to,
        given=len(plan.items) if plan.grows_to else 0,
        cap=plan.cap,
    )


def given(source: Job) -> int:
    """How many of the items it has now a job was made with."""
    return source.given or source.counts.total


def _of(source: Job, new_id: str, arrival: int, moment: Moment) -> Job:
    return Job(
        id=new_id,
        kind=source.kind,
        name=source.name,
        lane=source.lane,
        priority=source.priority,
        arrival=arrival,
        counts=Counts(total=given(source)),
        concurrency=source.concurrency,
        retries=source.retries,
        spec=source.spec,
        price_tokens=source.price_tokens,
        of_journeys=source.of_journeys,
        retention_s=source.retention_s,
        feature=source.feature,
        memo=source.memo,
        notify=source.notify,
        assets=source.assets,
        grows_to=source.grows_to,
        given=source.given,
        finale=source.finale,
        product=source.product,
        cap=source.cap,
        origin=source.id,
        paces=source.paces,
        created_at=moment.now,
        revision=moment.revision,
    )
