"""A Word template as it is rendered: looked through, its single-brace placeholders translated.

Used by `executors.documents.word.document`, once for each template, worker and job, and when a
template is inspected.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from lxml import etree
from msgspec import Struct

from executors.documents.syntax import TemplateFault
from executors.documents.word.package import parse_part, read_package
from executors.documents.word.placeholders import has_jinja, text_of, translate, translate_text


class Prepared(Struct, frozen=True):
    """`data` is a .docx for docxtpl; `raws` are the placeholders that were translated, by field, as
    they were written."""

    data: bytes
    raws: Mapping[str, str]
    warnings: tuple[str, ...]


def prepare(data: bytes) -> Prepared:
    """Raises `executors.refusals.Refused` and TemplateFault."""
    package = read_package(data)
    trees = {name: parse_part(name, package.parts[name]) for name in package.rendered}
    mixed = any(has_jinja(text_of(tree)) for tree in trees.values())
    raws: dict[str, str] = {}
    changed: dict[str, bytes] = {}
    for name, where in package.rendered.items():
        try:
            found = _translated(trees[name], where, mixed=mixed)
            if found is not None:
                raws.update(found)
                changed[name] = etree.tostring(
                    trees[name], encoding="UTF-8", xml_declaration=True, standalone=True
                )
            _check_closed(changed.get(name, package.parts[name]))
        except TemplateFault as fault:
            raise TemplateFault(f"in the {where}: {fault.reason}") from None
    if changed:
        data = _packed({**package.parts, **changed})
    return Prepared(data, raws, package.warnings)


def _translated(tree: Any, where: str, *, mixed: bool) -> Mapping[str, str] | None:
    """None where nothing was to be changed."""
    if where != "properties":
        return translate(tree, mixed=mixed) or None
    changed = False
    for element in tree.iter("*"):
        if element.text and "{" in element.text:
            text = translate_text(element.text, mixed=mixed)
            changed = changed or text != element.text
            element.text = text
    return {} if changed else None


def _check_closed(part: bytes) -> None:
    """docxtpl looks for the end of each tag, wherever it begins, in all that follows: there must be
    one. Raises TemplateFault."""
    for opening, closing in ((b"{{", b"}}"), (b"{%", b"%}")):
        if part.rfind(opening) > part.rfind(closing):
            raise TemplateFault(f"a {opening.decode()} is never closed")


def _packed(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()
