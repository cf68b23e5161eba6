"""An executor like that of documents, without the documents: every item computes a little, hands
over one file and is ok. Its job has an asset, which each worker reads once.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from actors.ports import ItemContext, ItemResult, ItemRunner, LeasedItem, Tools
from state.model import OutcomeStatus

RUNNER = "tests.support.printing:Printing"


class Printing:
    """The executor. Its spec says which asset it takes, and how large each file is."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        asset = await tools.asset(spec["asset"])
        page = (asset * (spec["size_bytes"] // len(asset) + 1))[: spec["size_bytes"]]
        yield Printer(tools, page)


class Printer:
    def __init__(self, tools: Tools, page: bytes) -> None:
        self._tools = tools
        self._page = page

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        name = f"paper-{item.index}.docx"
        data, digest = await self._tools.compute(lambda: self._print(item))
        await context.artifact(name, data)
        result = {"row": item.index, "file": name, "bytes": len(data), "sha256": digest}
        return ItemResult(status=OutcomeStatus.OK, result=result)

    def _print(self, item: LeasedItem) -> tuple[bytes, str]:
        data = self._page[:-8] + item.index.to_bytes(8, "big")
        return data, hashlib.sha256(data).hexdigest()
