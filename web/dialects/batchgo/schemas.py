"""The dialect's types on the wire, by the names of the contract. OpenAPI is generated from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from web.schemas import Count

Mode = Literal["basic", "silent", "autoclick"]
Status = Literal["pending", "running", "completed", "failed", "cancelled", "paused"]
MODES: tuple[Mode, ...] = ("basic", "silent", "autoclick")
STATUSES: tuple[Status, ...] = (
    "pending",
    "running",
    "completed",
    "failed",
    "cancelled",
    "paused",
)
# In the words of the older pages: beside `pending` and `running`, the ends that they know.
LegacyStatus = Literal["pending", "running", "completed", "error", "terminated"]

Percent = Annotated[float, Meta(ge=0, le=100)]
Ratio = Annotated[float, Meta(ge=0, le=1)]
# RFC 3339, UTC.
Time = str


class BatchRefusal(Struct, frozen=True, kw_only=True):
    """How everything is refused. `error` is a name (`invalid_request`, `unauthorized`,
    `insufficient_tokens`, `task_not_found`, `invalid_status`, `not_supported`, ...), `code` a
    number from 1000 to 5999; `required` and `balance` are told of `insufficient_tokens` only."""

    success: Literal[False] = False
    code: Annotated[int, Meta(ge=1_000, le=5_999)]
    error: str
    message: str
    details: dict[str, Any]
    required: int | None
    balance: int | None


class BatchPass(Struct, frozen=True, kw_only=True):
    """A pass of a scheduled task that was due: the task of its URLs, or why there is none
    (`tokens`, `busy`, `missed`, `limit`)."""

    at: Time
    task_id: str | None
    skipped: str | None


class BatchTask(Struct, frozen=True, kw_only=True):
    """A task, as the contract has it. `urls` are told of a task itself; a list leaves those out
    that have more than a hundred. `token_cost` is what a start of the whole costs, with AutoClick
    what each pass does; `token_consumed` is what its starts and passes have cost.

    Beyond the contract: `client_id` is the id that a client gave it, `stage` what it waits for;
    `next_passes` are those that are due next, `passes` the newest that were.
    """

    id: str
    user_id: str
    name: str
    mode: Mode
    status: Status
    urls: list[str] | None
    url_count: Count
    config: dict[str, Any]
    processed_count: Count
    success_count: Count
    failed_count: Count
    token_cost: Count
    token_consumed: Count
    start_time: Time | None
    end_time: Time | None
    scheduled_time: Time | None
    error_message: str
    created_at: Time
    updated_at: Time
    progress: Percent
    priority: int
    cycles: Count
    client_id: str | None = None
    stage: str = ""
    next_passes: list[Time] = []
    passes: list[BatchPass] = []


class BatchTaskAnswer(BatchTask, frozen=True, kw_only=True):
    """The task at top level, and again under `task`. `balance` is what of the desk's tokens is
    free."""

    success: Literal[True] = True
    code: Literal[0] = 0
    message: str
    balance: int
    task: BatchTask


class BatchTaskList(Struct, frozen=True, kw_only=True):
    """One page, the newest first. `total` counts all that match."""

    success: Literal[True] = True
    code: Literal[0] = 0
    tasks: list[BatchTask]
    total: Count
    page: Count
    size: Count


class BatchDeleted(Struct, frozen=True, kw_only=True):
    """The task and its results are gone."""

    success: Literal[True] = True
    code: Literal[0] = 0
    id: str
    task_id: str
    message: str


class BatchStatistics(Struct, frozen=True, kw_only=True):
    """Of the URLs that were processed so far; 0 where nothing can be told yet."""

    duration_s: float
    success_rate: Ratio
    average_response_ms: float
    tokens_per_url: float
    urls_per_token: float
    urls_per_s: float
    error_rate: Ratio


class BatchResultRow(Struct, frozen=True, kw_only=True):
    """How one URL ended. Further fields are those of its outcome."""

    index: Count
    url: str
    status: str
    http_status: int | None
    final_url: str | None
    duration_ms: float | None
    attempts: Count
    bytes: int | None
    sha256: str | None
    error: str | None


class BatchResult(Struct, frozen=True, kw_only=True):
    """One page of results and the figures of the whole task."""

    task_id: str
    status: Status
    results: list[Raw]
    statistics: BatchStatistics
    total: Count
    page: Count
    size: Count


class BatchResultAnswer(BatchResult, frozen=True, kw_only=True):
    """The same again under `result`."""

    success: Literal[True] = True
    code: Literal[0] = 0
    result: BatchResult


class BatchProgress(Struct, frozen=True, kw_only=True):
    """How far a task is. Times are milliseconds; `timestamp` is now, since the epoch."""

    success: Literal[True] = True
    code: Literal[0] = 0
    taskId: str
    task_id: str
    mode: Mode | None
    status: LegacyStatus | Status
    progress: Annotated[int, Meta(ge=0, le=100)]
    percentage: Percent
    total: Count
    processed: Count
    successCount: Count
    failCount: Count
    pendingCount: Count
    success_count: Count
    failed_count: Count
    pending_count: Count
    message: str
    error_message: str
    duration: Count
    elapsedTime: Count
    proxyPhase: str | None
    phaseStatus: str
    completedPhases: list[str]
    phaseProgress: Annotated[int, Meta(ge=0, le=100)]
    timestamp: Count


class BatchProgressAnswer(BatchProgress, frozen=True, kw_only=True):
    """The same again under `data`."""

    data: BatchProgress


class BatchStarted(Struct, frozen=True, kw_only=True):
    """What an older path answers to a start, under both spellings. `taskId` is the client's own id
    where it gave one, `data` the task with its id here."""

    success: Literal[True] = True
    code: Literal[0] = 0
    taskId: str
    task_id: str
    status: LegacyStatus
    token_consumed: Count
    consumed: Count
    balance: int
    message: str
    data: dict[str, Any]


class BatchTerminated(Struct, frozen=True, kw_only=True):
    """It has ended: now, or before it was asked."""

    success: Literal[True] = True
    code: Literal[0] = 0
    taskId: str
    task_id: str
    status: LegacyStatus
    message: str
    data: dict[str, Any]


class BatchData(Struct, frozen=True, kw_only=True):
    """What an older path answers otherwise: what it tells is under `data`, and at top level where
    pages were seen to read it there."""

    success: Literal[True] = True
    code: Literal[0] = 0
    message: str
    data: Any


class BatchTaskBody(Struct, frozen=True, kw_only=True):
    """A new task. `config` has one member, named as its mode. `start`: also start it."""

    mode: Mode
    urls: list[str]
    name: str = ""
    config: dict[str, Any] = {}
    priority: int = 0
    cycles: int = 1
    start: bool = False


class BatchStartBody(Struct, frozen=True, kw_only=True):
    """A task and its settings side by side, in either spelling; `taskId` is an id of the client's
    own."""

    urls: list[str]
    taskId: str | UnsetType = UNSET
    cycleCount: int = 1


class BatchIdBody(Struct, frozen=True, kw_only=True):
    """Which task."""

    taskId: str
