"""Pictures are tagged by a model of this server's, in a jailed worker. See `executors.tag.run`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from actors.ports import ItemContext, ItemResult, ItemRunner, LeasedItem, Tools
from executors.refusals import Refused
from executors.tag.analyzers import Analyzer, open_analyzer
from executors.tag.items import Seen, StoredSpec, TagItem
from executors.tag.outcome import not_tagged, tagged
from executors.vision.decode import decoded

_items = msgspec.json.Decoder(TagItem)


@asynccontextmanager
async def opened(spec: StoredSpec, tools: Tools) -> AsyncIterator[ItemRunner]:
    """The model is loaded once for all items of a job. Raises ToolUnavailable."""
    yield TagRunner(spec, open_analyzer(spec), tools)


class TagRunner:
    """The pictures of one job, in one worker."""

    def __init__(self, spec: StoredSpec, analyzer: Analyzer, tools: Tools) -> None:
        self._spec = spec
        self._analyzer = analyzer
        self._tools = tools

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        """See ItemRunner."""
        asked = _items.decode(item.payload)
        data = await context.enclosed()
        try:
            seen = await self._tools.compute(lambda: self._look(data))
        except Refused as error:
            return not_tagged(asked, str(error))
        return await tagged(asked, seen, self._spec, context)

    def _look(self, data: bytes) -> Seen:
        return self._analyzer.look(decoded(data, self._analyzer.side))
