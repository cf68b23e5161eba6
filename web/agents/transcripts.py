"""Reads the transcript of a task from the artifacts of its job, a few pieces at a time, fit to be
shown. Called by `web.agents.api`.

What models have written is hostile, and may be long: nothing here is rendered, every text has an
end, and what cannot be read is a record that says so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import orjson
from msgspec import Struct

from actors.ports import Artifact, DeskKey, StoreReads
from executors.agent.items import AgentItem
from state.errors import ArtifactMissing
from web.outcomes import closing
from web.threads import Threads

# Of one answer; a single piece that is longer is an answer of its own.
PAGE_BYTES = 1024 * 1024
PAGE_PIECES = 500
# A piece beyond that is not read here: it can be had as the artifact that it is.
PIECE_BYTES = 16 * 1024 * 1024
# Of any text of a record. The artifact has it whole.
TEXT_CHARS = 64 * 1024
# Of lists in a record: a task's files, calls of tools in one reply.
LIST_MEMBERS = 2_000
_DEPTH = 16
_TOO_LONG, _DAMAGED = "it is too long to be shown", "it cannot be read"

Record = dict[str, Any]


class Found(Struct, frozen=True):
    """The pieces of one answer. `more`: there are others behind them by now."""

    first: int
    pieces: tuple[Artifact, ...] = ()
    more: bool = False

    @property
    def next(self) -> int:
        """The number of the last piece that is known then."""
        return self.first - 1 + len(self.pieces)

    @property
    def tag(self) -> str:
        """Another whenever the answer is."""
        sums = [(each.crc32 or 0, each.size_bytes) for each in self.pieces]
        said = "-".join(f"{crc32:x}.{size:x}" for crc32, size in sums[-4:])
        return f"{self.first:x}-{len(self.pieces):x}-{int(self.more)}-{said}"


class Transcripts:
    """One for a server. Holds no state of its own."""

    def __init__(self, store: StoreReads, threads: Threads) -> None:
        self._store = store
        self._threads = threads

    async def find(self, desk: DeskKey, job_id: str, task: AgentItem, after: int) -> Found:
        """The pieces behind number `after`, as far as they fit an answer. Raises JobFilesMissing
        where the job has no files at all."""
        found: list[Artifact] = []
        size = 0
        while len(found) < PAGE_PIECES:
            try:
                piece = await self._find(desk, job_id, task.piece(after + 1 + len(found)))
            except ArtifactMissing:
                return Found(after + 1, tuple(found))
            size += piece.size_bytes
            if found and size > PAGE_BYTES:
                break
            found.append(piece)
        return Found(after + 1, tuple(found), more=True)

    async def read(self, desk: DeskKey, job_id: str, found: Found) -> list[Record]:
        """What those pieces say, each record with the number of its `piece`. Raises
        JobFilesMissing where one is gone or damaged."""
        wanted = [piece for piece in found.pieces if piece.size_bytes <= PIECE_BYTES]
        data = await self._bytes(desk, job_id, wanted)
        read = partial(_shown, found, data)
        return await self._threads.step(read)

    async def whole(self, desk: DeskKey, job_id: str, task: AgentItem) -> AsyncIterator[bytes]:
        """All pieces that there are by then, as they are kept."""
        number = 0
        with suppress(ArtifactMissing):
            while True:
                number += 1
                piece = self._store.open_artifact(desk, job_id, task.piece(number))
                async with closing(piece) as chunks:
                    async for chunk in chunks:
                        yield chunk

    async def _find(self, desk: DeskKey, job_id: str, name: str) -> Artifact:
        return await self._store.find_artifact(desk, job_id, name)

    async def _bytes(
        self, desk: DeskKey, job_id: str, wanted: Sequence[Artifact]
    ) -> dict[str, bytes]:
        parts: list[list[bytes]] = [[] for _ in wanted]
        async with closing(self._store.read_artifacts(desk, job_id, wanted)) as batches:
            async for batch in batches:
                for place, chunk in batch:
                    parts[place].append(chunk)
        return {piece.name: b"".join(chunks) for piece, chunks in zip(wanted, parts, strict=True)}


def _shown(found: Found, data: Mapping[str, bytes]) -> list[Record]:
    records: list[Record] = []
    for number, piece in enumerate(found.pieces, found.first):
        read = data.get(piece.name)
        if read is None:
            records.append({**_unread(piece, _TOO_LONG), "piece": number})
            continue
        lines = [_record(line) or _unread(piece, _DAMAGED) for line in read.splitlines()]
        records += [{**line, "piece": number} for line in lines]
    return records


def _unread(piece: Artifact, reason: str) -> Record:
    size = piece.size_bytes
    return {"type": "unread", "reason": reason, "name": piece.name, "size_bytes": size}


def _record(line: bytes) -> Record | None:
    """One line, cut where it is long; None for what is no record."""
    try:
        read = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(read, dict) or not isinstance(read.get("type"), str):
        return None
    changes = read.get("changes")
    if isinstance(changes, list):
        read["changes"] = [_change(one) for one in changes if isinstance(one, dict)]
    shown = _cut(read, _DEPTH)
    assert isinstance(shown, dict)
    return shown


def _change(change: Record) -> Record:
    """Without the bytes: the job's files have those of the best round."""
    text, binary = change.get("text"), change.get("base64")
    kind = "text" if isinstance(text, str) else "binary" if isinstance(binary, str) else "gone"
    size = len(text.encode()) if isinstance(text, str) else len(binary or "") * 3 // 4
    return {
        "path": change.get("path"),
        "became": kind,
        "size_bytes": 0 if kind == "gone" else size,
        "diff": change.get("diff", ""),
    }


def _cut(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= TEXT_CHARS else f"{value[:TEXT_CHARS]}…"
    if depth == 0 and isinstance(value, dict | list):
        return "…"
    if isinstance(value, list):
        return [_cut(one, depth - 1) for one in value[:LIST_MEMBERS]]
    if isinstance(value, dict):
        some = list(value.items())[:LIST_MEMBERS]
        return {name[:200]: _cut(one, depth - 1) for name, one in some}
    return value
