"""The `TableReader` without a jail: for tests of what stands before and behind the reading."""

from __future__ import annotations

from executors.tables.limits import TableLimits
from executors.tables.reading import read_rows
from executors.tables.upload import Upload
from executors.vision.unpacking import UnpackLimits, unpacked
from state.views import DeskKey


class InlineReader:
    """Reads in this process, which hostile bytes must never meet in a server."""

    def __init__(self, limits: TableLimits) -> None:
        self._limits = limits

    async def read(self, desk: DeskKey, upload: Upload, data: bytes) -> bytes:
        return read_rows(data, upload, self._limits)

    async def unpack(self, desk: DeskKey, data: bytes) -> bytes:
        limits = UnpackLimits(
            max_archive_entries=self._limits.max_archive_entries,
            max_unpacked_bytes=self._limits.max_unpacked_bytes,
        )
        return unpacked(data, limits)
