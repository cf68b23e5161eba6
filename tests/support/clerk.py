"""An executor for workers with LibreOffice: makes a PDF of the docx that comes with an item.

An item is a JSON object; with `burn` the worker computes for ever instead, once it has made it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from actors.ports import ItemContext, ItemResult, ItemRunner, LeasedItem, Tools
from actors.ports.office import OfficeRefused
from state.model import OutcomeStatus

RUNNER = "tests.support.clerk:Clerk"


class Clerk:
    """The executor."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        yield ClerkRunner(tools)


class ClerkRunner:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        wish = msgspec.json.decode(item.payload)
        try:
            pdf = await self._tools.office.pdf(await context.enclosed())
        except OfficeRefused as refusal:
            return ItemResult(status=OutcomeStatus.FAILED, result={}, error=str(refusal))
        await context.artifact("document.pdf", pdf)
        if wish.get("burn"):
            await self._tools.compute(_burn)
        left = sorted(path.name for path in self._tools.scratch.iterdir())
        return ItemResult(status=OutcomeStatus.OK, result={"left": left})


def _burn() -> None:
    while True:
        pass
