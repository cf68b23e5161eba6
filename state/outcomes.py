"""The outcome file of one job, open for append: `outcomes.jsonl`, one sealed line an outcome.

Held by that job's runner and by nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec
import trio

from state import artifacts, pack_index
from state.atomic import remove_tree, sweep_temps
from state.disk import Disk
from state.files import Files
from state.lines import sealed
from state.model import OutcomeRecord
from state.replay import replay_lines
from state.sealed_file import Place, SealedFile
from state.sizes import tree_bytes
from state.views import Replay

NAME = "outcomes.jsonl"


class OutcomeFile:
    """The `OutcomeLog` port. Calls are taken one at a time; each does its work in a thread."""

    def __init__(self, disk: Disk, place: Place, file: SealedFile, replay: Replay) -> None:
        self._disk = disk
        self._place = place
        self._file = file
        self._replay = replay
        self._lock = trio.Lock()
        self._closed = False  # written by aclose

    @classmethod
    async def opened(cls, disk: Disk, place: Place) -> OutcomeFile:
        """Open it for append, made where it is missing, repaired and synced."""
        file, replay = await disk.run_long(_open_repaired, place)
        return cls(disk, place, file, replay)

    @property
    def replay(self) -> Replay:
        """What the file held when it was opened."""
        return self._replay

    @property
    def good_bytes(self) -> int:
        """Whole lines reach to here; readers look no further."""
        return self._file.good_bytes

    async def append(self, records: Sequence[OutcomeRecord]) -> None:
        """Write the lines (not synced). Raises StorageError; then none of them counts."""
        async with self._lock:
            await self._disk.run(self._append, records)

    async def sync(self) -> None:
        """Return once every appended line survives a power loss. Raises StorageError."""
        async with self._lock:
            await self._disk.run(self._file.sync)

    async def aclose(self) -> None:
        """Close the file; nothing waits, so that it also works while being cancelled. A second
        call does nothing: the descriptor may be somebody else's by then."""
        if not self._closed:
            self._closed = True
            self._place.closed()
            self._file.close()

    def _append(self, records: Sequence[OutcomeRecord]) -> None:
        seal = self._place.seal
        self._file.append(b"".join([sealed(record, seal) for record in records]))


def _open_repaired(place: Place) -> tuple[SealedFile, Replay]:
    """Open the file, and count what the job's folder holds when what a dead server left is gone."""
    files = place.folders.files
    with place.folders.job(place.desk, place.job_id) as folder:
        sweep_temps(files, folder)
        # Artifacts that a dead server did not finish.
        remove_tree(files, folder, artifacts.PARTS)
        is_bare = {artifacts.NAME, pack_index.NAME}.isdisjoint(files.list(folder))
        file, replay = SealedFile.opened(place, folder, partial(_replayed, place.seal))
        try:
            # Whatever wrote here last may have died before it could tell.
            place.folders.sizes.set(place.desk, place.job_id, tree_bytes(files, folder))
        except BaseException:
            file.close()
            raise
        return file, msgspec.structs.replace(replay, is_bare=is_bare)


def _replayed(seal: int, files: Files, handle: int, size: int) -> tuple[Replay, int]:
    found = replay_lines(files, handle, size, seal)
    return found.replay, found.end
