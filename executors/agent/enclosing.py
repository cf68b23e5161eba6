"""What goes to a worker with a task: the transcript that it has, where it was begun before. In the
server, never in a worker.

The `Enclosures` of kind `agent`; built by `nightdesk.kinds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

import msgspec
from msgspec import Raw

from actors.ports import StoreReads
from actors.ports.enclosures import NotEnclosed
from executors.agent.items import AgentItem, stored_item
from state.errors import JobFilesMissing
from state.views import Artifact, DeskKey

# What a task's transcript may come to: it is read as a whole where the task goes on.
MAX_TRANSCRIPT_BYTES = 128 * 1024 * 1024
# Looked for at once: each time the names of all that the job has made may be gone through.
PIECES_AT_ONCE = 64

_pieces = msgspec.msgpack.Decoder(list[bytes])


class Transcripts:
    """See Enclosures. Holds no state of its own."""

    def __init__(self, store: StoreReads) -> None:
        self._store = store

    @property
    def goes_on(self) -> bool:
        """See Enclosures.goes_on."""
        return True

    def shared(self, spec: Mapping[str, Any]) -> tuple[str, ...]:
        """See Enclosures.shared."""
        return ()

    async def read(self, desk: DeskKey, job_id: str, items: Sequence[Raw]) -> list[bytes]:
        """See Enclosures.read. Nothing goes along with a task that was never begun."""
        tasks = [stored_item(item) for item in items]
        begun = await self._found(desk, job_id, [task.piece(1) for task in tasks])
        begun_names = {made.name for made in begun}
        if tasks[0].piece(1) in begun_names:
            return [await self._transcript(desk, job_id, tasks[0])]
        return [b"" for _ in takewhile(lambda task: task.piece(1) not in begun_names, tasks)]

    async def _transcript(self, desk: DeskKey, job_id: str, task: AgentItem) -> bytes:
        """Raises NotEnclosed."""
        found: list[Artifact] = []
        while True:
            names = [task.piece(len(found) + number) for number in range(1, PIECES_AT_ONCE + 1)]
            some = await self._found(desk, job_id, names)
            found += [made for made, name in zip(some, names, strict=False) if made.name == name]
            if len(found) % PIECES_AT_ONCE or not some:
                break
        if (size := sum(each.size_bytes for each in found)) > MAX_TRANSCRIPT_BYTES:
            raise NotEnclosed(f"its transcript is too long to go on with: {size} bytes")
        return packed(await self._read(desk, job_id, found))

    async def _found(self, desk: DeskKey, job_id: str, names: Sequence[str]) -> list[Artifact]:
        """Raises NotEnclosed."""
        try:
            return await self._store.find_artifacts(desk, job_id, names)
        except JobFilesMissing as error:
            raise NotEnclosed(f"its transcript cannot be read: {error}") from None

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
