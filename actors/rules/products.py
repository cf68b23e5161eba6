"""What jobs have learned, on its way to the library of their desk: once for each run. Pure; used by
the session and by the rules of retention.
"""

from __future__ import annotations

from msgspec.structs import replace

from actors.messages import ModelTaken
from actors.rules.change import Change, Limits, Moment, put
from state.library import Model, fresh_id
from state.model import DeskState, Job, JobStatus

# What an id is made of where the name gives nothing.
OTHERWISE = "model"
# In these a job's last item may have ended well.
_DONE = frozenset({JobStatus.COMPLETED, JobStatus.PARTIALLY_COMPLETED})


def is_untaken(job: Job) -> bool:
    """Whether what the job has learned has yet to be looked after."""
    return bool(job.product) and job.status in _DONE and job.taken != job.run


def untaken(state: DeskState) -> tuple[Job, ...]:
    """Those jobs, in order of arrival."""
    return tuple(filter(is_untaken, state.jobs.values()))


def earlier(state: DeskState, job_id: str) -> Model | None:
    """What the desk has of a run before."""
    return next((model for model in state.models.values() if model.job_id == job_id), None)


def has_room(state: DeskState, job_id: str, max_models: int) -> bool:
    """Whether there may be another model of that job: it takes the place of an earlier one."""
    return earlier(state, job_id) is not None or len(state.models) < max_models


def taken(state: DeskState, fact: ModelTaken, moment: Moment, limits: Limits) -> Change:
    """The desk with that model, unless its job is gone, or began again meanwhile."""
    job = state.jobs.get(fact.job_id)
    if job is None or job.run != fact.run or not is_untaken(job):
        return Change(state)
    state = put(state, replace(job, taken=job.run, revision=moment.revision))
    if fact.model is None or not has_room(state, job.id, limits.max_models):
        return Change(state)
    before = earlier(state, job.id)
    model = replace(
        fact.model,
        id=fresh_id(fact.model.name, state.models, OTHERWISE) if before is None else before.id,
        name=fact.model.name if before is None else before.name,
        created_at=moment.now,
    )
    return Change(replace(state, models={**state.models, model.id: model}))
