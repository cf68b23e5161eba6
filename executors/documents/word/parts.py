"""The parts of a Word template that differ from document to document, each compiled once.

Made by `executors.documents.word.document`. `Part.render` is what docxtpl comes to for the same
values, without its way there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree
from msgspec import Struct

from executors.documents.word.template import MAX_PROPERTY_CHARS, NO_XML, JailedTemplate

_PICTURE_ID = re.compile(r'(<wp:docPr\b[^>]*?\bid=")[^"]*(")')
# Where docxtpl begins to number the drawings of a document.
FIRST_PICTURE_ID = 1001

Text = Callable[[Mapping[str, Any]], str]


class XmlPart(Struct, frozen=True):
    """A part whose text is rendered between what is before it and what is behind. `mend` is for
    what the template may break, `finish` for what values may hold that becomes layout."""

    name: str
    head: bytes
    tail: bytes
    text: Text
    finish: Callable[[str], str]
    mend: Callable[[str], str] | None = None
    has_pictures: bool = False

    def render(self, values: Mapping[str, Any]) -> bytes:
        xml = self.finish(self.text(values))
        if self.mend is not None:
            xml = self.mend(xml)
        if self.has_pictures:
            xml = _renumbered(xml)
        return b"".join((self.head, xml.encode(), self.tail))


class PropertiesPart(Struct, frozen=True):
    """The properties of the document: constant texts, and between them what is rendered."""

    name: str
    pieces: tuple[str | Text, ...]

    def render(self, values: Mapping[str, Any]) -> bytes:
        return "".join(
            piece if isinstance(piece, str) else _property(piece(values)) for piece in self.pieces
        ).encode()


Part = XmlPart | PropertiesPart


def _property(text: str) -> str:
    return escape(text[:MAX_PROPERTY_CHARS].translate(NO_XML))


def _renumbered(xml: str) -> str:
    number = FIRST_PICTURE_ID - 1

    def following(found: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f"{found[1]}{number}{found[2]}"

    return _PICTURE_ID.sub(following, xml)


def mended_body(template: JailedTemplate) -> Callable[[str], str]:
    """docxtpl's own mending of a body."""

    def mend(xml: str) -> str:
        return str(etree.tostring(template.fix_tables(xml), encoding="unicode"))

    return mend


def checked(xml: str) -> str:
    """A part that docxtpl does not mend must be whole. Raises etree.XMLSyntaxError."""
    etree.fromstring(xml.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    return xml
