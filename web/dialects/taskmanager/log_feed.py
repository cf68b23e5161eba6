"""Lines of tasks' logs, read once for all sockets that want the same. Used by `talk`.

A socket is at an offset of each log. Those that keep up ask for the same piece, which is read and
encoded for the first of them; one that is behind asks for older pieces, and loses nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

import trio
from msgspec import Struct

from actors.messages import JobView
from state.model import LogLine
from web.deps import Desk, WebDeps
from web.dialects.taskmanager.frames import ServerClock, encode, line_frames
from web.dialects.taskmanager.positions import Position
from web.sending import Step
from web.visit import Visit

# A piece is told in one go: what a client says meanwhile is answered after it.
PIECE_BYTES = 32 * 1024
# Of a log that is at work so many lines, or what of them stands in so many bytes, are told first.
TAIL_LINES = 200
TAIL_BYTES = 64 * 1024
# Pieces that are kept for a desk.
_KEPT = 16
_END = 2**53


def end_of(view: JobView) -> int | None:
    """Up to where the log of a task that is at work is known to go."""
    return None if view.live is None else view.live.log_bytes


class Piece(Struct, frozen=True):
    """Lines, also as messages. They end at the offset `next` of a log of that size."""

    lines: tuple[LogLine, ...]
    step: Step | None
    next: int
    size: int


class _Shelf:
    """The pieces of a desk that were read last."""

    def __init__(self) -> None:
        self.turn = trio.Lock()
        # Written by whoever has the turn.
        self.pieces: dict[Any, Piece] = {}


class LogFeed:
    """Built once; what it has of a desk lives as long as somebody holds the desk."""

    def __init__(self, deps: WebDeps, clock: ServerClock) -> None:
        self._store = deps.store
        self._clock = clock
        # Written by the socket that asks first.
        self._shelves: WeakKeyDictionary[Desk, _Shelf] = WeakKeyDictionary()

    async def piece(self, visit: Visit, view: JobView, place: Position) -> Piece:
        """The next lines from there on. Raises StateError where the log cannot be read."""
        task, after, end = view.job.id, place.offset, end_of(view)
        room = PIECE_BYTES if end is None else min(PIECE_BYTES, max(1, end - after))

        async def read() -> Piece:
            page = await self._store.read_log(visit.key, task, after=after, limit_bytes=room)
            return Piece(page.lines, self._step(task, page.lines), page.next, page.size)

        # How far a log goes is told while its task is at work. Then it is what was read since.
        key = (task, after) if end is not None else (task, after, view.job.revision)
        piece = await self._shared(visit, key, read)
        if not piece.lines or piece.lines[0].at >= place.since:
            return piece
        lines = tuple(line for line in piece.lines if line.at >= place.since)
        return Piece(lines, self._step(task, lines), piece.next, piece.size)

    async def tail(self, visit: Visit, view: JobView) -> Piece:
        """The last lines. Raises as `piece` does."""
        # Before its run has written of it, nobody knows how far it goes.
        task, end = view.job.id, end_of(view) or None

        async def read() -> Piece:
            last = end
            if last is None:
                last = (await self._store.read_log(visit.key, task, after=_END)).size
            page = await self._store.read_log(
                visit.key, task, after=max(0, last - TAIL_BYTES), limit_bytes=TAIL_BYTES
            )
            lines = page.lines[-TAIL_LINES:]
            return Piece(lines, self._step(task, lines), page.next, page.size)

        return await self._shared(visit, None if end is None else (task, "tail", end), read)

    async def _shared(self, visit: Visit, key: Any, read: Callable[[], Awaitable[Piece]]) -> Piece:
        """Read at most once for all who want it; nothing is kept of where there is nothing."""
        shelf = self._shelves.setdefault(visit.desk, _Shelf())
        async with shelf.turn:
            if key in shelf.pieces:
                return shelf.pieces[key]
            piece = await read()
            if piece.lines and key is not None:
                if len(shelf.pieces) >= _KEPT:
                    del shelf.pieces[next(iter(shelf.pieces))]
                shelf.pieces[key] = piece
            return piece

    def _step(self, task: str, lines: tuple[LogLine, ...]) -> Step | None:
        return encode(line_frames(task, lines, self._clock))
