"""docxtpl, held to the sandbox: every part of a document that it renders goes through ours.

Used by `executors.documents.word.document`: for what is compiled once (its `sources`), and for
whole documents where the fast way does not do all that docxtpl does.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from docx.image.image import Image
from docx.shared import Length, Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2.runtime import Undefined
from msgspec import Struct

from executors.documents.limits import MAX_PICTURES, OverLimit
from executors.documents.word.pictures import Reader

# Those that docxtpl renders. No property may be longer.
PROPERTIES = ("author", "comments", "identifier", "language", "subject", "title")
MAX_PROPERTY_CHARS = 255
_FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_PARAGRAPH = re.compile(r"<w:p([ >])")
# The same expression as docxtpl's for a paragraph.
_WHOLE_PARAGRAPH = re.compile(r"<w:p(?: [^>]*)?>.*?</w:p>", re.DOTALL)
# Outside of a run they are nothing that XML has a form for.
NO_XML = {7: None, 12: None}
_MARKS = (("{_{", "{{"), ("}_}", "}}"), ("{_%", "{%"), ("%_}", "%}"))

Render = Callable[[str, Mapping[str, Any]], str]


class Source(Struct, frozen=True):
    """A part as the template language has it: where it is, its name in the package, its text."""

    where: str
    part: str
    text: str


class Renderers(Struct, frozen=True):
    """What makes text of sources: in XML, escaped, and as it is."""

    xml: Render
    plain: Render


class JailedTemplate(DocxTemplate):  # type: ignore[misc]
    """One template, for one document. Raises what docxtpl and python-docx raise at packages that
    are none (`executors.documents.word.document` knows them)."""

    def __init__(self, data: bytes, patched: dict[str, str], reader: Reader) -> None:
        """Shared by the documents of one template are `patched`, what docxtpl makes of a source,
        and the `reader` of pictures."""
        super().__init__(io.BytesIO(data))
        self._patched = patched
        self._reader = reader
        # Written by `make`, and by `picture`.
        self._renderers: Renderers | None = None
        self._pictures: dict[tuple[str, float, float], InlineImage] = {}

    def sources(self) -> Iterator[Source]:
        """The parts that are rendered, in docxtpl's order, with the properties behind them."""
        self.render_init()
        body = self.docx._part
        yield Source("body", _name(body), self.patch_xml(self.get_xml()))
        for uri, where in ((self.HEADER_URI, "header"), (self.FOOTER_URI, "footer")):
            for _, part in self.get_headers_footers(uri):
                yield Source(where, _name(part), self.patch_xml(self.get_part_xml(part)))
        for part in self._footnotes():
            yield Source("footnotes", _name(part), self.patch_xml(part.blob.decode()))
        for name in PROPERTIES:
            yield Source("properties", name, getattr(self.docx.core_properties, name))

    def make(self, values: Mapping[str, Any], renderers: Renderers) -> bytes:
        """The whole document, as docxtpl makes it."""
        self._renderers = renderers
        self.init_docx()
        self.render(self._with_pictures(values), None)
        made = io.BytesIO()
        self.save(made)
        return made.getvalue()

    def patch_xml(self, src_xml: str) -> str:
        known = self._patched.get(src_xml)
        if known is None:
            known = self._patched[src_xml] = super().patch_xml(src_xml)
        return known

    def render_xml_part(
        self, src_xml: str, part: Any, context: Mapping[str, Any], jinja_env: None = None
    ) -> str:
        """As docxtpl does it, by our renderer."""
        assert self._renderers is not None
        self.current_rendering_part = part
        return self.finish(self._renderers.xml(src_xml, context))

    def finish(self, xml: str) -> str:
        """What docxtpl does to a part that is rendered; only where there is something to do, since
        it looks at every run for it."""
        if "{" in xml or "}" in xml:
            for mark, meant in _MARKS:
                xml = xml.replace(mark, meant)
        if _is_laid_out(xml):
            xml = _WHOLE_PARAGRAPH.sub(self._resolved, xml)
            xml = xml.translate(NO_XML)
        return xml

    def _resolved(self, paragraph: re.Match[str]) -> str:
        text = paragraph[0]
        return self.resolve_listing(text) if _is_laid_out(text) else text

    def render_properties(self, context: Mapping[str, Any], jinja_env: None = None) -> None:
        """Properties are text, which python-docx escapes itself."""
        assert self._renderers is not None
        for name in PROPERTIES:
            source = getattr(self.docx.core_properties, name)
            text = self._renderers.plain(source, context)[:MAX_PROPERTY_CHARS]
            setattr(self.docx.core_properties, name, text.translate(NO_XML))

    def render_footnotes(self, context: Mapping[str, Any], jinja_env: None = None) -> None:
        """Once, and not once a section: the second time would render what the row has put in."""
        for part in self._footnotes():
            xml = self.patch_xml(part.blob.decode())
            part._blob = self.render_xml_part(xml, part, context).encode()

    def _footnotes(self) -> Iterator[Any]:
        for part in self.docx.part.package.parts:
            if part.content_type == _FOOTNOTES:
                yield part

    def picture(self, value: Any, width_mm: float = 0, height_mm: float = 0) -> Any:
        """The filter `image`: a data URL or a name becomes a picture, at its own size unless
        told, and never wider than the text. Raises BadPicture."""
        if isinstance(value, Undefined) or value is None or value == "":
            return value
        url = str(value.url if isinstance(value, InlineImage) else value)
        known = self._pictures.get((url, width_mm, height_mm))
        if known is not None:
            return known
        if len(self._pictures) >= MAX_PICTURES:
            raise OverLimit(f"it has more than {MAX_PICTURES} pictures")
        made = self._placed(self._reader.read(url), width_mm, height_mm)
        made.url = url
        self._pictures[url, width_mm, height_mm] = made
        return made

    def _placed(self, data: bytes, width_mm: float, height_mm: float) -> InlineImage:
        width: Length | None = Mm(width_mm) if width_mm else None
        height: Length | None = Mm(height_mm) if height_mm else None
        if width is None and height is None:
            width = Length(min(Image.from_blob(data).width, self._text_width()))
        return InlineImage(self, io.BytesIO(data), width, height)

    def _text_width(self) -> Length:
        section = self.docx.sections[0]
        margins = (section.left_margin or 0) + (section.right_margin or 0)
        return Length(max(Mm(10), (section.page_width or Mm(210)) - margins))

    def _with_pictures(self, value: Any) -> Any:
        """The values with pictures in the place of data URLs and names, wherever they are."""
        if self._reader.is_picture(value):
            return self.picture(value)
        if isinstance(value, dict):
            return {name: self._with_pictures(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._with_pictures(each) for each in value]
        return value


def _is_laid_out(text: str) -> bool:
    """Whether it holds what becomes layout: breaks of lines, paragraphs or pages, or tabs. A search
    for each is a tenth of one for any."""
    return "\n" in text or "\t" in text or "\a" in text or "\f" in text


def numbered(source: str) -> str:
    """A source whose paragraphs have a line each, so that a fault can name the one it is in."""
    return _PARAGRAPH.sub(r"\n<w:p\1", source)


def _name(part: Any) -> str:
    return str(part.partname).removeprefix("/")
