"""Looks into one template or picture in a jailed worker: its bytes come with the item; the facts of
a template go as an artifact; those of a picture are the result, and the artifact is a small one.

No kinds of job: users cannot ask for them. `workers.papers` leases them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from msgspec import Struct

from actors.ports import ItemContext, ItemResult, ItemRunner, LeasedItem, Tools
from executors.documents.facts import encode
from executors.documents.formats import Format
from executors.documents.inspect import inspect
from executors.documents.word.pictures import BadPicture, look
from executors.refusals import Refused
from state.model import OutcomeStatus

FACTS = "facts"
THUMBNAIL = "thumbnail"


class InspectionExecutor:
    """The spec is empty, an item an `Inspection`."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        yield InspectionRunner(tools)


class Inspection(Struct, frozen=True):
    """What is said of a template besides its bytes."""

    format: Format


class InspectionRunner:
    """Looks into one template for each item."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        asked = msgspec.json.decode(item.payload, type=Inspection)
        data = await context.enclosed()
        try:
            facts = await self._tools.compute(lambda: inspect(asked.format, data))
        except Refused as refusal:
            told = {"why": refusal.why}
            return ItemResult(status=OutcomeStatus.FAILED, result=told, error=str(refusal))
        await context.artifact(FACTS, encode(facts))
        return ItemResult(status=OutcomeStatus.OK, result={})


class PictureExecutor:
    """The spec is empty, an item is nothing but its bytes."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        yield PictureRunner(tools)


class PictureRunner:
    """Looks at one picture for each item."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        data = await context.enclosed()
        try:
            seen = await self._tools.compute(lambda: look(data))
        except BadPicture as error:
            told = {"why": "unreadable"}
            return ItemResult(status=OutcomeStatus.FAILED, result=told, error=str(error))
        await context.artifact(THUMBNAIL, seen.thumbnail)
        facts = {"format": seen.format, "width": seen.width, "height": seen.height}
        return ItemResult(status=OutcomeStatus.OK, result=facts)
