"""How far a task is, and how long it still takes. Pure: the same for REST and sockets."""

from __future__ import annotations

from actors.messages import JobView
from state.model import TERMINAL
from web.dialects.documents import texts
from web.dialects.documents.estimates import Estimates
from web.dialects.documents.paths import Family
from web.dialects.documents.schemas import DocumentsProgress
from web.dialects.documents.view import percent_of, stage_of, status_of
from web.dialects.languages import Language

_MS = 1_000


def remaining_s(view: JobView, estimates: Estimates) -> float:
    """By its own pace where it has one yet, else by that of documents of its format."""
    job, counts = view.job, view.counts
    if job.status in TERMINAL:
        return 0.0
    if view.live is not None and view.live.eta_s is not None:
        return view.live.eta_s
    return estimates.seconds(job.spec["format"], max(0, counts.total - counts.done))


def progress_of(
    view: JobView, estimates: Estimates, language: Language, family: Family | None = None
) -> DocumentsProgress:
    """In the words of that family; None: of the one that made the task."""
    job, counts = view.job, view.counts
    return DocumentsProgress(
        taskId=job.id,
        status=status_of(job, family),
        progress=percent_of(counts),
        currentStep=stage_of(view),
        completedSteps=counts.done,
        totalSteps=counts.total,
        estimatedTimeRemaining=round(remaining_s(view, estimates) * _MS),
        completedDocuments=counts.ok,
        failedDocuments=counts.failed,
        message=texts.PROGRESS.told(language, done=counts.done, total=counts.total),
    )
