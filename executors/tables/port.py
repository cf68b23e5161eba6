"""The `TableReader` port: who reads uploaded tables, and unpacks uploaded pictures, for the front
end.

Implemented by `workers.reader`, in the jail, and by `executors.tables.inline`, for tests.
`NoReader` is for a front end that takes no such uploads.
"""

from __future__ import annotations

from typing import Protocol

from executors.refusals import Refused
from executors.tables.upload import Upload
from state.views import DeskKey


class TableReader(Protocol):
    """Reads uploads that are not plain text."""

    async def read(self, desk: DeskKey, upload: Upload, data: bytes) -> bytes:
        """The rows, as `executors.tables.rows.decode` takes them. Raises what
        `executors.refusals` has: Refused,
        ReaderBusy or ReaderUnavailable."""

    async def unpack(self, desk: DeskKey, data: bytes) -> bytes:
        """The labelled pictures of a ZIP, as `executors.vision.unpacking.labelled` takes them.
        Raises as `read` does."""


class NoReader:
    """Refuses everything."""

    async def read(self, desk: DeskKey, upload: Upload, data: bytes) -> bytes:
        raise Refused("unsupported", "this server reads no such file")

    async def unpack(self, desk: DeskKey, data: bytes) -> bytes:
        raise Refused("unsupported", "this server unpacks no pictures")
