"""What goes to a worker with a task: the transcript that it has, where it was begun before. In the
server, never in a worker.

The `Enclosures` of kind `agent`; built by `nightdesk.kinds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from actors.ports import StoreReads
from actors.ports.enclosures import NotEnclosed
from executors.agent.items import stored_item
from state.errors import ArtifactMissing, JobFilesMissing
from state.views import Artifact, DeskKey

# What a task's transcript may come to: it is read as a whole where the task goes on.
MAX_TRANSCRIPT_BYTES = 128 * 1024 * 1024

_pieces = msgspec.msgpack.Decoder(list[bytes])


class Transcripts:
    """See Enclosures. Holds no state of its own."""

    def __init__(self, store: StoreReads) -> None:
        self._store = store

    def shared(self, spec: Mapping[str, Any]) -> tuple[str, ...]:
        """See Enclosures.shared."""
        return ()

    async def read(self, desk: DeskKey, job_id: str, items: Sequence[Raw]) -> list[bytes]:
        """See Enclosures.read. Nothing goes along with a task that was never begun."""
        return [await self._transcript(desk, job_id, items[0])]

    async def _transcript(self, desk: DeskKey, job_id: str, item: Raw) -> bytes:
        """Raises NotEnclosed."""
        found: list[Artifact] = []
        task = stored_item(item)
        while True:
            try:
                name = task.piece(len(found) + 1)
                found.append(await self._store.find_artifact(desk, job_id, name))
            except ArtifactMissing:
                break
            except JobFilesMissing as error:
                raise NotEnclosed(f"its transcript cannot be read: {error}") from None
        if not found:
            return b""
        if (size := sum(each.size_bytes for each in found)) > MAX_TRANSCRIPT_BYTES:
            raise NotEnclosed(f"its transcript is too long to go on with: {size} bytes")
        return packed(await self._read(desk, job_id, found))

    async def _read(self, desk: DeskKey, job_id: str, wanted: Sequence[Artifact]) -> list[bytes]:
        pieces = [bytearray() for _ in wanted]
        try:
            async for some in self._store.read_artifacts(desk, job_id, wanted):
                for place, data in some:
                    pieces[place] += data
        except JobFilesMissing as error:
            raise NotEnclosed(f"its transcript cannot be read: {error}") from None
        return [bytes(each) for each in pieces]


def packed(pieces: Sequence[bytes]) -> bytes:
    return msgspec.msgpack.encode(pieces)


def unpacked(data: bytes) -> list[bytes]:
    """The pieces that came along, oldest first."""
    return _pieces.decode(data) if data else []
