"""Reads uploaded tables in the jail: the `TableReader` of `executors.tables.port`, as it is served.

The file goes in and its rows come out; see `workers.oneoff` for how.
"""

from __future__ import annotations

import msgspec

from actors.ports import DeskKey
from executors.tables.limits import TableLimits
from executors.tables.upload import Upload
from workers.oneoff import OneOff, OneOffs

RUNNER = "executors.tables.run:TablesExecutor"


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
