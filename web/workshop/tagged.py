"""The tags of pictures, where they are: in the results of the desk's tag jobs, or in files beside
the pictures of a folder of the operator's. Read for `web.dialects.taskmanager.characters` and
`web.workshop.characters_api`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec

from actors.messages import JobView
from executors.folders import Folders
from executors.refusals import Refused
from executors.tag.spec import TagSpec
from state.model import OutcomeStatus
from web.deps import WebDeps
from web.http import invalid
from web.threads import Threads
from web.validate import field_error
from web.visit import Visit
from web.workshop.extraction import TagTally, tags_in, tags_of_text

KIND = TagSpec.kind
# The name by which clients call all that was tagged, whatever stands before it.
ALL = "tags"
SUFFIXES = (".json", ".txt")
MAX_FILE_BYTES = 256 * 1024
# So many files are read in one step of a thread.
_STEP = 200


class TaggedPictures:
    """Holds no state of its own. One for a server."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._store = deps.store
        self._folders: Folders = deps.folders
        self._max_items = deps.settings.max_items
        self._threads = threads

    async def tally(self, visit: Visit, source: str, field: str) -> TagTally:
        """The tags of a tag job (its id, or a folder that is named after it), of a folder of the
        operator's, or, where `source` is empty or ends in `tags`, of all tag jobs of the desk.
        `field` is what the request calls it. Raises WebError, JobFilesMissing."""
        path = source.replace("\\", "/").strip("/ ")
        tally = TagTally()
        jobs = [view for view in visit.desk.published.jobs.values() if view.job.kind == KIND]
        if path.rpartition("/")[2].casefold() not in ("", ALL):
            named = path.rpartition("/")[2].rpartition("_")[2]
            jobs = [view for view in jobs if view.job.id in (path, named)]
            if not jobs:
                await self._of_folder(path, tally, field)
        for view in jobs:
            await self._of_job(visit, view, tally)
        return tally

    async def _of_job(self, visit: Visit, view: JobView, tally: TagTally) -> None:
        with visit.reading(view.job.id):
            endings = self._store.iter_outcomes(visit.key, view.job.id, status=OutcomeStatus.OK)
            async for batch in endings:
                for record, _ in batch:
                    tally.add(tags_in(_decoded(record.result)))

    async def _of_folder(self, path: str, tally: TagTally, field: str) -> None:
        try:
            look = partial(self._folders.pictures, path, self._max_items)
            pictures = await self._threads.step(look)
        except Refused as error:
            raise invalid([field_error(field, str(error))]) from None
        for start in range(0, len(pictures), _STEP):
            read = partial(self._read, pictures[start : start + _STEP])
            for tags in await self._threads.step(read):
                tally.add(tags)

    def _read(self, pictures: list[str]) -> list[list[tuple[str, float]]]:
        """In a thread. Pictures without a file of tags are passed over."""
        return [tags for tags in map(self._beside, pictures) if tags is not None]

    def _beside(self, picture: str) -> list[tuple[str, float]] | None:
        for suffix in SUFFIXES:
            try:
                data = self._folders.read(picture.rpartition(".")[0] + suffix, MAX_FILE_BYTES)
            except Refused:
                continue
            text = data.decode(errors="replace")
            return tags_of_text(text) if suffix == ".txt" else tags_in(_decoded(data))
        return None


def _decoded(data: bytes | msgspec.Raw) -> Any:
    """None for what is no JSON: a file in a folder may be anything."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
