"""Reads uploaded tables and unpacks uploaded pictures in the jail: the `TableReader` of
`executors.tables.port`, as it is served.

The file goes in and its rows, or its pictures, come out; see `workers.oneoff` for how.
"""

from __future__ import annotations

import msgspec

from actors.ports import DeskKey
from executors.tables.limits import TableLimits
from executors.tables.upload import Upload
from state.library import FILE_MAX_BYTES
from workers.oneoff import OneOff, OneOffs

RUNNER = "executors.tables.run:TablesExecutor"
UNPACKER = "executors.vision.unpacking:UnpackExecutor"
# Of a head that says where each picture is, for each.
HEAD_BYTES = 1024


class JailedReader:
    """Every reading is a one-off of the cpu pool."""

    def __init__(self, oneoffs: OneOffs, limits: TableLimits) -> None:
        self._oneoffs = oneoffs
        self._limits = limits

    async def read(self, desk: DeskKey, upload: Upload, data: bytes) -> bytes:
        """See `executors.tables.port.TableReader`."""
        made = await self._oneoffs.do(
            desk,
            OneOff(
                kind="reading",
                pool="cpu",
                runner=RUNNER,
                spec=msgspec.to_builtins(self._limits),
                item=upload,
                enclosed=data,
                max_bytes=self._limits.max_unpacked_bytes,
                too_much="its rows are more than the limits allow",
            ),
        )
        return made.data

    async def unpack(self, desk: DeskKey, data: bytes) -> bytes:
        """See `executors.tables.port.TableReader`."""
        limits = self._limits
        most = limits.max_unpacked_bytes + HEAD_BYTES * limits.max_archive_entries
        made = await self._oneoffs.do(
            desk,
            OneOff(
                kind="unpacking",
                pool="cpu",
                runner=UNPACKER,
                spec={
                    "max_archive_entries": limits.max_archive_entries,
                    "max_unpacked_bytes": limits.max_unpacked_bytes,
                },
                item=None,
                enclosed=data,
                max_bytes=min(most, FILE_MAX_BYTES),
                too_much=f"its pictures have more than {FILE_MAX_BYTES:,} bytes",
                deadly="whatever unpacks it dies of it",
            ),
        )
        return made.data
