"""The bytes of a picture, when its item goes to a worker: from the job's own copies, from what a
job of the same desk has made, or from a folder of the operator's. In the server, never in a worker.

The `Enclosures` of kind `tag`; built by `nightdesk.serve`.
"""

from __future__ import annotations

import msgspec
import trio
from msgspec import Raw

from actors.ports import StoreReads
from actors.ports.enclosures import NotEnclosed
from executors.folders import Folders
from executors.refusals import Refused
from executors.tag.items import FileOfJob, TagItem
from executors.vision.limits import MAX_BYTES
from state.errors import JobFilesMissing
from state.views import DeskKey

_items = msgspec.json.Decoder(TagItem)


class Pictures:
    """See Enclosures. Holds no state of its own."""

    def __init__(self, store: StoreReads, folders: Folders) -> None:
        self._store = store
        self._folders = folders

    async def read(self, desk: DeskKey, job_id: str, item: Raw) -> bytes:
        """See Enclosures.read."""
        asked = _items.decode(item)
        try:
            if asked.path is not None:
                path = asked.path
                return await trio.to_thread.run_sync(self._folders.read, path, MAX_BYTES)
            if asked.file is not None:
                return await self._made(desk, asked.file)
            return await self._store.read_asset(desk, job_id, asked.digest or "")
        except Refused as error:
            raise NotEnclosed(str(error)) from None
        except JobFilesMissing as error:
            raise NotEnclosed(f"{asked.image} cannot be read: {error}") from None

    async def _made(self, desk: DeskKey, file: FileOfJob) -> bytes:
        """An artifact, whole. Raises JobFilesMissing, NotEnclosed."""
        found = await self._store.find_artifact(desk, file.job, file.name)
        if found.size_bytes > MAX_BYTES:
            raise NotEnclosed(f"{file.name} has more than {MAX_BYTES:,} bytes")
        data = bytearray()
        async for piece in self._store.open_artifact(desk, file.job, file.name):
            data += piece
        return bytes(data)
