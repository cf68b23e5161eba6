"""The bodies of what is asked about tasks and told to them. Read by their handlers; OpenAPI is
generated from these.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from web.dialects.taskmanager.schemas import ManagerAnswer
from web.dialects.taskmanager.task_schemas import ManagerTask

Page = Annotated[int, Meta(ge=1)]
_StatusOrAny = Literal["", "pending", "running", "completed", "failed", "cancelled"]
_TypeOrAny = Literal["", "generate", "crawl", "tag", "train", "classify"]
CleanupType = Literal["completed", "failed", "cancelled", "all"]


class ManagerPageBody(Struct, frozen=True, kw_only=True):
    """`total` is sent along by pages and means nothing here."""

    page: Page = 1
    page_size: Page = 20
    total: int = 0


class ManagerListBody(Struct, frozen=True, kw_only=True):
    """An empty status or type is any."""

    pagination: ManagerPageBody = ManagerPageBody()
    status: _StatusOrAny = ""
    type: _TypeOrAny = ""


class ManagerTaskBody(Struct, frozen=True, kw_only=True):
    task_id: str


class ManagerResultsBody(Struct, frozen=True, kw_only=True):
    task_id: str
    pagination: ManagerPageBody = ManagerPageBody()


class ManagerCleanupBody(Struct, frozen=True, kw_only=True):
    """`all` are those at work, too."""

    cleanup_type: CleanupType


class ManagerPagination(Struct, frozen=True, kw_only=True):
    page: int
    page_size: int
    total: int
    total_pages: int


class ManagerTaskList(Struct, frozen=True, kw_only=True):
    """The newest first."""

    tasks: list[ManagerTask]
    pagination: ManagerPagination


class ManagerFlatTask(ManagerTask, frozen=True, kw_only=True):
    """The task at the top, as the contract has it, and again below `data`, where pages look."""

    data: ManagerTask


class ManagerCleaned(Struct, frozen=True, kw_only=True):
    cleaned_count: int


class ManagerResults(Struct, frozen=True, kw_only=True):
    """What became of each item: `index`, `status`, `error`, what its outcome says, and where its
    picture is (`image_path`)."""

    task_id: str
    results: list[dict[str, Any]]
    pagination: ManagerPagination


class ManagerTaskAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: ManagerTask


class ManagerListAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: ManagerTaskList


class ManagerResultsAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: ManagerResults


class ManagerCleanedAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: ManagerCleaned
