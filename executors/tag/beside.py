"""Puts files of tags beside their pictures, in folders that the operator has opened to be written.

The `Delivery` of kind `tag`; built by `nightdesk.serve`. In the server, never in a worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
import trio

from actors.ports import StoreReads
from actors.ports.deliveries import Ending
from executors.folder_files import put_beside
from executors.folders import Folders
from executors.refusals import Refused
from executors.tag.items import TagItem
from state.errors import JobFilesMissing
from state.views import DeskKey

FIELD = "save_beside"
_items = msgspec.json.Decoder(TagItem)


class TagsBeside:
    """See Delivery. Holds no state of its own."""

    def __init__(self, store: StoreReads, folders: Folders) -> None:
        self._store = store
        self._folders = folders

    def is_wanted(self, spec: Mapping[str, Any]) -> bool:
        """See Delivery.is_wanted."""
        return spec.get(FIELD) is True

    async def deliver(
        self, desk: DeskKey, job_id: str, endings: Sequence[Ending]
    ) -> list[tuple[int, str]]:
        """See Delivery.deliver. Pictures that are in no folder have nothing beside them."""
        failed: list[tuple[int, str]] = []
        for item, record in endings:
            asked = _items.decode(item.item)
            if asked.path is None:
                continue
            try:
                await self._put(desk, job_id, asked.path, asked.name)
            except (Refused, JobFilesMissing) as error:
                failed.append((record.index, f"its tags were not put beside it: {error}"))
        return failed

    async def _put(self, desk: DeskKey, job_id: str, path: str, name: str) -> None:
        """Raises Refused, JobFilesMissing."""
        data = bytearray()
        async for piece in self._store.open_artifact(desk, job_id, name):
            data += piece
        beside = name.rpartition("/")[2]
        put = partial(put_beside, self._folders, path, beside, bytes(data))
        await trio.to_thread.run_sync(put)
