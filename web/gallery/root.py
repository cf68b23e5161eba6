"""All pictures of a desk as one folder of folders: one for each job that has made some, and the
operator's, each under its name, with those in them.

`<folder of the job>/<file>` and `<name>/<path>` are the paths in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec import Struct

from actors.messages import JobView
from actors.ports import Artifact
from executors.folder_files import Listing, listings
from executors.folders import Folders
from executors.refusals import Refused
from state.errors import JobFilesMissing
from state.library import Picture
from state.model import Job
from web.deps import WebDeps
from web.dialects.taskmanager.view import folder_of, is_task
from web.gallery.media import named_media
from web.threads import Threads
from web.visit import Visit

MAX_FOLDERS = 1_000
MAX_FILES_IN_ONE = 10_000
# Of all that is told at once.
MAX_FILES = 50_000
# Pictures that the desk keeps itself: they can be shown, and are in no list of folders.
LIBRARY = "library"
# Those of the five types whose files are pictures.
_KINDS = frozenset({"generate", "crawl", "train"})


class Image(Struct, frozen=True):
    """A file that is called like a picture. `name` is what it is called in its folder."""

    name: str
    size_bytes: int
    modified_at: float


class ImageFolder(Struct, frozen=True):
    """One folder of the root, by its path; `job` where a job has made what is in it. `truncated`:
    it holds more."""

    path: str
    modified_at: float
    images: tuple[Image, ...]
    job: str | None = None
    truncated: bool = False


class ImagesRoot:
    """Holds no state of its own. One for a server."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self.folders: Folders = deps.folders
        self._store = deps.store
        self._threads = threads

    async def all(self, visit: Visit) -> tuple[list[ImageFolder], bool]:
        """Every folder that has pictures, the newest first, and whether there are more."""
        found: list[ImageFolder] = []
        files, more = 0, False
        for name in self.folders.names:
            some, truncated = await self.opened(name)
            found += [folder for folder in some if folder.images]
            more = more or truncated
        for view in jobs_with_pictures(visit):
            if len(found) >= MAX_FOLDERS:
                more = True
                break
            folder = await self.of_job(visit, view.job)
            if folder.images:
                found.append(folder)
        found.sort(key=lambda folder: folder.modified_at, reverse=True)
        for place, folder in enumerate(found):
            files += len(folder.images)
            if files > MAX_FILES and place:
                return found[:place], True
        return found[:MAX_FOLDERS], more or len(found) > MAX_FOLDERS

    async def opened(self, name: str) -> tuple[list[ImageFolder], bool]:
        """A folder of the operator's with those in it, and whether there are more; one that cannot
        be read is empty."""
        bounds = {"most_folders": MAX_FOLDERS, "most_files": MAX_FILES_IN_ONE}
        look = partial(listings, self.folders, name, **bounds)
        try:
            found, truncated = await self._threads.step(look)
        except Refused:
            return [], False
        return [of_listing(one) for one in found], truncated

    async def of_job(self, visit: Visit, job: Job) -> ImageFolder:
        """The folder of a job; an empty one where its files are gone."""
        try:
            made = await self.images_of(visit, job.id)
        except JobFilesMissing:
            made = []
        images = [Image(one.name, one.size_bytes, one.modified_at) for one in made]
        return ImageFolder(
            path=folder_of(job),
            modified_at=job.created_at,
            images=tuple(images[:MAX_FILES_IN_ONE]),
            job=job.id,
            truncated=len(images) > MAX_FILES_IN_ONE,
        )

    async def images_of(self, visit: Visit, job_id: str) -> list[Artifact]:
        """The pictures of a job, by name. Raises JobFilesMissing."""
        made = await self._store.list_artifacts(visit.key, job_id)
        return [one for one in made if named_media(one.name) is not None]

    def kept(self, visit: Visit, path: str) -> Picture | None:
        """The picture of the desk's library that is called so: `library/<id>.<format>`."""
        folder, _, file = path.partition("/")
        if folder != LIBRARY or folder in self.folders.names:
            return None
        id, _, suffix = file.rpartition(".")
        found = visit.desk.published.pictures.get(id)
        return None if found is None or found.format != suffix else found

    def job_of(self, visit: Visit, folder: str) -> JobView | None:
        """The job whose folder is called so."""
        if folder in self.folders.names:
            return None
        view = visit.desk.published.jobs.get(folder.rpartition("_")[2])
        if view is None or not is_task(view.job) or folder_of(view.job) != folder:
            return None
        return view


def jobs_with_pictures(visit: Visit) -> Iterator[JobView]:
    """Those that may have some, the newest first."""
    for view in reversed(visit.desk.published.jobs.values()):
        if view.job.kind in _KINDS and view.job.run > 0:
            yield view


def of_listing(one: Listing) -> ImageFolder:
    """A folder of the operator's, as a folder of the root."""
    images = [Image(file.name, file.size_bytes, file.modified_at) for file in one.files]
    return ImageFolder(one.path, one.modified_at, tuple(images), truncated=one.truncated)


def in_order(job: Job, images: Sequence[Artifact]) -> list[Artifact]:
    """The pictures of a job as its items have made them, without grids, which repeat others: those
    that are made are called by their places, those that are found come as they were found."""
    if job.kind == "generate":
        return [image for image in images if "-grid-" not in image.name]
    return sorted(images, key=lambda image: (image.modified_at, image.name))
