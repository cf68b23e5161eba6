"""Reads one upload in a jailed worker: its bytes come with the item, its rows go as an artifact.

No kind of job: users cannot ask for it. `workers.reader` leases it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from actors.ports import ItemContext, ItemResult, ItemRunner, LeasedItem, Tools
from executors.refusals import Refused
from executors.tables.limits import TableLimits
from executors.tables.reading import read_rows
from executors.tables.upload import Upload
from state.model import OutcomeStatus

ROWS = "rows"


class TablesExecutor:
    """The spec is a `TableLimits`, an item an `Upload`."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        yield TablesRunner(msgspec.convert(spec, TableLimits), tools)


class TablesRunner:
    """Reads one upload for each item."""

    def __init__(self, limits: TableLimits, tools: Tools) -> None:
        self._limits = limits
        self._tools = tools

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        upload = msgspec.json.decode(item.payload, type=Upload)
        data = await context.enclosed()
        try:
            rows = await self._tools.compute(lambda: read_rows(data, upload, self._limits))
        except Refused as refusal:
            told = {"why": refusal.why}
            return ItemResult(status=OutcomeStatus.FAILED, result=told, error=str(refusal))
        await context.artifact(ROWS, rows)
        return ItemResult(status=OutcomeStatus.OK, result={})
