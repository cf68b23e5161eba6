"""The `Documents` port without a jail: for tests of what stands before and behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from executors.documents.engine import Engine, NotMade
from executors.documents.facts import encode
from executors.documents.formats import Format
from executors.documents.inspect import inspect
from executors.documents.items import DocumentItem, StoredSpec
from executors.documents.pictures import Album
from executors.documents.port import Look, Rendered
from executors.documents.word.pictures import BadPicture, look
from executors.refusals import Refused
from state.views import DeskKey


class InlineDocuments:
    """Works in this process, which hostile bytes must never meet in a server. Makes no PDF and no
    pictures: those need programs."""

    async def inspect(self, desk: DeskKey, format: Format, data: bytes) -> bytes:
        return encode(inspect(format, data))

    async def look(self, desk: DeskKey, data: bytes) -> Look:
        try:
            return look(data)
        except BadPicture as error:
            raise Refused("unreadable", str(error)) from None

    async def render(
        self, desk: DeskKey, spec: dict[str, Any], assets: Mapping[str, bytes], item: dict[str, Any]
    ) -> Rendered:
        stored, asked = msgspec.convert(spec, StoredSpec), msgspec.convert(item, DocumentItem)
        if stored.format == "pdf":
            raise Refused("unsupported", "no PDF is made here")
        template, album = stored.templates[asked.template], Album()
        for id, picture in asked.pictures.items():
            album.add(id, picture, assets[picture.digest])
        try:
            engine = Engine(stored, template, assets[template.digest], album)
            data = engine.make(asked, pictures=True)
        except NotMade as error:
            raise Refused("unreadable", str(error)) from None
        return Rendered(asked.name, data)

    async def picture(self, desk: DeskKey, format: Format, data: bytes) -> bytes:
        raise Refused("unsupported", "no pictures of pages are made here")
