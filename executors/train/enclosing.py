"""What goes to a worker with an item of training: the bytes of its picture; and with the last one,
which learns, the features of all pictures that could be looked at. In the server.

The `Enclosures` of kind `train`; built by `nightdesk.serve`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from actors.ports import StoreReads
from actors.ports.enclosures import Enclosures, NotEnclosed
from executors.train.handing import ROW_BYTES, packed
from executors.train.items import Example, Head, TrainItem, features_file
from state.errors import JobFilesMissing
from state.model import OutcomeStatus
from state.views import Artifact, DeskKey

_items = msgspec.json.Decoder(TrainItem)


class Examples:
    """See Enclosures. `pictures` reads those of single items. Holds no state of its own."""

    def __init__(self, store: StoreReads, pictures: Enclosures) -> None:
        self._store = store
        self._pictures = pictures

    @property
    def goes_on(self) -> bool:
        """See Enclosures.goes_on."""
        return False

    def shared(self, spec: Mapping[str, Any]) -> tuple[str, ...]:
        """See Enclosures.shared."""
        return self._pictures.shared(spec)

    async def read(self, desk: DeskKey, job_id: str, items: Sequence[Raw]) -> list[bytes]:
        """See Enclosures.read."""
        asked = _items.decode(items[0])
        if not asked.pictures_n:
            return await self._pictures.read(desk, job_id, items)
        try:
            return [await self._features(desk, job_id, asked.pictures_n)]
        except JobFilesMissing as error:
            raise NotEnclosed(f"what the pictures show cannot be read: {error}") from None

    async def _features(self, desk: DeskKey, job_id: str, pictures_n: int) -> bytes:
        """In one pass over the endings, one over the index and one over the files."""
        found: list[tuple[TrainItem, Artifact]] = []
        made = {each.name: each for each in await self._store.list_artifacts(desk, job_id)}
        async for some in self._store.iter_outcomes(desk, job_id, status=OutcomeStatus.OK):
            for record, stored in some:
                item, file = _items.decode(stored.item), made.get(features_file(record.index))
                if not item.pictures_n and file is not None and file.size_bytes == ROW_BYTES:
                    found.append((item, file))
        labels = sorted({item.label for item, _ in found})
        places = {label: place for place, label in enumerate(labels)}
        examples = tuple(Example(item.image, places[item.label]) for item, _ in found)
        head = Head(tuple(labels), examples, pictures_n - len(found))
        return packed(head, await self._rows(desk, job_id, [file for _, file in found]))

    async def _rows(self, desk: DeskKey, job_id: str, wanted: list[Artifact]) -> list[bytes]:
        """Each is small enough to come as one chunk."""
        rows: list[bytes] = []
        async for some in self._store.read_artifacts(desk, job_id, wanted):
            rows += [chunk for _, chunk in some]
        return rows
