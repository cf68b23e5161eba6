"""Archives that may be taken up again, kept for a while: who fetches a large one in parts, or many
parts at once, has it put together once. Shared by the handlers of downloads.

Only archives of jobs that have ended are kept, by all that could make them others. What is kept
says where each byte is and has none of what the job made.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from weakref import WeakValueDictionary

import trio
from msgspec import Struct

from actors.messages import JobView
from state.model import TERMINAL
from web.archive import Archive

KEPT_S = 600.0
# A file takes half a kilobyte here. One archive is kept however many it has.
MAX_FILES = 100_000
MAX_KEPT = 32

Build = Callable[[], Awaitable[Archive]]


class _Kept(Struct, frozen=True):
    archive: Archive
    until: float


def archive_key(desk: Hashable, view: JobView, part: str = "") -> Hashable | None:
    """What tells that part of a job's archive from every other; None while the job may still make
    something."""
    job = view.job
    if job.status not in TERMINAL or job.lagging:
        return None
    return desk, job.id, job.revision, view.counts, part


class KeptArchives:
    """One for a server."""

    def __init__(self) -> None:
        # By their keys, the one longest unasked for first. Written by `of`, in its turn for a key.
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        # Written by `of`: the turns of those who are asking.
        self._turns: WeakValueDictionary[Hashable, trio.Lock] = WeakValueDictionary()

    async def of(self, key: Hashable | None, build: Build) -> Archive:
        """The archive of that key, built where it is not kept. Raises what `build` raises."""
        if key is None:
            return await build()
        turn = self._turns.get(key)
        if turn is None:
            turn = self._turns[key] = trio.Lock()
        async with turn:
            return self._found(key) or self._keep(key, await build())

    def _found(self, key: Hashable) -> Archive | None:
        self._forget(trio.current_time())
        kept = self._kept.get(key)
        if kept is None:
            return None
        self._kept.move_to_end(key)
        return kept.archive

    def _keep(self, key: Hashable, archive: Archive) -> Archive:
        # One that has no place in it to be taken up at is fetched once.
        if archive.size_bytes is not None:
            self._kept[key] = _Kept(archive, trio.current_time() + KEPT_S)
            self._forget(trio.current_time())
        return archive

    def _forget(self, now: float) -> None:
        for key in [key for key, kept in self._kept.items() if kept.until <= now]:
            del self._kept[key]
        files_n = sum(kept.archive.files_n for kept in self._kept.values())
        while len(self._kept) > 1 and (len(self._kept) > MAX_KEPT or files_n > MAX_FILES):
            _, oldest = self._kept.popitem(last=False)
            files_n -= oldest.archive.files_n
