"""Pictures are tagged by the operator's WebUI, asked by a worker for the network. See
`executors.tag.run`. Nothing of a picture is decoded here: what it is its first bytes say.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import trio

from actors.ports import ItemContext, ItemResult, ItemRunner, LeasedItem, Tools, ToolUnavailable
from actors.ports.webui import NOT_NAMED, WEBUI
from executors.tag.captions import read_models, read_scores, read_text
from executors.tag.items import Seen, StoredSpec, TagItem
from executors.tag.outcome import not_tagged, tagged
from executors.webui.answers import BadAnswer
from executors.webui.client import Failed, NotUp, WebUI
from executors.webui.waiting import Waits

INTERROGATE = "/sdapi/v1/interrogate"
TAGGER = "/tagger/v1/interrogate"
TAGGERS = "/tagger/v1/interrogators"
# The first picture of a model waits until the model is loaded, or fetched.
TIMEOUT_S = 600.0
# What the WebUI calls its own two, that are asked by names.
_OF_WEBUI = {"deepbooru": "deepdanbooru", "clip": "clip"}
NO_TAGGER = "the WebUI has no tagger: wd14tagger is an extension of it (/tagger/v1)"
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"GIF8", b"BM")


@asynccontextmanager
async def opened(spec: StoredSpec, tools: Tools) -> AsyncIterator[ItemRunner]:
    """Raises ToolUnavailable."""
    try:
        service = tools.http.service(WEBUI)
    except LookupError:
        raise ToolUnavailable(NOT_NAMED) from None
    yield WebUITagRunner(spec, WebUI(service))


class WebUITagRunner:
    """The pictures of one job."""

    def __init__(self, spec: StoredSpec, webui: WebUI) -> None:
        self._spec = spec
        self._webui = webui
        self._waits = Waits("pictures")
        self._items = msgspec.json.Decoder(TagItem)
        # The tagger that is asked: the job's, or the WebUI's first. Written by `_model`.
        self._named = spec.model

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        """See ItemRunner. A WebUI that is away costs no attempt: the item waits for it."""
        asked = self._items.decode(item.payload)
        data = await context.enclosed()
        if not data.startswith(_MAGIC):
            return not_tagged(asked, "this is no picture that the WebUI could look at")
        try:
            await self._webui.look()
            self._waits.over()
            async with self._webui.turn():
                seen = await self._ask(data)
        except NotUp as away:
            return self._waits.result(str(away), {"image": asked.image}, context)
        except Failed as failed:
            return not_tagged(asked, str(failed), retry=failed.retry)
        except BadAnswer as bad:
            return not_tagged(asked, str(bad), retry=True)
        return await tagged(asked, seen, self._spec, context)

    async def _ask(self, data: bytes) -> Seen:
        picture = await trio.to_thread.run_sync(_as_text, data)
        threshold = self._spec.threshold
        request: dict[str, Any] = {"image": picture}
        if self._spec.analyzer != "wd14tagger":
            request["model"] = _OF_WEBUI[self._spec.analyzer]
            return read_text(await self._webui.call(INTERROGATE, request, TIMEOUT_S), threshold)
        request |= {"model": await self._model(), "threshold": threshold}
        body = await self._webui.call(TAGGER, request, TIMEOUT_S, missing=NO_TAGGER)
        return read_scores(body, threshold)

    async def _model(self) -> str:
        if not self._named:
            models = read_models(await self._webui.get(TAGGERS, missing=NO_TAGGER))
            if not models:
                raise Failed("the tagger of the WebUI has no model")
            self._named = models[0]
        return self._named


def _as_text(data: bytes) -> str:
    return base64.b64encode(data).decode()
