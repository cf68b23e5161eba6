"""What a template asks for: its facts, found without a row. Used in the jail by
`executors.documents.oneoff`."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from executors.documents.facts import Field, TemplateFacts
from executors.documents.fields import FieldFinder
from executors.documents.formats import Format
from executors.documents.syntax import TemplateFault
from executors.documents.text import TextTemplate
from executors.documents.word.document import WordTemplate
from executors.refusals import Refused

_NOTHING = "it has no fields: every document of it will be the same"


def inspect(format: Format, data: bytes) -> TemplateFacts:
    """Raises Refused, whose message names the place of what is wrong."""
    finder = FieldFinder()
    raws: Mapping[str, str] = {}
    warnings: tuple[str, ...] = ()
    try:
        if format == "docx":
            word = WordTemplate(data, locale="en")
            for source, tree in word.trees.items():
                finder.read(tree, source.where)
            raws, warnings = word.prepared.raws, word.prepared.warnings
        else:
            text = TextTemplate(data, format, format, blank=False, locale="en")
            finder.read(text.tree, "body")
    except TemplateFault as fault:
        raise Refused("unreadable", fault.reason) from None
    fields = tuple(_as_written(field, raws) for field in finder.fields)
    if not fields and not finder.loops:
        warnings = (*warnings, _NOTHING)
    return TemplateFacts(format, fields, finder.loops, warnings)


def _as_written(field: Field, raws: Mapping[str, str]) -> Field:
    raw = raws.get(field.key)
    return field if raw is None else replace(field, raw=raw)
