"""What AutoClick's own paths take and answer. OpenAPI is generated from them."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType


class OfferBody(Struct, frozen=True, kw_only=True):
    """A scheduled task. `timeWindow` is "HH:MM-HH:MM"; `country` stands for the clocks it follows.
    A number of clicks to reach, a made-up referer and an identity for each visit are refused
    (`not_supported`)."""

    offerUrl: str | UnsetType = UNSET
    urls: list[str] | UnsetType = UNSET
    name: str = ""
    country: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    timeWindow: str = "00:00-24:00"
    interval: int = 60
    referer: str | dict[str, str] = ""
    proxyUrl: str = ""


class OfferData(Struct, frozen=True, kw_only=True):
    """What is told is under `data`, and where pages were seen to read it: `task`, `tasks`,
    `schedules`; of one task its `id` at the top too."""

    success: Literal[True] = True
    code: Literal[0] = 0
    message: str
    data: Any
    id: str | UnsetType = UNSET
    taskId: str | UnsetType = UNSET
    task: dict[str, Any] | UnsetType = UNSET
    tasks: list[dict[str, Any]] | UnsetType = UNSET
    schedules: list[dict[str, Any]] | UnsetType = UNSET
    total: int | UnsetType = UNSET


class ExecutionUpdate(Struct, frozen=True, kw_only=True):
    """How far a pass of a schedule is. `timestamp` is in milliseconds."""

    type: Literal["execution_update"] = "execution_update"
    id: str | None
    scheduleId: str
    status: str
    progress: float
    processedItems: int
    totalItems: int
    timestamp: int


class ExecutionAnswer(ExecutionUpdate, frozen=True, kw_only=True):
    """The same again under `data`."""

    success: Literal[True] = True
    code: Literal[0] = 0
    data: ExecutionUpdate


class TaskLive(Struct, frozen=True, kw_only=True):
    """How far a task is, as its live page reads it."""

    taskId: str
    status: str
    progress: dict[str, Any]
    timestamp: str
