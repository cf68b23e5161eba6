"""Templates of any format, compiled for a job, and what went wrong with a document in words.

Used by `executors.documents.run` in jailed workers, and by whatever makes single documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import TemplateError
from lxml import etree

from executors.documents.formats import Format
from executors.documents.items import DocumentItem, StoredSpec, StoredTemplate
from executors.documents.limits import OverLimit
from executors.documents.missing import MissingField
from executors.documents.names import DATE, INDEX, ROW, TEMPLATE
from executors.documents.pictures import Album
from executors.documents.syntax import TemplateFault
from executors.documents.text import TextTemplate
from executors.documents.values import template_values
from executors.documents.word.document import WordTemplate
from executors.refusals import Refused

# What a template can raise over a row: its own errors, and those of Python at values that are not
# what the template takes them for. MemoryError is the jail's.
_FAILURES = (
    TemplateError,
    TemplateFault,
    OverLimit,
    Refused,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RecursionError,
    etree.LxmlError,
)


class NotMade(Exception):
    """The document cannot be made; the message is for the user, and names row and template."""


class Engine:
    """One template of a job, compiled. Raises NotMade where it cannot be used at all."""

    def __init__(
        self, spec: StoredSpec, template: StoredTemplate, data: bytes, album: Album
    ) -> None:
        """`album` has the pictures of an item by the time that it is made."""
        self._template = template
        self._date = spec.date
        self._album = album
        try:
            self._made_by = _compiled(spec, template, data, album)
        except (Refused, TemplateFault) as error:
            raise NotMade(f"template {template.name!r}: {error}") from None

    @property
    def is_slow(self) -> bool:
        """Whether its documents take long enough for the loop to notice."""
        return isinstance(self._made_by, WordTemplate) and self._made_by.needs_docxtpl

    def make(self, item: DocumentItem, *, pictures: bool = False) -> bytes:
        """The document, in the format that its template makes by itself (`rendered_as`). `pictures`
        says that there may be some among the row's values. Raises NotMade."""
        data = item.data
        if item.pictures and self._template.format in ("html", "md"):
            data = self._album.embedded(data)
        values = template_values(data, self._template.mappings, self._built_in(item))
        try:
            if isinstance(self._made_by, WordTemplate):
                return self._made_by.render(values, pictures=pictures)
            return self._made_by.render(values)
        except _FAILURES as error:
            raise NotMade(f"row {item.row + 1}: {self._words(error)}") from error

    def _built_in(self, item: DocumentItem) -> Mapping[str, Any]:
        return {
            INDEX: item.row + 1,
            ROW: item.row + 1,
            TEMPLATE: self._template.name,
            DATE: self._date,
        }

    def _words(self, error: Exception) -> str:
        name = repr(self._template.name)
        match error:
            case MissingField():
                return f"field {str(error)[:200]!r} of template {name} has no value"
            case RecursionError():
                return f"template {name}: its values lie too deep in each other"
            case _:
                return f"template {name}: {str(error)[:500] or type(error).__name__}"


def rendered_as(template: Format, output: Format) -> Format:
    """What a template is rendered to, of which `output` is made: a PDF comes of a document."""
    if output != "pdf":
        return output
    return "docx" if template == "docx" else "html"


def _compiled(
    spec: StoredSpec, template: StoredTemplate, data: bytes, album: Album
) -> WordTemplate | TextTemplate:
    blank = spec.missing == "blank"
    if template.format == "docx":
        return WordTemplate(data, blank=blank, locale=spec.locale, album=album)
    output = rendered_as(template.format, spec.format)
    return TextTemplate(data, template.format, output, blank=blank, locale=spec.locale)
