"""Pictures, shown: by their paths in the tree, and by their places in their tasks. The wire is
docs/task-manager.md.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from quart import Response

from actors.ports import Artifact
from state.model import Job
from web.deps import WebDeps
from web.dialects.refused import Refused
from web.dialects.taskmanager.answers import answer
from web.dialects.taskmanager.file_schemas import (
    ManagerGenerated,
    ManagerGeneratedAnswer,
    ManagerGeneratedBody,
    ManagerGeneratedList,
)
from web.dialects.taskmanager.file_texts import NO_IMAGE
from web.dialects.taskmanager.reading import Reader, pagination_of
from web.dialects.taskmanager.routing import Row
from web.dialects.taskmanager.service import Tasks
from web.dialects.taskmanager.view import folder_of
from web.errors import WebError
from web.gallery.root import ImagesRoot, in_order, jobs_with_pictures
from web.gallery.sending import send_artifact, send_from_folder, send_kept
from web.threads import Threads
from web.views import wire_time
from web.visit import Visit

_PICTURE = "image/*"


class ImagesApi:
    """Handlers that hold no state of their own."""

    def __init__(
        self, deps: WebDeps, threads: Threads, root: ImagesRoot, tasks: Tasks, reader: Reader
    ) -> None:
        self._store = deps.store
        self._threads = threads
        self._root = root
        self._tasks = tasks
        self._reader = reader

    def rows(self) -> list[Row]:
        return [
            Row(
                method="GET",
                paths=("/api/images/<path:name>",),
                name="manager_image",
                handler=self.image,
                summary="A picture, by its path in the tree",
                answer=_PICTURE,
                errors=("range_not_satisfiable", "files_damaged"),
            ),
            Row(
                method="GET",
                paths=("/api/tasks/<task>/images/<name>",),
                name="manager_task_image",
                handler=self.of_task,
                summary="A picture of a task, by its place among them, from 1",
                answer=_PICTURE,
                errors=("range_not_satisfiable", "files_damaged"),
            ),
            Row(
                method="POST",
                paths=("/api/generated/images",),
                name="manager_generated",
                handler=self.generated,
                summary="Pictures that tasks have made, the newest task first",
                answer=ManagerGeneratedAnswer,
                body=ManagerGeneratedBody,
            ),
        ]

    async def image(self, visit: Visit, name: str) -> Response:
        folder, _, file = name.partition("/")
        try:
            if (view := self._root.job_of(visit, folder)) is not None:
                return await send_artifact(self._store, visit, view.job.id, file)
            if (kept := self._root.kept(visit, name)) is not None:
                return await send_kept(self._store, visit, kept)
            return await send_from_folder(self._root.folders, self._threads, name)
        except WebError as error:
            raise _told(error, name) from error

    async def of_task(self, visit: Visit, task: str, name: str) -> Response:
        job = self._tasks.find(visit, task).job
        with visit.reading(job.id):
            images = in_order(job, await self._root.images_of(visit, job.id))
        # From 1, as it is written: no signs, no zeros in front.
        wanted = next((one for n, one in enumerate(images, 1) if str(n) == name), None)
        if wanted is None:
            raise Refused("not_found", "not_found", NO_IMAGE, image=name[:100])
        try:
            return await send_artifact(self._store, visit, job.id, wanted.name)
        except WebError as error:
            raise _told(error, wanted.name) from error

    async def generated(self, visit: Visit) -> Response:
        asked, _ = await self._reader.body(ManagerGeneratedBody)
        page = self._reader.page(asked.pagination)
        first, total = (page.page - 1) * page.page_size, 0
        shown: list[ManagerGenerated] = []
        async for job, images in self._generated(visit, asked.model):
            begin = max(0, first + len(shown) - total)
            total += len(images)
            room = page.page_size - len(shown)
            shown += [_generated(job, image) for image in images[begin : begin + room]]
        told = ManagerGeneratedList(images=shown, pagination=pagination_of(page, total))
        return answer(told)

    async def _generated(
        self, visit: Visit, model: str
    ) -> AsyncIterator[tuple[Job, list[Artifact]]]:
        for view in jobs_with_pictures(visit):
            job = view.job
            if job.kind != "generate" or (model and job.spec.get("model") != model):
                continue
            with visit.reading(job.id):
                yield job, in_order(job, await self._root.images_of(visit, job.id))


def _generated(job: Job, image: Artifact) -> ManagerGenerated:
    path = f"{folder_of(job)}/{image.name}"
    return ManagerGenerated(
        id=f"{job.id}/{image.name}",
        task_id=job.id,
        image_path=path,
        url=f"/api/images/{quote(path)}",
        model=str(job.spec.get("model") or ""),
        file_size=image.size_bytes,
        created_at=wire_time(image.modified_at),
    )


def _told(error: WebError, image: str) -> WebError:
    """In this dialect's words."""
    if error.code != "not_found":
        return error
    return Refused("not_found", "not_found", NO_IMAGE, image=image[:200])
