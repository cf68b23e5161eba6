"""What family C reads of the tasks that were made, and what tells whether the server is well."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from web.dialects.documents.schemas import DocumentsAnswer, Pagination, Status
from web.schemas import Count, Time


class HistoryItem(Struct, frozen=True, kw_only=True):
    """A task that was made. Without a `downloadUrl` there is nothing of it yet."""

    taskId: str
    name: str
    status: Status
    templateIds: list[str]
    outputFormat: str
    createdAt: Time
    completedAt: Time | None
    totalDocuments: Count
    completedDocuments: Count
    failedDocuments: Count
    downloadUrl: str | None


class HistoryPage(Struct, frozen=True, kw_only=True):
    """One page, the newest first."""

    items: list[HistoryItem]
    pagination: Pagination


class HistoryAnswer(DocumentsAnswer, frozen=True, kw_only=True):
    """Tasks that were made."""

    data: HistoryPage


Service = Literal["up", "degraded", "down"]


class HealthServices(Struct, frozen=True, kw_only=True):
    """The parts that the contract asks after."""

    api: Service
    websocket: Service
    scheduler: Service
    storage: Service


class DocumentsHealth(Struct, frozen=True, kw_only=True):
    """`uptime` is in seconds; `reasons` say what is not well."""

    status: Literal["healthy", "degraded", "unhealthy"]
    services: HealthServices
    version: str
    uptime: float
    timestamp: Time
    reasons: list[str]
