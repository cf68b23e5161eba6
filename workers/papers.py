"""Looks into templates and makes single documents in the jail: the `Documents` of
`executors.documents.port`, as it is served. See `workers.oneoff` for how.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from actors.ports import DeskKey
from executors.documents.facts import decode
from executors.documents.formats import Format, pool_for
from executors.documents.items import PageAsked
from executors.documents.port import Look, Rendered
from executors.refusals import Refused
from workers.oneoff import OneOff, OneOffs

INSPECTOR = "executors.documents.oneoff:InspectionExecutor"
LOOKER = "executors.documents.oneoff:PictureExecutor"
PAGES = "executors.documents.page:PageExecutor"
MAKER = "executors.documents.run:DocumentsExecutor"
MIB = 1024 * 1024
MAX_FACTS_BYTES = 4 * MIB
MAX_DOCUMENT_BYTES = 64 * MIB
# What 128 x 128 pixels take up at worst, without any compression.
MAX_THUMBNAIL_BYTES = 64 * 1024
# A picture of so many pixels at worst, without any compression.
MAX_PICTURE_BYTES = 16 * MIB


class JailedDocuments:
    """Every method is a one-off of the pool whose programs it needs."""

    def __init__(self, oneoffs: OneOffs) -> None:
        self._oneoffs = oneoffs

    async def inspect(self, desk: DeskKey, format: Format, data: bytes) -> bytes:
        """See `executors.documents.port.Documents`."""
        made = await self._oneoffs.do(
            desk,
            OneOff(
                kind="inspection",
                pool="cpu",
                runner=INSPECTOR,
                spec={},
                item={"format": format},
                enclosed=data,
                max_bytes=MAX_FACTS_BYTES,
            ),
        )
        try:
            decode(made.data)
        except msgspec.MsgspecError:
            raise Refused("unreadable", "whatever reads it makes no sense of it") from None
        return made.data

    async def look(self, desk: DeskKey, data: bytes) -> Look:
        """See `executors.documents.port.Documents`."""
        made = await self._oneoffs.do(
            desk,
            OneOff(
                kind="picture",
                pool="cpu",
                runner=LOOKER,
                spec={},
                item=None,
                enclosed=data,
                max_bytes=MAX_THUMBNAIL_BYTES,
                deadly="whatever looks at it dies of it",
            ),
        )
        try:
            seen = msgspec.json.decode(made.result, type=Look)
        except msgspec.MsgspecError:
            raise Refused("unreadable", "whatever looks at it makes no sense of it") from None
        return replace(seen, thumbnail=made.data)

    async def render(
        self, desk: DeskKey, spec: dict[str, Any], assets: Mapping[str, bytes], item: dict[str, Any]
    ) -> Rendered:
        """See `executors.documents.port.Documents`."""
        pool = pool_for(spec["templates"][item["template"]]["format"], spec["format"])
        if not self._oneoffs.has(pool):
            raise Refused("unsupported", f"this server makes no {spec['format']} of it")
        made = await self._oneoffs.do(
            desk,
            OneOff(
                kind="preview",
                pool=pool,
                runner=MAKER,
                spec=spec,
                item=item,
                assets=assets,
                max_bytes=MAX_DOCUMENT_BYTES,
                deadly="whatever makes a document of it dies of it",
            ),
        )
        return Rendered(item["name"], made.data)

    async def picture(self, desk: DeskKey, format: Format, data: bytes) -> bytes:
        """See `executors.documents.port.Documents`. Only a jail draws: what a browser has printed
        is drawn by another worker."""
        if format not in ("docx", "pdf"):
            data = await self._page(desk, "browser", PageAsked(format, picture=False), data)
            format = "pdf"
        pool = "office" if format == "docx" else "cpu"
        return await self._page(desk, pool, PageAsked(format, picture=True), data)

    async def _page(self, desk: DeskKey, pool: str, asked: PageAsked, data: bytes) -> bytes:
        if not self._oneoffs.has(pool):
            raise Refused("unsupported", f"this server makes no pictures of {asked.format} files")
        made = await self._oneoffs.do(
            desk,
            OneOff(
                kind="page",
                pool=pool,
                runner=PAGES,
                spec={},
                item=asked,
                enclosed=data,
                max_bytes=MAX_PICTURE_BYTES if asked.picture else MAX_DOCUMENT_BYTES,
                deadly="whatever draws it dies of it",
            ),
        )
        return made.data
