"""How a task is named: by the id of its job, or by an id of the client's own. Pure.

A client's id stands for a job whose id follows from it, so that the same id said twice never makes
two jobs, and looking one up reads nothing.
"""

from __future__ import annotations

import re
import uuid

from actors.messages import JobView, Published
from executors.problems import Reason
from state.model import Job
from state.views import DeskKey
from web.dialects.batchgo.refusals import task_not_found

DIALECT = "batchgo"
MAX_ALIAS_CHARS = 200

_OURS = uuid.UUID("6a1f2c74-5b0e-5c3b-9d57-0a8f5d1f6b9e")
_ALIAS = re.compile(r"[!-~](?:[ -~]*[!-~])?")


def alias_reason(value: object) -> Reason:
    """Why this is no id that a client may choose."""
    sound = isinstance(value, str) and _ALIAS.fullmatch(value) and len(value) <= MAX_ALIAS_CHARS
    return None if sound else f"must be 1 to {MAX_ALIAS_CHARS} printable ASCII characters"


def job_id_of(desk: DeskKey, alias: str | None) -> str:
    """The id of the job that a task of that name is, or a new one."""
    return str(uuid.uuid4() if alias is None else uuid.uuid5(_OURS, f"{desk}\n{alias}"))


def lane_of(job_id: str) -> str:
    """Tasks run side by side: each has a lane of its own."""
    return f"{DIALECT}:{job_id}"


def is_task(job: Job) -> bool:
    return job.memo.get("dialect") == DIALECT


def alias_of(job: Job) -> str | None:
    alias: str | None = job.memo.get("alias")
    return alias


def find(desk: DeskKey, published: Published, named: str) -> JobView:
    """The task of that id, or alias; passes of a scheduled task are tasks too. Raises Refused."""
    view = published.jobs.get(named) or published.jobs.get(job_id_of(desk, named))
    if view is None or not (is_task(view.job) or _is_pass(published, view.job)):
        raise task_not_found(named)
    return view


def _is_pass(published: Published, job: Job) -> bool:
    parent = None if job.parent is None else published.jobs.get(job.parent)
    return parent is not None and is_task(parent.job)
