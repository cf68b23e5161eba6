"""Works on one task: the engine's front door.

Called by `executors.agent.run` in a worker of the desk, and by the command line in process. Both
bring a `Kit`: the models, the folder and the book of the task, and who is told.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from executors.agent.engine.news import News
from executors.agent.engine.results import TaskResult
from executors.agent.engine.settings import Limits, Task
from executors.agent.ports import Book, ChatModel, Folder

__all__ = ["Kit", "News", "TaskResult", "run_task"]


class Kit(Struct, frozen=True, kw_only=True):
    """What one task is worked on with. `secrets` are taken out of all that is recorded, told, sent
    to a model or given to a tool. `tell` must not wait."""

    coder: ChatModel
    judge: ChatModel
    folder: Folder
    book: Book
    tell: Callable[[News], None] = lambda news: None
    secrets: tuple[str, ...] = ()


async def run_task(task: Task, kit: Kit, limits: Limits) -> TaskResult:
    """Work on the task until it is done or a limit is reached, from where its book says it stands.
    The folder then has the files of the best round.

    Raises KeyRefused and ModelUnknown (no task of the batch will do better), EndpointAway (later,
    the task goes on where it stood) and OSError (the disk). A request that is refused and an answer
    that is none are a result with status "error"."""
    raise NotImplementedError
