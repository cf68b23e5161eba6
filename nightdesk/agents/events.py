"""What a batch tells while it runs, for whoever shows it. Values.

Told by `nightdesk.agents.batch`; shown by `nightdesk.agents.lines` and `nightdesk.agents.live`.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from executors.agent.engine.news import News
from nightdesk.agents.journal import Ended
from nightdesk.agents.task_file import Task


class BatchBegan(Struct, frozen=True):
    """`before` tasks of the `total` had ended in an earlier run, and are not run again."""

    total: int
    concurrent: int | None
    before: int = 0


class TaskBegan(Struct, frozen=True):
    """Its folder is None where it cannot be worked on."""

    task: Task
    folder: Path | None
    total: int


class TaskNews(Struct, frozen=True):
    """What the engine tells of a task."""

    task: Task
    total: int
    news: News


class TaskEnded(Struct, frozen=True):
    """`done` tasks have ended by now, this one among them."""

    task: Task
    total: int
    done: int
    ended: Ended


class Resting(Struct, frozen=True):
    """Nothing is done for so long, before the next task."""

    rest_s: float


Event = BatchBegan | TaskBegan | TaskNews | TaskEnded | Resting
