"""The working half of the document executor, in a jailed worker: templates compiled once, and a
document for each item. See `executors.documents.spec` for the other half.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import trio

from actors.ports import ItemContext, ItemResult, ItemRunner, LeasedItem, Tools
from executors.documents.alone import Ask, make_alone
from executors.documents.engine import Engine, NotMade, rendered_as
from executors.documents.formats import pool_for
from executors.documents.items import DocumentItem, StoredSpec
from executors.documents.pdf import to_pdf
from executors.documents.pictures import Album
from executors.documents.word.pictures import PREFIX
from executors.refusals import Refused
from state.model import OutcomeStatus

_PICTURE = PREFIX.encode()
_items = msgspec.json.Decoder(DocumentItem)


class DocumentsExecutor:
    """The spec is a `StoredSpec`, an item a `DocumentItem`; the job's assets are its templates and
    the pictures that its rows name."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        yield DocumentRunner(msgspec.convert(spec, StoredSpec), tools)


class DocumentRunner:
    """The documents of one job, in one worker."""

    def __init__(self, spec: StoredSpec, tools: Tools) -> None:
        self._spec = spec
        self._tools = tools
        # By template; written by `_engine`, when an item first asks for it. One that cannot be
        # used is remembered as such.
        self._engines: dict[int, Engine | NotMade] = {}
        # Written by `_fetch`.
        self._album = Album()

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        asked = _items.decode(item.payload)
        told: dict[str, Any] = {"row": asked.row, "template": asked.template_id}
        try:
            pictures = bool(asked.pictures) or _PICTURE in bytes(item.payload)
            data = await self._timed(asked, context, pictures=pictures)
        except (NotMade, Refused) as error:
            return ItemResult(status=OutcomeStatus.FAILED, result=told, error=str(error))
        await context.artifact(asked.name, data)
        told |= {
            "file": asked.name,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        return ItemResult(status=OutcomeStatus.OK, result=told)

    async def _timed(self, item: DocumentItem, context: ItemContext, *, pictures: bool) -> bytes:
        timeout_s = self._spec.timeout_s
        if timeout_s is None:
            return await self._made(item, context, pictures=pictures)
        with trio.move_on_after(timeout_s):
            return await self._made(item, context, pictures=pictures)
        raise NotMade(f"row {item.row + 1}: it took more than {timeout_s:g} s")

    async def _made(self, item: DocumentItem, context: ItemContext, *, pictures: bool) -> bytes:
        template = self._spec.templates[item.template]
        if pool_for(template.format, self._spec.format) == "browser":
            asset = await self._tools.asset(template.digest)
            digests = {picture.digest for picture in item.pictures.values()}
            pictures_of = {digest: await self._tools.asset(digest) for digest in digests}
            ask = Ask(self._spec, item, asset, pictures_of)
            data = await make_alone(ask, self._tools.helpers)
        else:
            data = await self._rendered(item, pictures=pictures)
        if self._spec.format != "pdf":
            return data
        return await to_pdf(rendered_as(template.format, "pdf"), data, self._tools, context)

    async def _rendered(self, item: DocumentItem, *, pictures: bool) -> bytes:
        """Beside the loop where it may take its time; a thread costs more than most documents."""
        engine = await self._engine(item.template)
        await self._fetch(item)
        if pictures or engine.is_slow:
            return await self._tools.compute(lambda: engine.make(item, pictures=True))
        return engine.make(item)

    async def _fetch(self, item: DocumentItem) -> None:
        """The pictures that the item names and none before it did."""
        for id, picture in item.pictures.items():
            if id not in self._album:
                self._album.add(id, picture, await self._tools.asset(picture.digest))

    async def _engine(self, at: int) -> Engine:
        """The template, compiled. Raises NotMade."""
        known = self._engines.get(at)
        if known is None:
            known = self._engines[at] = await self._compiled(at)
        if isinstance(known, NotMade):
            raise NotMade(str(known))
        return known

    async def _compiled(self, at: int) -> Engine | NotMade:
        template = self._spec.templates[at]
        spec, album, data = self._spec, self._album, await self._tools.asset(template.digest)
        try:
            return await self._tools.compute(lambda: Engine(spec, template, data, album))
        except NotMade as error:
            return error
