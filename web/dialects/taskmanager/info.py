"""What this server and this desk have: for scripts, no page asks.

The wire is docs/task-manager.md.
"""

from __future__ import annotations

from collections import Counter

from msgspec import Struct
from quart import Response

from web.deps import WebDeps
from web.dialects.taskmanager.answers import answer
from web.dialects.taskmanager.reading import Reader
from web.dialects.taskmanager.routing import Row
from web.dialects.taskmanager.schemas import ManagerAnswer
from web.dialects.taskmanager.service import Tasks
from web.dialects.taskmanager.task_schemas import STATUSES, TYPES
from web.dialects.taskmanager.view import status_of
from web.schemas import Disk
from web.views import wire_disk, wire_time
from web.visit import Visit


class ManagerInfo(Struct, frozen=True, kw_only=True):
    """`tasks` are those of the desk, by status; `disk` is what its files take up."""

    name: str
    version: str
    time: str
    timezone: str
    uptime_s: float
    types: list[str]
    tasks: dict[str, int]
    disk: Disk


class ManagerInfoAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: ManagerInfo


class ManagerModel(Struct, frozen=True, kw_only=True):
    """A model of the desk's, that tasks of classification go by."""

    id: str
    name: str
    task_id: str
    labels: int
    accuracy: float | None
    pictures: int
    size_bytes: int
    created_at: str


class ManagerModelsAnswer(ManagerAnswer, frozen=True, kw_only=True):
    data: list[ManagerModel]


class InfoApi:
    """Holds when it began."""

    def __init__(self, deps: WebDeps, tasks: Tasks, reader: Reader) -> None:
        self._deps = deps
        self._tasks = tasks
        self._reader = reader
        self._began = deps.clock()

    def rows(self) -> list[Row]:
        return [
            Row(
                method="POST",
                paths=("/api/system/info",),
                name="manager_info",
                handler=self.info,
                summary="What this server is, and how many tasks the desk has",
                answer=ManagerInfoAnswer,
            ),
            Row(
                method="GET",
                paths=("/api/models",),
                name="manager_models",
                handler=self.models,
                summary="What tasks of training have learned, the newest first",
                answer=ManagerModelsAnswer,
            ),
        ]

    async def info(self, visit: Visit) -> Response:
        await self._reader.empty()
        deps = self._deps
        counts = Counter(status_of(view.job) for view in self._tasks.listed(visit))
        told = ManagerInfo(
            name="Nightdesk",
            version=deps.version,
            time=wire_time(deps.now()),
            timezone=deps.settings.timezone,
            uptime_s=round(deps.clock() - self._began, 3),
            types=list(TYPES),
            tasks={status: counts[status] for status in STATUSES},
            disk=wire_disk(visit.desk.published.disk),
        )
        return answer(told)

    async def models(self, visit: Visit) -> Response:
        models = sorted(visit.desk.published.models.values(), key=lambda model: -model.created_at)
        told = [
            ManagerModel(
                id=model.id,
                name=model.name,
                task_id=model.job_id,
                labels=model.labels_n,
                accuracy=model.accuracy,
                pictures=model.pictures_n,
                size_bytes=model.size_bytes,
                created_at=wire_time(model.created_at),
            )
            for model in models
        ]
        return answer(told)
