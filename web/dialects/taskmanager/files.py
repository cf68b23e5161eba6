"""The tree of pictures, and files that are deleted from it. The wire is docs/task-manager.md."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec
from msgspec import Raw
from quart import Response

from actors.messages import RemoveArtifacts
from executors import folder_files
from executors.folders import NotThere, path_reason
from executors.refusals import Refused as FileRefused
from state.model import Job
from web.deps import WebDeps
from web.dialects.refused import Refused
from web.dialects.taskmanager import file_texts as texts
from web.dialects.taskmanager.answers import answer
from web.dialects.taskmanager.file_schemas import (
    ManagerFilesBody,
    ManagerNode,
    ManagerRemoved,
    ManagerRemovedAnswer,
    ManagerTreeAnswer,
    ManagerTreeBody,
)
from web.dialects.taskmanager.reading import Reader
from web.dialects.taskmanager.routing import Row, language
from web.gallery.media import named_media
from web.gallery.root import ImageFolder, ImagesRoot
from web.http import invalid
from web.removal_api import MAX_NAMES
from web.threads import Threads
from web.validate import field_error
from web.visit import Visit

# What is told below the answer's `data`.
_FIELD = "fileTree"


class FilesApi:
    """Handlers that hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads, root: ImagesRoot, reader: Reader) -> None:
        self._folders = deps.folders
        self._store = deps.store
        self._threads = threads
        self._root = root
        self._reader = reader

    def rows(self) -> list[Row]:
        return [
            Row(
                method="POST",
                paths=("/api/filetree",),
                name="manager_filetree",
                handler=self.tree,
                summary="The folders of pictures, and what is in them",
                answer=ManagerTreeAnswer,
                body=ManagerTreeBody,
            ),
            Row(
                method="POST",
                paths=("/api/files/delete",),
                name="manager_delete_files",
                handler=self.delete,
                summary="Delete pictures, or all that are in a folder",
                answer=ManagerRemovedAnswer,
                body=ManagerFilesBody,
                errors=("invalid_status", "mailbox_full", "storage_full"),
                command="remove_artifacts",
            ),
        ]

    async def tree(self, visit: Visit) -> Response:
        await self._reader.object()
        found, truncated = await self._root.all(visit)
        # There may be tens of thousands.
        told = await self._threads.step(partial(_encoded, found, truncated))
        return answer({_FIELD: Raw(told)})

    async def delete(self, visit: Visit) -> Response:
        asked, _ = await self._reader.body(ManagerFilesBody)
        paths = list(dict.fromkeys(asked.file_paths))
        opened, made = self._sorted(visit, paths)
        count = 0
        for job, names in made:
            count += await self._forget(visit, job, names)
        for path in opened:
            count += await self._threads.step(partial(_removed, self._root, path))
        message = texts.REMOVED.told(language(), count=count)
        return answer(ManagerRemoved(deleted_count=count), message)

    def _sorted(
        self, visit: Visit, paths: Sequence[str]
    ) -> tuple[list[str], list[tuple[Job, set[str]]]]:
        """(those in the operator's folders, files by the job that made them; without names: all).
        Raises WebError before anything is deleted."""
        errors = [
            field_error(f"file_paths[{place}]", reason)
            for place, path in enumerate(paths)
            if (reason := path_reason(path)) is not None
        ]
        if errors:
            raise invalid(errors)
        opened: list[str] = []
        made: dict[str, tuple[Job, set[str]]] = {}
        whole: set[str] = set()
        for path in paths:
            folder, _, name = path.partition("/")
            if folder in self._folders.names:
                if not self._folders.may_write(path):
                    raise Refused("invalid_request", "read_only", texts.READ_ONLY, folder=folder)
                opened.append(path)
                continue
            view = self._root.job_of(visit, folder)
            if view is None:
                raise Refused("not_found", "not_found", texts.NO_FOLDER, folder=folder[:100])
            names = made.setdefault(view.job.id, (view.job, set()))[1]
            names.add(name)
            if not name:
                whole.add(view.job.id)
        return opened, [
            (job, set() if job_id in whole else names) for job_id, (job, names) in made.items()
        ]

    async def _forget(self, visit: Visit, job: Job, names: set[str]) -> int:
        """Files of a job, all of them where none are named."""
        if not names:
            with visit.reading(job.id):
                names = {made.name for made in await self._store.list_artifacts(visit.key, job.id)}
        return await forget_files(visit, job.id, sorted(names))


async def forget_files(visit: Visit, job_id: str, names: Sequence[str]) -> int:
    """Have the desk forget files of a job, however many; tells how many there were."""
    removed = 0
    for first in range(0, len(names), MAX_NAMES):
        some = tuple(names[first : first + MAX_NAMES])
        removed += (await visit.ask(RemoveArtifacts(job_id, some))).removed
    return removed


def _removed(root: ImagesRoot, path: str) -> int:
    """One that is gone already is none. Raises Refused."""
    try:
        return folder_files.remove(root.folders, path)
    except NotThere:
        return 0
    except FileRefused as error:
        raise invalid([field_error("file_paths", str(error))]) from None


def _encoded(found: Sequence[ImageFolder], truncated: bool) -> bytes:
    root = ManagerNode(
        key="images",
        title="images",
        isFolder=True,
        truncated=truncated,
        children=[_node(folder) for folder in found],
    )
    return msgspec.json.encode(root)


def _node(folder: ImageFolder) -> ManagerNode:
    return ManagerNode(
        key=folder.path,
        title=folder.path,
        filePath=folder.path,
        isFolder=True,
        truncated=folder.truncated,
        children=[
            ManagerNode(
                key=f"{folder.path}/{image.name}",
                title=image.name,
                filePath=f"{folder.path}/{image.name}",
                fileType=named_media(image.name) or "",
                fileSize=image.size_bytes,
                isLeaf=True,
            )
            for image in folder.images
        ],
    )
