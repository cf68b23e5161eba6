"""Which jobs are tasks of this dialect, and how they are called. Pure."""

from __future__ import annotations

from actors.messages import JobView, Published
from state.model import Job
from web.dialects.documents.paths import Family
from web.dialects.documents.refusals import task_not_found
from web.documents.making import KIND

DIALECT = "documents"
# All tasks stand in one lane, which runs `documents_at_once` of them.
LANE = "documents"


def is_task(job: Job) -> bool:
    """Jobs of documents that were made elsewhere are shown too."""
    return job.kind == KIND


def family_of(job: Job) -> Family:
    """By whose paths the task was made; A where it was made elsewhere."""
    family: Family = job.memo.get("family", "A")
    return family


def find(published: Published, named: str) -> JobView:
    """The task of that id. Raises Refused."""
    view = published.jobs.get(named)
    if view is None or not is_task(view.job):
        raise task_not_found(named)
    return view
