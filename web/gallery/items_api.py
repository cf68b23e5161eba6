"""The picture that an item of a job is about, shown: of jobs of tags, of training and of
classifying. From where the job itself has it, whole, and never through a worker.
"""

from __future__ import annotations

from zlib import crc32

from quart import Response

from executors.classify.spec import ClassifySpec
from executors.tag.spec import TagSpec
from executors.train.spec import TrainSpec
from executors.vision.limits import MAX_BYTES
from executors.vision.sources import PartOfFile, PictureSource, stored_source
from state.errors import JobFilesMissing
from web.access import Access
from web.deps import WebDeps
from web.desk_api import JOB
from web.errors import not_found
from web.gallery.sending import send_artifact, send_bytes, send_from_folder
from web.routes import Route
from web.threads import Threads
from web.visit import Visit

_KINDS = frozenset({TagSpec.kind, TrainSpec.kind, ClassifySpec.kind})
# An index of more digits is no item's.
_MAX_DIGITS = 9


class ItemPicturesApi:
    """Holds no state of its own."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._store = deps.store
        self._folders = deps.folders
        self._threads = threads

    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET",
                rule=f"{JOB}/items/<item>/picture",
                name="get_item_picture",
                access=Access.DESK,
                handler=self.picture,
                summary="The picture that an item is about",
                answer="image/*",
                errors=("range_not_satisfiable", "files_damaged"),
            )
        ]

    async def picture(self, visit: Visit, job: str, item: str) -> Response:
        source = await self._source(visit, job, item)
        if source.path is not None:
            return await send_from_folder(self._folders, self._threads, source.path)
        if source.file is not None:
            # Of a job that was deleted meanwhile nothing is left.
            return await send_artifact(self._store, visit, source.file.job, source.file.name)
        with visit.reading(job):
            if source.part is not None:
                data = await self._part(visit, job, source.part)
                return send_bytes(
                    data, f"{source.part.digest[:16]}-{source.part.start}", source.image
                )
            if source.digest is None:
                raise not_found()
            data = await self._store.read_asset(visit.key, job, source.digest)
            return send_bytes(data, source.digest, source.image)

    async def _source(self, visit: Visit, job: str, item: str) -> PictureSource:
        """Raises WebError, JobFilesMissing."""
        written = item.isascii() and item.isdigit() and len(item) <= _MAX_DIGITS
        with visit.reading(job) as view:
            if view.job.kind not in _KINDS or not written or str(int(item)) != item:
                raise not_found()
            found = await self._store.read_items(visit.key, job, offset=int(item), limit=1)
        if not found:
            raise not_found()
        return stored_source(found[0].item)

    async def _part(self, visit: Visit, job: str, part: PartOfFile) -> bytes:
        """Raises JobFilesMissing."""
        size = min(part.size_bytes, MAX_BYTES)
        data = await self._store.read_asset_part(visit.key, job, part.digest, part.start, size)
        if crc32(data) != part.crc32:
            raise JobFilesMissing("what was uploaded is damaged")
        return data
