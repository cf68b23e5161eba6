"""The vocabulary of the rules: when something is decided, and what a decision is.

Used by the other modules of `actors.rules` and by the session that applies them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from actors.errors import InvalidStatus, NotFound
from actors.messages import Reply, Transition
from actors.ports.calendar import Calendar, NoCalendar
from state.model import ALLOWED, DeskState, Job, JobStatus


class Moment(Struct, frozen=True):
    """The wall-clock time of a decision, the revision at which it will be on disk, and who knows
    which days are holidays."""

    now: float
    revision: int
    calendar: Calendar = NoCalendar()


class PlanTier(Struct, frozen=True, kw_only=True):
    """What a desk of one plan may do; None: no limit besides the server's."""

    max_concurrency: int | None = None
    max_items: int | None = None
    max_running: int | None = None
    max_priority: int | None = None


class Limits(Struct, frozen=True, kw_only=True):
    """What a desk may hold. `plans` are by name; the desks of none have the one named "default",
    where there is one."""

    max_jobs: int
    max_idempotency_keys: int
    idempotency_ttl_s: float
    opening_tokens: int = 0
    max_ledger_entries: int = 1_000
    plans: Mapping[str, PlanTier] = {}
    max_proxies: int = 1_000
    max_templates: int = 200
    max_data_sources: int = 100
    max_pictures: int = 1_000
    max_presets: int = 1_000
    max_characters: int = 1_000
    max_models: int = 100


class Change(Struct, frozen=True):
    """A new state and the changes of status that led to it, in order."""

    state: DeskState
    transitions: tuple[Transition, ...] = ()

    def then(self, following: Change) -> Change:
        return Change(following.state, self.transitions + following.transitions)


class Decision(Struct, frozen=True):
    """What a command came to. The reply may be given once `change.state` is on disk."""

    change: Change
    reply: Reply


def job_of(state: DeskState, job_id: str) -> Job:
    job = state.jobs.get(job_id)
    if job is None:
        raise NotFound("there is no such job", job_id=job_id)
    return job


def put(state: DeskState, job: Job) -> DeskState:
    return replace(state, jobs={**state.jobs, job.id: job})


def move(state: DeskState, job: Job, new: JobStatus, moment: Moment, **fields: Any) -> Change:
    """Take the job to `new`, which `ALLOWED` must permit; `fields` change with it.

    `reason` is None unless given: it belongs to a status. So does `working`: whatever the job is
    now, none of its items has said anything in it yet.
    """
    if new not in ALLOWED[job.status]:
        raise InvalidStatus(f"the job is {job.status}, it cannot become {new}", status=job.status)
    reason: str | None = fields.setdefault("reason", None)
    moved = replace(job, status=new, revision=moment.revision, working=(), **fields)
    step = Transition(moment.revision, job.id, job.status, new, moment.now, reason)
    return Change(put(state, moved), (step,))
