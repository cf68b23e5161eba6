"""Word templates for tests, built by python-docx, and documents taken apart again."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import docx
from lxml import etree

from executors.documents.values import template_values

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word(*texts: str, build: Callable[[Any], None] | None = None) -> bytes:
    """A Word document with a paragraph for each text, and whatever `build` adds."""
    document = docx.Document()
    for text in texts:
        document.add_paragraph(text)
    if build is not None:
        build(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def with_parts(data: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """The package with some parts replaced, added or (None) left out."""
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as old, ZipFile(buffer, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, part in changes.items():
            if part is not None:
                new.writestr(name, part)
    return buffer.getvalue()


def part_of(data: bytes, name: str) -> bytes:
    with ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def with_body(data: bytes, old: str, new: str) -> bytes:
    """The document with a text of its body's XML replaced."""
    body = part_of(data, "word/document.xml").decode()
    assert old in body
    return with_parts(data, {"word/document.xml": body.replace(old, new).encode()})


def canonical_parts(data: bytes) -> dict[str, bytes]:
    """Every part by name, its XML in the canonical form."""
    with ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: _canonical(name, archive.read(name)) for name in archive.namelist()}


def _canonical(name: str, part: bytes) -> bytes:
    if not name.endswith((".xml", ".rels")):
        return part
    return etree.tostring(etree.fromstring(part), method="c14n")


def texts_of(data: bytes) -> list[str]:
    """The paragraphs of a document's body, tables too."""
    tree = etree.fromstring(part_of(data, "word/document.xml"))
    return [
        "".join(text.text or "" for text in paragraph.iter(f"{{{W}}}t"))
        for paragraph in tree.iter(f"{{{W}}}p")
    ]


def values(row: Mapping[str, Any], **built_in: Any) -> dict[str, Any]:
    """A row as templates see it."""
    return template_values(row, {}, built_in)
