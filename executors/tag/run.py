"""The working half of the tagger, in a jailed worker; `executors.tag.spec` is the other half."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from actors.ports import ItemContext, ItemResult, ItemRunner, LeasedItem, Tools
from executors.refusals import Refused
from executors.tag.analyzers import Analyzer, Seen, open_analyzer
from executors.tag.choosing import as_objects, chosen, written
from executors.tag.items import StoredSpec, TagItem
from executors.vision.decode import decoded
from state.model import OutcomeStatus

# Of an outcome, which is shown in pages: the file has them all.
TAGS_TOLD = 50
_items = msgspec.json.Decoder(TagItem)


class TagExecutor:
    """The spec is a `StoredSpec`, an item a `TagItem` with its picture's bytes enclosed."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        read = msgspec.convert(spec, StoredSpec)
        yield TagRunner(read, open_analyzer(read), tools)


class TagRunner:
    """The pictures of one job, in one worker."""

    def __init__(self, spec: StoredSpec, analyzer: Analyzer, tools: Tools) -> None:
        self._spec = spec
        self._analyzer = analyzer
        self._tools = tools

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        asked = _items.decode(item.payload)
        data = await context.enclosed()
        told: dict[str, Any] = {"image": asked.image}
        try:
            seen = await self._tools.compute(lambda: self._look(data))
        except Refused as error:
            return ItemResult(status=OutcomeStatus.FAILED, result=told, error=str(error))
        tags = chosen(seen.tags, self._spec)
        await context.artifact(asked.name, written(asked.image, tags, seen.ratings, self._spec))
        told |= {"file": asked.name, "tags_n": len(tags), "tags": as_objects(tags[:TAGS_TOLD])}
        if seen.ratings:
            told["ratings"] = seen.ratings
        return ItemResult(status=OutcomeStatus.OK, result=told)

    def _look(self, data: bytes) -> Seen:
        return self._analyzer.look(decoded(data, self._analyzer.side))
