"""The items of a job that grows: `inputs.jsonl` open for append, for as long as its runner lives.

Items that were found go behind the others. `state.store` opens it, for one runner at a time; who
reads pages meanwhile sees the whole lines (`state.reading`).
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import partial

import trio

from state.disk import Disk
from state.errors import JobFilesMissing
from state.files import Files
from state.items import NAME, InputIndex, open_inputs
from state.lines import seal_at, sealed, unsealed, whole_lines
from state.model import InputItem
from state.sealed_file import Place, SealedFile


class GrowingInputs:
    """The `Inputs` port. Calls are taken one at a time: a sync may replace the file that a reading
    has open."""

    def __init__(
        self, disk: Disk, place: Place, file: SealedFile, index: InputIndex, cut_bytes: int
    ) -> None:
        self._disk = disk
        self._place = place
        self._file = file
        self._index = index
        self._cut_bytes = cut_bytes
        self._lock = trio.Lock()
        # Written by `read`: items that follow those read last. A line never changes.
        self._ahead: dict[int, InputItem] = {}
        self._closed = False  # written by aclose

    @classmethod
    async def opened(cls, disk: Disk, place: Place, grows_from: int) -> GrowingInputs:
        """Open it, repaired and synced. Raises JobFilesMissing where fewer than `grows_from` items
        are whole; then nothing of it is changed."""
        file, (index, cut_bytes) = await disk.run_long(_open_repaired, place, grows_from)
        return cls(disk, place, file, index, cut_bytes)

    @property
    def count(self) -> int:
        """How many items there are."""
        return self._index.count

    @property
    def cut_bytes(self) -> int:
        """What a dead server did not finish."""
        return self._cut_bytes

    @property
    def good_bytes(self) -> int:
        """Whole lines reach to here; readers look no further."""
        return self._file.good_bytes

    async def read(self, indexes: Sequence[int]) -> list[InputItem]:
        """The items at those indexes, in that order. Raises JobFilesMissing."""
        ahead = self._ahead
        missing = [index for index in indexes if index not in ahead]
        if missing:
            async with self._lock:
                read = await self._disk.run_long(self._read_on, missing)
            self._ahead = {index: read[index] for index in read if index > max(missing)}
            ahead = {**ahead, **read}
        else:
            await trio.lowlevel.checkpoint()
        return [ahead[index] for index in indexes]

    async def append(self, items: Sequence[InputItem]) -> None:
        """Write the lines (not synced). Raises StorageError; then none of them is there."""
        async with self._lock:
            await self._disk.run(self._append, items)

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

    def _read_on(self, indexes: Sequence[int]) -> dict[int, InputItem]:
        return self._index.read_on(self._file.handle, indexes)

    def _append(self, items: Sequence[InputItem]) -> None:
        seal, first = self._place.seal, self._index.count
        lines = [sealed(item, seal_at(seal, index)) for index, item in enumerate(items, first)]
        self._file.append(b"".join(lines))
        self._index.add(map(len, lines))


def _open_repaired(place: Place, grows_from: int) -> tuple[SealedFile, tuple[InputIndex, int]]:
    files = place.folders.files
    with place.folders.job(place.desk, place.job_id) as folder:
        # Where it is missing it is not to be made anew.
        files.close(open_inputs(files, folder))
        return SealedFile.opened(place, folder, partial(_scanned, place.seal, grows_from))


def _scanned(
    seal: int, grows_from: int, files: Files, handle: int, size: int
) -> tuple[tuple[InputIndex, int], int]:
    """The index of the lines that are whole, and where they end. What follows was never synced, for
    no more than `grows_from` items were counted: whoever found it will find it again."""
    starts = array("Q", [0])
    for found in whole_lines(files, handle, 0, size):
        for line in found:
            if unsealed(line.data, seal_at(seal, len(starts) - 1)) is None:
                break
            starts.append(line.end)
        else:
            continue
        break
    index = InputIndex(files, seal, starts)
    if index.count < grows_from:
        raise JobFilesMissing(f"{NAME} is damaged at item {index.count} of {grows_from}")
    return (index, size - index.end), index.end
