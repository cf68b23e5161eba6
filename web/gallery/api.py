"""Folders of pictures, natively: which there are, and what is in one. For choosers."""

from __future__ import annotations

from functools import partial

from msgspec import Struct
from quart import Response, request

from executors.folder_files import listing
from executors.folders import path_reason
from executors.refusals import Refused
from web.access import Access
from web.deps import WebDeps
from web.desk_api import DESK
from web.errors import not_found
from web.gallery.root import Image, ImageFolder, ImagesRoot, of_listing
from web.http import Query, invalid, json_answer
from web.routes import Parameter, Route, integer
from web.schemas import Count
from web.threads import Threads
from web.validate import field_error
from web.views import wire_time
from web.visit import Visit

# Of one listing: what is beyond it cannot be chosen by a page.
_MOST = 200_000
_MAX_PATH_CHARS = 1_000


class FolderEntry(Struct, frozen=True, kw_only=True):
    """A folder with pictures, by the path that `input_dir` of a job takes. `job_id` where a job of
    the desk has made what is in it; `truncated`: it holds more pictures than were counted."""

    path: str
    job_id: str | None
    writable: bool
    images_n: Count
    modified_at: str
    truncated: bool


class FoldersAnswer(Struct, frozen=True, kw_only=True):
    """`opened` are the folders that the operator has opened to every desk, also empty ones."""

    opened: list[str]
    folders: list[FolderEntry]
    truncated: bool


class ImageEntry(Struct, frozen=True, kw_only=True):
    name: str
    size_bytes: Count
    modified_at: str


class FolderAnswer(Struct, frozen=True, kw_only=True):
    """One folder: those within by their names, and a page of its pictures."""

    path: str
    job_id: str | None
    folders: list[str]
    images: list[ImageEntry]
    total: Count
    offset: Count
    limit: Count


class FoldersApi:
    """Holds no state of its own."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._root = ImagesRoot(deps, threads)
        self._threads = threads
        self._max_page_size = deps.settings.max_page_size

    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET",
                rule=f"{DESK}/folders",
                name="get_folders",
                access=Access.DESK,
                handler=self.all,
                summary="Folders with pictures: the operator's, and those of jobs",
                answer=FoldersAnswer,
            ),
            Route(
                method="GET",
                rule=f"{DESK}/folders/<name>",
                name="get_folder",
                access=Access.DESK,
                handler=self.one,
                summary="What is in a folder of pictures",
                answer=FolderAnswer,
                parameters=(
                    Parameter("path", {"type": "string"}, "Of a folder within it."),
                    integer("offset", "Pictures to skip.", default=0),
                    integer("limit", "", default=100),
                ),
                errors=("invalid_request", "files_damaged"),
            ),
        ]

    async def all(self, visit: Visit) -> Response:
        found, truncated = await self._root.all(visit)
        entries = [
            FolderEntry(
                path=folder.path,
                job_id=folder.job,
                writable=folder.job is not None or self._root.folders.may_write(folder.path),
                images_n=len(folder.images),
                modified_at=wire_time(folder.modified_at),
                truncated=folder.truncated,
            )
            for folder in found
        ]
        opened = list(self._root.folders.names)
        return json_answer(FoldersAnswer(opened=opened, folders=entries, truncated=truncated))

    async def one(self, visit: Visit, name: str) -> Response:
        query = Query(request.args)
        inner = query.text("path", most_chars=_MAX_PATH_CHARS)
        offset = query.integer("offset", 0, low=0, high=_MOST)
        limit = query.integer("limit", 100, low=1, high=self._max_page_size)
        query.done()
        path = f"{name}/{inner}" if inner else name
        if (reason := path_reason(path)) is not None:
            raise invalid([field_error("path", reason)])
        folder, within = await self._found(visit, name, path)
        shown = folder.images[offset : offset + limit]
        return json_answer(
            FolderAnswer(
                path=path,
                job_id=folder.job,
                folders=list(within),
                images=[_entry(image) for image in shown],
                total=len(folder.images),
                offset=offset,
                limit=limit,
            )
        )

    async def _found(
        self, visit: Visit, name: str, path: str
    ) -> tuple[ImageFolder, tuple[str, ...]]:
        """The folder and those within. Raises WebError."""
        if path == name and (view := self._root.job_of(visit, name)) is not None:
            return await self._root.of_job(visit, view.job), ()
        try:
            look = partial(listing, self._root.folders, path, _MOST)
            found = await self._threads.step(look)
        except Refused as error:
            # What is not there and what may not be seen are the same.
            raise not_found() from error
        return of_listing(found), found.folders


def _entry(image: Image) -> ImageEntry:
    return ImageEntry(
        name=image.name, size_bytes=image.size_bytes, modified_at=wire_time(image.modified_at)
    )
