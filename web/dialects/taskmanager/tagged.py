"""Pictures that tasks have tagged, and their files of tags. The wire is docs/task-manager.md.

What counts is that the file is there: whoever clears it has cleared its picture from here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
from quart import Response, request

from actors.errors import InvalidStatus
from actors.messages import JobView
from actors.ports import Artifact
from state.errors import JobFilesMissing
from state.model import InputItem, Job, OutcomeRecord, OutcomeStatus
from web.deps import WebDeps
from web.dialects.refused import Refused
from web.dialects.taskmanager import file_texts as texts
from web.dialects.taskmanager.answers import answer
from web.dialects.taskmanager.file_schemas import (
    ManagerCleared,
    ManagerClearedAnswer,
    ManagerTagFile,
    ManagerTagFilesAnswer,
    ManagerTagged,
    ManagerTaggedAnswer,
    ManagerTagText,
    ManagerTagTextAnswer,
)
from web.dialects.taskmanager.files import forget_files
from web.dialects.taskmanager.refusals import task_not_found
from web.dialects.taskmanager.routing import Row, language
from web.dialects.taskmanager.schemas import ManagerStatus
from web.dialects.taskmanager.service import Tasks
from web.dialects.taskmanager.tagged_view import tagged_of
from web.dialects.taskmanager.tasks import TASK_ID
from web.http import Query, json_answer
from web.outcomes import closing
from web.views import wire_time
from web.visit import Visit

KIND = "tag"
# Of one answer: a gallery of more shows itself by task.
MAX_SHOWN = 1_000
MAX_FILES = 10_000
_MAX_ID_CHARS = 200
# A file of tags is text for people; one that is larger is for a download.
_MAX_TEXT_BYTES = 1024 * 1024


class TaggedApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps, tasks: Tasks) -> None:
        self._store = deps.store
        self._tasks = tasks

    def rows(self) -> list[Row]:
        return [
            Row(
                method="GET",
                paths=("/api/tag/images",),
                name="manager_tagged",
                handler=self.images,
                summary="Pictures with their tags, of the newest task first",
                answer=ManagerTaggedAnswer,
                parameters=(TASK_ID,),
            ),
            Row(
                method="DELETE",
                paths=("/api/tag/images",),
                name="manager_clear_tagged",
                handler=self.clear,
                summary="Delete the files of tags; tasks stay",
                answer=ManagerClearedAnswer,
                parameters=(TASK_ID,),
                errors=("mailbox_full", "storage_full"),
                command="remove_artifacts",
            ),
            Row(
                method="GET",
                paths=("/api/tag/files",),
                name="manager_tag_files",
                handler=self.files,
                summary="Files of tags, of the newest task first",
                answer=ManagerTagFilesAnswer,
                parameters=(TASK_ID,),
            ),
            Row(
                method="GET",
                paths=("/api/tag/file/<path:name>",),
                name="manager_tag_file",
                handler=self.file,
                summary="What is in a file of tags, of the newest task that has one of that name",
                answer=ManagerTagTextAnswer,
                parameters=(TASK_ID,),
            ),
        ]

    async def images(self, visit: Visit) -> Response:
        shown: list[ManagerTagged] = []
        for view in self._asked(visit):
            async for record, item in self._endings(visit, view):
                shown.append(tagged_of(visit, view.job, record, item))
                if len(shown) == MAX_SHOWN:
                    return answer(shown)
        return answer(shown)

    async def clear(self, visit: Visit) -> Response:
        count = busy = 0
        for view in self._asked(visit):
            names = [made.name for made in await self._made(visit, view.job)]
            try:
                count += await forget_files(visit, view.job.id, names)
            except InvalidStatus:
                busy += 1
        said = texts.TAGS_CLEARED_BUT if busy else texts.TAGS_CLEARED
        message = said.told(language(), count=count, busy=busy)
        told = ManagerClearedAnswer(
            status=ManagerStatus(message=message),
            message=message,
            count=count,
            data=ManagerCleared(count=count),
        )
        return json_answer(told)

    async def files(self, visit: Visit) -> Response:
        found = [
            _file(view.job, made)
            for view in self._asked(visit)
            for made in await self._made(visit, view.job)
        ]
        return answer(found[:MAX_FILES])

    async def file(self, visit: Visit, name: str) -> Response:
        for view in self._asked(visit):
            for made in await self._made(visit, view.job):
                if made.name == name and made.size_bytes <= _MAX_TEXT_BYTES:
                    return answer(await self._text(visit, view.job, made))
        raise Refused("not_found", "not_found", texts.NO_TAG_FILE, file=name[:200])

    def _asked(self, visit: Visit) -> list[JobView]:
        """The one that the query names, or all. Raises Refused."""
        query = Query(request.args)
        named = query.text("task_id", most_chars=_MAX_ID_CHARS)
        query.done()
        if not named:
            return [view for view in self._tasks.listed(visit) if view.job.kind == KIND]
        view = self._tasks.find(visit, named)
        if view.job.kind != KIND:
            raise task_not_found(named)
        return [view]

    async def _endings(
        self, visit: Visit, view: JobView
    ) -> AsyncIterator[tuple[OutcomeRecord, InputItem]]:
        """Of the pictures of a task whose file of tags is there."""
        there = {made.name for made in await self._made(visit, view.job)}
        if not there:
            return
        found = self._store.iter_outcomes(
            visit.key, view.job.id, status=OutcomeStatus.OK, run=view.job.run, again=view.job.again
        )
        async with closing(found) as batches:
            async for batch in batches:
                for record, item in batch:
                    if msgspec.json.decode(record.result).get("file") in there:
                        yield record, item

    async def _made(self, visit: Visit, job: Job) -> list[Artifact]:
        """None, where its files are gone: of the others there are some."""
        try:
            return await self._store.list_artifacts(visit.key, job.id)
        except JobFilesMissing:
            return []

    async def _text(self, visit: Visit, job: Job, made: Artifact) -> ManagerTagText:
        data = bytearray()
        with visit.reading(job.id):
            async with closing(self._store.open_artifact(visit.key, job.id, made.name)) as chunks:
                async for chunk in chunks:
                    data += chunk
        tags = msgspec.json.decode(data) if made.name.endswith(".json") else None
        return ManagerTagText(filename=made.name, task_id=job.id, content=data.decode(), tags=tags)


def _file(job: Job, made: Artifact) -> ManagerTagFile:
    return ManagerTagFile(
        filename=made.name,
        task_id=job.id,
        size=made.size_bytes,
        created_at=wire_time(made.modified_at),
    )
