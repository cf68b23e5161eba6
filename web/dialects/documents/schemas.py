"""The tasks of the dialect on the wire, by the names of the contract. OpenAPI is generated from
these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType

from web.schemas import Count, Time

# In the words of family A; B and C say `processing` for running, and know no partial end.
Status = Literal[
    "pending",
    "running",
    "processing",
    "paused",
    "completed",
    "partially_completed",
    "failed",
    "cancelled",
]
STATUSES: tuple[Status, ...] = get_args(Status)
Stage = Literal[
    "initializing",
    "loading_data",
    "validating_templates",
    "preparing_mapping",
    "generating_documents",
    "compressing_output",
    "uploading_results",
    "finalizing",
]
Percent = Annotated[int, Meta(ge=0, le=100)]


class DocumentsError(Struct, frozen=True):
    """`code` is one of the contract's (`VALIDATION_ERROR`, `TASK_NOT_FOUND`, `TEMPLATE_NOT_FOUND`,
    `DATA_SOURCE_NOT_FOUND`, `CONFLICT`, `GENERATION_FAILED`, `DOWNLOAD_FAILED`), or what the native
    API calls it, in capitals."""

    code: str
    message: str
    details: dict[str, Any]


class DocumentsRefusal(Struct, frozen=True, kw_only=True):
    """How everything is refused."""

    success: Literal[False] = False
    error: DocumentsError


class DocumentsMeta(Struct, frozen=True, kw_only=True):
    """What is said of every answer. `warnings` are sentences for whoever wrote the request."""

    timestamp: Time
    warnings: list[str] = []


class DocumentsAnswer(Struct, frozen=True, kw_only=True):
    """How everything is answered: the rest is `data`."""

    success: Literal[True] = True
    data: Any
    meta: DocumentsMeta


class Pagination(Struct, frozen=True, kw_only=True):
    """Which page of how many."""

    page: Count
    pageSize: Count
    total: Count
    totalPages: Count


class DocumentsTask(Struct, frozen=True, kw_only=True):
    """A task. `completedDocuments` are those that are there; `progress` counts the failed too."""

    id: str
    taskId: str
    name: str
    status: Status
    mode: str
    outputFormat: str
    templateIds: list[str]
    dataSourceId: str | None
    progress: Percent
    currentStep: Stage
    totalDocuments: Count
    completedDocuments: Count
    failedDocuments: Count
    pendingDocuments: Count
    createdAt: Time
    startedAt: Time | None
    completedAt: Time | None
    error: str | None
    options: Mapping[str, Any]
    websocketUrl: str


class DocumentsTaskAnswer(DocumentsAnswer, frozen=True, kw_only=True):
    """One task."""

    data: DocumentsTask


class DocumentsTaskPage(Struct, frozen=True, kw_only=True):
    """One page, the newest first."""

    items: list[DocumentsTask]
    pagination: Pagination


class DocumentsTaskList(DocumentsAnswer, frozen=True, kw_only=True):
    """Tasks."""

    data: DocumentsTaskPage


class DocumentsTaskBody(Struct, frozen=True, kw_only=True):
    """A task to be made. `data` are rows of its own, and come before those of `dataSourceId`.

    `options`: `concurrency` (or `batchSize`), `continueOnError`, `retries` (`retryCount`),
    `timeoutMs` (`timeout`, in seconds), `fileName` (`fileNameTemplate`), `zipFileName`,
    `parallelProcessing`, `missing`, `locale`; `filters`: `condition`, `limit`; `notification`:
    `webhook`, `email`.
    """

    templateIds: list[str]
    outputFormat: str
    dataSourceId: str | UnsetType = UNSET
    data: list[dict[str, Any]] | UnsetType = UNSET
    mode: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    mappings: dict[str, dict[str, str]] | UnsetType = UNSET
    options: dict[str, Any] | UnsetType = UNSET
    filters: dict[str, Any] | UnsetType = UNSET
    notification: dict[str, str] | UnsetType = UNSET


class EstimatedItem(Struct, frozen=True, kw_only=True):
    """How many documents a template is to make."""

    templateId: str
    templateName: str
    estimatedCount: Count


class CreatedTask(Struct, frozen=True, kw_only=True):
    """A task that was made. `estimatedDuration` is in milliseconds, `estimatedTime` in seconds."""

    taskId: str
    status: Status
    websocketUrl: str
    totalDocuments: Count
    estimatedDuration: Count
    estimatedTime: Count
    estimatedDocumentCount: Count
    items: list[EstimatedItem]
    createdAt: Time


class CreatedTaskAnswer(DocumentsAnswer, frozen=True, kw_only=True):
    """What is answered to the making of a task."""

    data: CreatedTask


class CommandedTask(Struct, frozen=True, kw_only=True):
    """A task that was told something, with the time of that."""

    taskId: str
    status: Status
    message: str
    totalDocuments: Count
    completedDocuments: Count
    startedAt: Time | UnsetType = UNSET
    pausedAt: Time | UnsetType = UNSET
    resumedAt: Time | UnsetType = UNSET
    cancelledAt: Time | UnsetType = UNSET
    retriedAt: Time | UnsetType = UNSET


class CommandedTaskAnswer(DocumentsAnswer, frozen=True, kw_only=True):
    """What is answered to a command."""

    data: CommandedTask


class DocumentsProgress(Struct, frozen=True, kw_only=True):
    """How far a task is. A step is a document; `estimatedTimeRemaining` is in milliseconds."""

    taskId: str
    status: Status
    progress: Percent
    currentStep: Stage
    completedSteps: Count
    totalSteps: Count
    estimatedTimeRemaining: Count
    completedDocuments: Count
    failedDocuments: Count
    message: str


class DocumentsProgressAnswer(DocumentsAnswer, frozen=True, kw_only=True):
    """How far a task is."""

    data: DocumentsProgress


class DeletedTasks(Struct, frozen=True, kw_only=True):
    """They and their documents are gone."""

    deleted: Count
    taskIds: list[str]
    message: str


class DeletedTasksAnswer(DocumentsAnswer, frozen=True, kw_only=True):
    """What is answered to a deletion."""

    data: DeletedTasks


class TaskIdsBody(Struct, frozen=True, kw_only=True):
    """Several tasks."""

    taskIds: list[str]


class ItemDownloads(Struct, frozen=True, kw_only=True):
    """Where the documents of a template are."""

    completedUrl: str


class StatusItem(Struct, frozen=True, kw_only=True):
    """How far a template is with the rows."""

    templateId: str
    templateName: str
    status: Status
    progress: Percent
    completedCount: Count
    totalCount: Count
    failedCount: Count
    downloads: ItemDownloads | UnsetType = UNSET


class StatusSummary(Struct, frozen=True, kw_only=True):
    """The documents of a task, in both spellings."""

    total: Count
    completed: Count
    failed: Count
    pending: Count
    totalDocuments: Count
    completedDocuments: Count
    failedDocuments: Count
    pendingDocuments: Count


class GenerationStatus(Struct, frozen=True, kw_only=True):
    """How far a task is, template by template."""

    taskId: str
    status: Status
    progress: Percent
    currentStep: Stage
    createdAt: Time
    startedAt: Time
    completedAt: Time | None
    estimatedEndTime: Time | UnsetType = UNSET
    items: list[StatusItem]
    summary: StatusSummary
    error: str | None


class GenerationStatusAnswer(DocumentsAnswer, frozen=True, kw_only=True):
    """How far a task is, template by template."""

    data: GenerationStatus
