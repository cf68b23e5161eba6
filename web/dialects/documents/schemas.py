"""The dialect's types on the wire, by the names of the contract. OpenAPI is generated from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from msgspec import Meta, Struct

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
