"""An executor whose items bring files along: it says how many bytes they have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import trio

from actors.ports import ItemContext, ItemResult, ItemRunner, LeasedItem, Tools
from state.model import OutcomeStatus
from tests.support.scripted import ScriptedSpec


class WeighedSpec(ScriptedSpec):
    """The server's half."""

    kind = "weighed"
    runner = "tests.support.weighed:Weighed"


class Weighed:
    """The executor. An item takes `s` seconds."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        yield self

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        data = await context.enclosed()
        await trio.sleep(msgspec.json.decode(item.payload).get("s", 0))
        return ItemResult(status=OutcomeStatus.OK, result={"size": len(data)})
