"""A Word template, compiled once, and the documents made of it.

Used by `executors.documents.engine` in a jailed worker. What docxtpl does anew for each document
(unpacking, patching, compiling, parsing, packing) is done once here; a document is rendered part by
part and put into an archive whose other entries are packed already. Pictures are put in by docxtpl
itself: they add parts. A test compares the two ways, part by part.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any
from zipfile import ZipFile

from docx.opc.constants import RELATIONSHIP_TYPE
from jinja2 import nodes

from executors.documents.filters import Filter
from executors.documents.pictures import Album
from executors.documents.sandbox import Sandbox
from executors.documents.syntax import Parsed, TemplateFault, parse
from executors.documents.word.archive import Archive
from executors.documents.word.parts import (
    Part,
    PropertiesPart,
    XmlPart,
    checked,
    mended_body,
)
from executors.documents.word.pictures import Reader
from executors.documents.word.prepare import Prepared, prepare
from executors.documents.word.rich import rich
from executors.documents.word.shape import is_sound
from executors.documents.word.template import (
    JailedTemplate,
    Renderers,
    Source,
    numbered,
)
from executors.refusals import Refused

_DECLARATION = b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"
_BODY_START = re.compile(r"<w:body[^>]*>")
# No text has these: a place for a property that is rendered.
_MARK = "\ue000"
# What docxtpl and python-docx answer to a document that is none.
_NO_DOCUMENT = (LookupError, ValueError, TypeError, AttributeError, OSError, ArithmeticError)


class WordTemplate:
    """Raises Refused and TemplateFault where there is no such template."""

    def __init__(
        self, data: bytes, *, blank: bool = False, locale: str = "en", album: Album | None = None
    ) -> None:
        """`album` has the pictures that values name; None: there are none."""
        self._reader = Reader(Album() if album is None else album)
        self.prepared: Prepared = prepare(data)
        filters: dict[str, Filter] = {"rich": rich, "image": self._picture}
        self._xml = Sandbox(escape=True, blank=blank, locale=locale, filters=filters)
        self._plain = Sandbox(escape=False, blank=blank, locale=locale, filters=filters)
        # What docxtpl makes of each source, and what Jinja makes of that: as many as parts.
        self._patched: dict[str, str] = {}
        self._parsed: dict[tuple[bool, str], Parsed] = {}
        # Written by `render_by_docxtpl`, around each document.
        self._current: JailedTemplate | None = None
        template = self._template()
        self.sources: tuple[Source, ...] = tuple(_read(template))
        self.trees = {source: self._parse_source(source).tree for source in self.sources}
        self.needs_docxtpl = any(map(_asks_for_pictures, self.trees.values()))
        try:
            self.parts, self._archive = self._compile(template)
        except _NO_DOCUMENT as error:
            raise _no_document(error) from None

    def render(self, values: Mapping[str, Any], *, pictures: bool = False) -> bytes:
        """The document for these values; `pictures` says that there may be some among them."""
        if pictures or self.needs_docxtpl:
            return self.render_by_docxtpl(values)
        return self._archive.write((part.name, part.render(values)) for part in self.parts)

    def render_by_docxtpl(self, values: Mapping[str, Any]) -> bytes:
        self._current = self._template()
        try:
            return self._current.make(values, Renderers(self._render_xml, self._render_plain))
        finally:
            self._current = None

    def _template(self) -> JailedTemplate:
        return JailedTemplate(self.prepared.data, self._patched, self._reader)

    def _picture(self, value: Any, width_mm: float = 0, height_mm: float = 0) -> Any:
        """The filter `image`; a template that has it is never rendered in another way."""
        assert self._current is not None
        return self._current.picture(value, width_mm, height_mm)

    def _parse(self, text: str, *, xml: bool) -> Parsed:
        known = self._parsed.get((xml, text))
        if known is None:
            known = self._parsed[xml, text] = parse(self._xml if xml else self._plain, text)
        return known

    def _parse_source(self, source: Source) -> Parsed:
        """Raises TemplateFault that names the place."""
        xml = source.where != "properties"
        try:
            return self._parse(source.text, xml=xml)
        except TemplateFault as fault:
            raise _placed(fault, source, self._xml) from None

    def _render_xml(self, text: str, values: Mapping[str, Any]) -> str:
        return self._xml.render(self._parse(text, xml=True).template, values)

    def _render_plain(self, text: str, values: Mapping[str, Any]) -> str:
        return self._plain.render(self._parse(text, xml=False).template, values)

    def _compile(self, template: JailedTemplate) -> tuple[tuple[Part, ...], Archive]:
        """The parts that differ, and the archive of all others. What docxtpl renders and has
        nothing in it to render is rendered here, once."""
        properties = {s.part: s.text for s in self.sources if s.where == "properties"}
        for name, text in properties.items():
            setattr(template.docx.core_properties, name, f"{_MARK}{name}{_MARK}" if text else "")
        entries = _saved(template)
        parts: dict[str, Part] = {
            source.part: self._xml_part(source, template, entries)
            for source in self.sources
            if source.where != "properties"
        }
        core = _core_name(template)
        parts[core] = self._properties(core, entries, properties)
        own: list[Part] = []
        for part in parts.values():
            if self._is_constant(part):
                entries[part.name] = part.render({})
            else:
                own.append(part)
                del entries[part.name]
        return tuple(own), Archive(entries.items())

    def _is_constant(self, part: Part) -> bool:
        if isinstance(part, PropertiesPart):
            texts = [source.text for source in self.sources if source.where == "properties"]
        else:
            texts = [source.text for source in self.sources if source.part == part.name]
        return not any(mark in text for text in texts for mark in ("{{", "{%", "{#"))

    def _xml_part(
        self, source: Source, template: JailedTemplate, entries: Mapping[str, bytes]
    ) -> XmlPart:
        is_body = source.where == "body"
        sound = is_sound(self.trees[source], tables=is_body)
        head, text, tail = b"", source.text, b""
        if is_body:
            head, start, tail = _around_body(entries[source.part])
            # Mended, it is parsed by itself, with the namespaces that it declares.
            text = _BODY_START.sub(lambda _: start, text, count=1) if sound else text
        elif source.where != "footnotes":
            head = _DECLARATION
        parsed = self._parse(text, xml=True)
        mend = None if sound else mended_body(template) if is_body else checked
        return XmlPart(
            name=source.part,
            head=head,
            tail=tail,
            text=lambda values: self._xml.render(parsed.template, values),
            finish=template.finish,
            mend=mend,
            has_pictures=is_body and "<wp:docPr" in text,
        )

    def _properties(
        self, name: str, entries: Mapping[str, bytes], properties: Mapping[str, str]
    ) -> PropertiesPart:
        pieces: list[Any] = []
        for at, piece in enumerate(entries[name].decode().split(_MARK)):
            if at % 2 == 0:
                pieces.append(piece)
                continue
            parsed = self._parse(properties[piece], xml=False)
            pieces.append(lambda values, parsed=parsed: self._plain.render(parsed.template, values))
        return PropertiesPart(name, tuple(pieces))


def _read(template: JailedTemplate) -> Iterator[Source]:
    try:
        yield from template.sources()
    except _NO_DOCUMENT as error:
        raise _no_document(error) from None


def _no_document(error: Exception) -> Refused:
    return Refused("unreadable", f"not a Word document; save it again ({error!s:.200})")


def _placed(fault: TemplateFault, source: Source, environment: Sandbox) -> TemplateFault:
    """The same fault with its place in words."""
    if source.where == "properties":
        return TemplateFault(f"in the property {source.part!r}: {fault.reason}")
    line = fault.line
    try:
        parse(environment, numbered(source.text))
    except TemplateFault as found:
        line = found.line
    at = f", paragraph {line - 1}" if line is not None and line > 1 else ""
    return TemplateFault(f"in the {source.where}{at}: {fault.reason}")


def _core_name(template: JailedTemplate) -> str:
    part = template.docx.part.package.part_related_by(RELATIONSHIP_TYPE.CORE_PROPERTIES)
    return str(part.partname).removeprefix("/")


def _asks_for_pictures(tree: nodes.Template) -> bool:
    return any(node.name == "image" for node in tree.find_all(nodes.Filter))


def _saved(template: JailedTemplate) -> dict[str, bytes]:
    """The package as python-docx writes it, with nothing rendered."""
    buffer = io.BytesIO()
    template.docx.save(buffer)
    with ZipFile(buffer) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _around_body(document: bytes) -> tuple[bytes, str, bytes]:
    """What stands before and behind the body in its part, and how it begins there: without the
    namespaces that are declared before it."""
    whole = document.decode()
    start = _BODY_START.search(whole)
    end = whole.rfind("</w:body>") + len("</w:body>")
    if start is None or end < start.end():
        raise Refused("unreadable", "not a Word document; save it again (it has no plain body)")
    return whole[: start.start()].encode(), start[0], whole[end:].encode()
