"""One picture, tagged while its asker waits: a task of its own, beside the others, which is
forgotten when it has answered. The wire is docs/task-manager.md.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import trio
from quart import Response

from actors.errors import NotFound
from actors.messages import DeleteJob, JobView
from executors.folders import path_reason
from executors.tag.spec import TagSpec
from state.model import TERMINAL, InputItem, OutcomeRecord, OutcomeStatus
from web.deps import WebDeps
from web.dialects.refused import Refused
from web.dialects.taskmanager import file_texts as texts
from web.dialects.taskmanager.answers import answer
from web.dialects.taskmanager.file_schemas import (
    ManagerAnalyzeBody,
    ManagerAnalyzersAnswer,
    ManagerOneTaggedAnswer,
)
from web.dialects.taskmanager.reading import Reader
from web.dialects.taskmanager.routing import Row, language
from web.dialects.taskmanager.service import Tasks
from web.dialects.taskmanager.tagged_view import tagged_of
from web.dialects.taskmanager.wanted import Wanted
from web.gallery.root import ImagesRoot
from web.http import invalid
from web.validate import field_error
from web.visit import Visit

ANALYSIS_S = 60.0
# Who asks for one picture does not wait for thousands.
LANE = "tag-analyze"
# How long the desk may take to forget the task when nobody waits any more.
_FORGETTING_S = 5.0


class AnalyzingApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps, root: ImagesRoot, tasks: Tasks, reader: Reader) -> None:
        self._store = deps.store
        self._tag = deps.executors.get(TagSpec.kind)
        self._root = root
        self._tasks = tasks
        self._reader = reader

    def rows(self) -> list[Row]:
        listed = partial(
            Row,
            paths=("/api/tag/analyzers",),
            summary="What pictures can be tagged with",
            answer=ManagerAnalyzersAnswer,
            handler=self.analyzers,
        )
        return [
            listed(method="GET", name="manager_analyzers"),
            listed(method="POST", name="manager_analyzers_by_post"),
            Row(
                method="POST",
                paths=("/api/tag/analyze",),
                name="manager_analyze",
                handler=self.analyze,
                summary="Tag one picture, and wait for its tags",
                answer=ManagerOneTaggedAnswer,
                body=ManagerAnalyzeBody,
                errors=(
                    *("invalid_spec", "insufficient_tokens", "plan_exceeded", "limit_reached"),
                    *("mailbox_full", "storage_full", "too_many_requests", "overloaded"),
                ),
                command="create_job",
            ),
        ]

    async def analyzers(self, visit: Visit) -> Response:
        await self._reader.object()
        return answer(list(self._tag.analyzers) if isinstance(self._tag, TagSpec) else [])

    async def analyze(self, visit: Visit) -> Response:
        asked, _ = await self._reader.body(ManagerAnalyzeBody)
        spec = {"analyzer": asked.analyzer} if asked.analyzer else {}
        wanted = Wanted(
            type="tag",
            spec=spec,
            items=[self._item(visit, asked.image_path)],
            title=asked.image_path[:100],
            item="image_path",
            lane=LANE,
        )
        job_id = (await self._tasks.create(visit, wanted)).job.id
        try:
            return await self._answered(visit, job_id)
        finally:
            # Also where nobody waits any more.
            with trio.move_on_after(_FORGETTING_S, shield=True):
                await _forget(visit, job_id)

    def _item(self, visit: Visit, path: str) -> dict[str, Any]:
        """Raises WebError."""
        if (reason := path_reason(path)) is not None:
            raise invalid([field_error("image_path", reason)])
        folder, _, name = path.partition("/")
        if (view := self._root.job_of(visit, folder)) is not None:
            return {"file": {"job": view.job.id, "name": name}}
        return {"path": path}

    async def _answered(self, visit: Visit, job_id: str) -> Response:
        """Raises Refused where it came to nothing."""
        view = None
        with trio.move_on_after(ANALYSIS_S):
            view = await _ended(visit, job_id)
        if view is None:
            raise Refused("overloaded", "overloaded", texts.ANALYSIS_WAITS, seconds=ANALYSIS_S)
        record, item = await self._ending(visit, view)
        said = language()
        if record.status is not OutcomeStatus.OK:
            reason = record.error or ""
            raise Refused("invalid_request", "failed", texts.ANALYSIS_FAILED, reason=reason)
        return answer(tagged_of(visit, view.job, record, item), texts.ANALYZED.told(said))

    async def _ending(self, visit: Visit, view: JobView) -> tuple[OutcomeRecord, InputItem]:
        with visit.reading(view.job.id):
            page = await self._store.read_outcomes(visit.key, view.job.id, limit=1)
        if not page.records:
            # Somebody has stopped it, or its kind cannot work here.
            reason = view.job.error or view.job.status
            raise Refused("invalid_request", "failed", texts.ANALYSIS_FAILED, reason=reason)
        return page.records[0]


async def _ended(visit: Visit, job_id: str) -> JobView:
    """The job, as soon as it is over. Raises WebError where it was deleted."""
    published = visit.desk.published
    while (view := visit.view(job_id)).job.status not in TERMINAL:
        published = await visit.desk.wait_newer(published.revision)
    return view


async def _forget(visit: Visit, job_id: str) -> None:
    """Whoever was faster has done it."""
    try:
        await visit.ask(DeleteJob(job_id))
    except NotFound:
        return
