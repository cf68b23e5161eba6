"""The dialect's types on the wire, by the names that older pages read. OpenAPI is generated from
them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from web.schemas import Count, JourneyEntry

Percent = Annotated[int, Meta(ge=0, le=100)]
# Seconds since the epoch, UTC.
Epoch = float
Seconds = Annotated[float, Meta(ge=0)]

Status = Literal["running", "completed", "stopped", "error"]
TaskState = Literal["pending", "running", "completed", "failed", "skipped", "stopped"]


class BackgroundRefusal(Struct, frozen=True):
    """How everything is refused. `errors` are those of a list, each with its place."""

    success: Literal[False]
    message: str
    error_code: str
    errors: list[Any] | UnsetType = UNSET


class BackgroundSaid(Struct, frozen=True, kw_only=True):
    """It was done; `message` is for people."""

    success: Literal[True] = True
    message: str


class BackgroundStarted(BackgroundSaid, frozen=True, kw_only=True):
    """`job_id` names the job in the native API."""

    job_id: str


class BackgroundTasks(Struct, frozen=True, kw_only=True):
    """The desk's journeys."""

    success: Literal[True] = True
    tasks: list[JourneyEntry]


class BackgroundTasksSaved(BackgroundSaid, frozen=True, kw_only=True):
    """The same as they were saved."""

    tasks: list[JourneyEntry]


class BackgroundTask(Struct, frozen=True, kw_only=True):
    """One of the chosen tasks. `index` is its place in the desk's list when it was started;
    `screenshots` are addresses of PNG files on this server."""

    index: Count
    name: str
    url: str
    status: TaskState
    error: str
    screenshots: list[str]


class TaskStatus(Struct, frozen=True, kw_only=True):
    """How far the newest background task is.

    `completed_tasks` are all that have ended, however they did: `tasks` tells that of each.
    `current_task_index` is a position in `task_indices` and in `tasks`. The points are the steps
    of the task at hand. Percentages are whole, and 100 only when nothing is left.
    """

    status: Status
    total_tasks: Count
    completed_tasks: Count
    failed_tasks: Count
    skipped_tasks: Count
    progress_percent: Percent
    current_task_progress: Percent
    error: str
    start_time: Epoch
    elapsed_time_s: Seconds
    last_update: Epoch
    task_indices: list[Count]
    current_task_index: Count
    current_task: str
    singleProcessedPoints: Count
    singleTotalPoints: Count
    auto_generate: bool
    paused: bool
    job_id: str
    tasks: list[BackgroundTask]


class BackgroundStatusAnswer(Struct, frozen=True, kw_only=True):
    """Null where nothing was ever started, or is kept any more."""

    success: Literal[True] = True
    task_status: TaskStatus | None


class BackgroundTasksBody(Struct, frozen=True):
    """The whole list, which replaces the desk's; the list alone is taken too."""

    tasks: list[Any]


class BackgroundStartBody(Struct, frozen=True):
    """Which tasks to run, by their places in the list, and how. Those that are completed are left
    out only where `ignore_completed` is sent as false."""

    task_indices: list[int]
    auto_generate: bool = False
    ignore_completed: bool = True


class UuidBody(Struct, frozen=True):
    """What somebody takes for the id of a session."""

    uuid: str


class UuidType(Struct, frozen=True, kw_only=True):
    """`system_account` is none of ours: accounts have tokens here, and no UUIDs."""

    success: Literal[True] = True
    uuid_type: Literal["guest", "system_account", "unknown"]


class GuestLogin(BackgroundSaid, frozen=True, kw_only=True):
    """The session's desk is there, and on disk."""

    session_id: str
    is_guest: bool = True


class InitialData(Struct, frozen=True, kw_only=True):
    """Whether the request has come with a session that is one."""

    success: Literal[True] = True
    is_authenticated: bool
    is_guest: bool


class OldTask(Struct, frozen=True, kw_only=True):
    """A journey in the words of the page's own tasks: `status` 1 is completed, `run_coords` are its
    steps."""

    run_name: str
    status: Literal[0, 1]
    start_time: str
    end_time: str
    info_text: str
    run_coords: list[dict[str, Any]]


class OldTasks(Struct, frozen=True, kw_only=True):
    """The desk's journeys so."""

    success: Literal[True] = True
    tasks: list[OldTask]


class TaskDetails(Struct, frozen=True, kw_only=True):
    """One of them; null where nobody said which, or it is not there."""

    success: Literal[True] = True
    details: OldTask | None
