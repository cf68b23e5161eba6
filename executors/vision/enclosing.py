"""The bytes of a picture, when its item goes to a worker: from the job's own copies, from what a
job of the same desk has made, or from a folder of the operator's. In the server, never in a worker.

The `Enclosures` of all kinds whose items are pictures; built by `nightdesk.serve`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

import trio
from msgspec import Raw

from actors.ports import StoreReads
from actors.ports.enclosures import NotEnclosed
from executors.folders import Folders
from executors.refusals import Refused
from executors.vision.limits import MAX_BYTES
from executors.vision.sources import FileOfJob, PartOfFile, stored_source
from state.errors import JobFilesMissing
from state.views import DeskKey

# With so many bytes in hand no further file is read along.
TOGETHER_BYTES = 256 * 1024


class Pictures:
    """See Enclosures. Holds no state of its own."""

    def __init__(self, store: StoreReads, folders: Folders) -> None:
        self._store = store
        self._folders = folders

    @property
    def goes_on(self) -> bool:
        """See Enclosures.goes_on."""
        return False

    def shared(self, spec: Mapping[str, Any]) -> tuple[str, ...]:
        """See Enclosures.shared. A model that was learned; pictures go with their items."""
        return tuple(spec.get("model_files", ()))

    async def read(self, desk: DeskKey, job_id: str, items: Sequence[Raw]) -> list[bytes]:
        """See Enclosures.read. Files in folders are read together."""
        asked = stored_source(items[0])
        try:
            if asked.path is not None:
                read = self._in_folders
                return await trio.to_thread.run_sync(read, asked.path, items[1:])
            if asked.file is not None:
                return [await self._made(desk, asked.file)]
            if asked.part is not None:
                return [await self._part(desk, job_id, asked.part)]
            return [await self._store.read_asset(desk, job_id, asked.digest or "")]
        except Refused as error:
            raise NotEnclosed(str(error)) from None
        except JobFilesMissing as error:
            raise NotEnclosed(f"{asked.image} cannot be read: {error}") from None

    def _in_folders(self, path: str, following: Sequence[Raw]) -> list[bytes]:
        """Raises Refused, of the first."""
        found = [self._folders.read(path, MAX_BYTES)]
        for item in following:
            next_path = stored_source(item).path
            if next_path is None or sum(map(len, found)) > TOGETHER_BYTES:
                break
            try:
                found.append(self._folders.read(next_path, MAX_BYTES))
            except Refused:
                # Told when it is the first.
                break
        return found

    async def _part(self, desk: DeskKey, job_id: str, part: PartOfFile) -> bytes:
        """Raises JobFilesMissing."""
        if part.size_bytes > MAX_BYTES:
            raise NotEnclosed(f"a picture has at most {MAX_BYTES:,} bytes")
        data = await self._store.read_asset_part(
            desk, job_id, part.digest, part.start, part.size_bytes
        )
        if crc32(data) != part.crc32:
            raise JobFilesMissing("what was uploaded is damaged")
        return data

    async def _made(self, desk: DeskKey, file: FileOfJob) -> bytes:
        """An artifact, whole. Raises JobFilesMissing, NotEnclosed."""
        found = await self._store.find_artifact(desk, file.job, file.name)
        if found.size_bytes > MAX_BYTES:
            raise NotEnclosed(f"{file.name} has more than {MAX_BYTES:,} bytes")
        data = bytearray()
        async for piece in self._store.open_artifact(desk, file.job, file.name):
            data += piece
        return bytes(data)
