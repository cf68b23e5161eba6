"""A task as clients of this dialect are told it: what all of their pages read, in one object."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

Type = Literal["generate", "crawl", "tag", "train", "classify"]
TYPES: tuple[Type, ...] = ("generate", "crawl", "tag", "train", "classify")

Status = Literal["pending", "running", "completed", "failed", "cancelled"]
STATUSES: tuple[Status, ...] = ("pending", "running", "completed", "failed", "cancelled")


class ManagerTask(Struct, frozen=True, kw_only=True):
    """`config` (what was asked for, without what is secret) and `result` (of what has ended) are
    JSON text. `progress` is 0 to 100. What was found has two names, as has what was made of it.
    `name` is there where somebody gave one; `queue_position` (1: the next of its type) while it
    waits."""

    id: str
    task_id: str
    type: Type
    status: Status
    progress: int
    config: str
    config_id: str
    message: str
    stage: str
    error: str | None
    error_message: str | None
    result: str | None
    images_found: int
    images_generated: int
    images_downloaded: int
    images_success: int
    created_at: str
    started_at: str | None
    updated_at: str
    completed_at: str | None
    name: str | UnsetType = UNSET
    queue_position: int | None = None
