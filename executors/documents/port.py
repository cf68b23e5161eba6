"""The `Documents` port: who looks into templates and makes single documents for the front end.

Implemented by `workers.oneoff`, in the jail, and by `executors.documents.inline`, for tests.
`NoDocuments` is for a front end that takes no templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from executors.documents.formats import Format
from executors.refusals import Refused
from state.views import DeskKey


class Rendered(Struct, frozen=True):
    """One document that was made, under the name that its job gave it."""

    name: str
    data: bytes


class Look(Struct, frozen=True):
    """What a picture is: its format (png, jpeg, gif) and its size in pixels; and a small one of it
    for lists, a WebP."""

    format: str
    width: int
    height: int
    thumbnail: bytes = b""


class Documents(Protocol):
    """Each method raises what `executors.refusals` has: Refused for what cannot be done with what
    was given, ReaderBusy and ReaderUnavailable where nothing can be done now."""

    async def inspect(self, desk: DeskKey, format: Format, data: bytes) -> bytes:
        """What a template asks for: the JSON of `executors.documents.facts.TemplateFacts`."""

    async def look(self, desk: DeskKey, data: bytes) -> Look:
        """What a picture is, and a small one of it."""

    async def render(
        self, desk: DeskKey, spec: dict[str, Any], assets: Mapping[str, bytes], item: dict[str, Any]
    ) -> Rendered:
        """One document, for a preview. `spec` and `item` are as `DocumentSpec.plan` stores them,
        `assets` the bytes of its templates and pictures by digest."""

    async def picture(self, desk: DeskKey, format: Format, data: bytes) -> bytes:
        """The first page of a document as a PNG, 1,000 pixels wide."""


class NoDocuments:
    """Refuses everything."""

    async def inspect(self, desk: DeskKey, format: Format, data: bytes) -> bytes:
        raise _nothing()

    async def look(self, desk: DeskKey, data: bytes) -> Look:
        raise _nothing()

    async def render(
        self, desk: DeskKey, spec: dict[str, Any], assets: Mapping[str, bytes], item: dict[str, Any]
    ) -> Rendered:
        raise _nothing()

    async def picture(self, desk: DeskKey, format: Format, data: bytes) -> bytes:
        raise _nothing()


def _nothing() -> Refused:
    return Refused("unsupported", "this server makes no documents")
