"""The package of a Word template: its parts, counted as they are unpacked, and what is refused.

Used in the jail by `executors.documents.word.prepare`. What is said here of relations and macros is
for the user: nothing of a template is ever fetched or run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from zipfile import ZipFile

from lxml import etree
from msgspec import Struct

from executors.archives import Packed, files_of, open_archive, read_entry
from executors.documents.limits import (
    MAX_ENTRIES,
    MAX_PART_BYTES,
    MAX_RATIO,
    MAX_UNPACKED_BYTES,
    MIB,
)
from executors.refusals import Refused

DOCUMENT = Packed("a Word document (.docx)", "save it again")
CONTENT_TYPES = "[Content_Types].xml"
CORE = "application/vnd.openxmlformats-package.core-properties+xml"

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_PARTS = {
    f"{_WORD}document.main+xml": "body",
    f"{_WORD}header+xml": "header",
    f"{_WORD}footer+xml": "footer",
    f"{_WORD}footnotes+xml": "footnotes",
    CORE: "properties",
}
_UNREAD = {
    f"{_WORD}endnotes+xml": "endnotes",
    f"{_WORD}comments+xml": "comments",
}
# The format before .docx, which is also that of encrypted ones.
_COMPOUND = b"\xd0\xcf\x11\xe0"
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']+)""")
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_HARMLESS = frozenset({"hyperlink"})
_FORBIDDEN = frozenset({"subDocument", "oleObject", "frame", "package", "aFChunk", "control"})
_LISTED = 5


class Package(Struct, frozen=True):
    """What a template is made of: the bytes of its parts by name, which of them are rendered (name
    -> where that is: body, header, footer, footnotes, properties), and what its user should know.
    """

    parts: Mapping[str, bytes]
    rendered: Mapping[str, str]
    warnings: tuple[str, ...]


class _PackageBudget:
    """The `Budget` of a template's archive, whose limits are no operator's."""

    def __init__(self) -> None:
        # Written by `unpack`.
        self._unpacked = 0

    def entries(self, count: int) -> None:
        if count > MAX_ENTRIES:
            raise Refused("too_large", f"the document has more than {MAX_ENTRIES:,} parts")

    def unpack(self, size_bytes: int) -> None:
        self._unpacked += size_bytes
        if self._unpacked > MAX_UNPACKED_BYTES:
            limit = MAX_UNPACKED_BYTES // MIB
            raise Refused("too_large", f"unpacked the document has more than {limit} MiB")


def read_package(data: bytes) -> Package:
    """Raises Refused."""
    if data.startswith(_COMPOUND):
        raise Refused("unsupported", "it is encrypted, or a .doc file; save it as a plain .docx")
    budget = _PackageBudget()
    with open_archive(data, budget, DOCUMENT) as archive:
        _check_ratios(archive)
        parts = {entry.filename: read_entry(archive, entry, budget) for entry in files_of(archive)}
    if CONTENT_TYPES not in parts:
        raise Refused("unreadable", "it is a ZIP archive, but no Word document")
    for name, part in parts.items():
        if name.endswith((".xml", ".rels")):
            _check_xml(name, part)
    types = _content_types(parts)
    _check_macros(parts)
    rendered = {name: _PARTS[type] for name, type in types.items() if type in _PARTS}
    if "body" not in rendered.values():
        raise Refused("unreadable", "it is no Word document (.docx): it has no text of one")
    warnings = [*_relation_warnings(parts), *_unread_warnings(parts, types)]
    return Package(parts, rendered, tuple(warnings))


def _check_ratios(archive: ZipFile) -> None:
    for entry in archive.filelist:
        if entry.file_size > MIB and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
            raise Refused("too_large", f"{entry.filename}: it unpacks to too much for its size")


def _check_xml(name: str, part: bytes) -> None:
    if len(part) > MAX_PART_BYTES:
        limit = MAX_PART_BYTES // MIB
        raise Refused("too_large", f"{name}: it has more than {limit} MiB of text and layout")
    declared = _DECLARED.match(part[:200])
    plain = declared is None or declared[1].lower() in (b"utf-8", b"us-ascii", b"ascii")
    if not plain or part.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in part:
        raise Refused("unreadable", f"{name}: it is not written in UTF-8; save it again")
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise Refused("unreadable", f"{name}: its XML declares entities")


def parse_part(name: str, part: bytes) -> etree._Element:
    """The tree of a part. Raises Refused."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(part, parser)
    except etree.XMLSyntaxError as error:
        raise Refused("unreadable", f"{name}: {str(error)[:200]}") from None


def _content_types(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The type of each part that has one of its own."""
    tree = parse_part(CONTENT_TYPES, parts[CONTENT_TYPES])
    named = {
        element.get("PartName", "").removeprefix("/"): element.get("ContentType", "")
        for element in tree.iter("{*}Override")
    }
    return {name: type for name, type in named.items() if name in parts}


def _check_macros(parts: Mapping[str, bytes]) -> None:
    named = any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in parts)
    tree = parse_part(CONTENT_TYPES, parts[CONTENT_TYPES])
    told = (each.get("ContentType", "").lower() for each in tree.iter("{*}Override", "{*}Default"))
    if named or any("macroenabled" in type or "vba" in type for type in told):
        raise Refused("unsupported", "it holds macros; save it as a .docx without them")


def _relation_warnings(parts: Mapping[str, bytes]) -> Iterator[str]:
    """What the document would have its reader's program fetch from elsewhere."""
    found: dict[str, None] = {}
    for name, part in parts.items():
        if not name.endswith(".rels"):
            continue
        for element in parse_part(name, part).iter(_RELATION):
            if element.get("TargetMode") != "External":
                continue
            kind = element.get("Type", "").rpartition("/")[2]
            if kind in _FORBIDDEN:
                raise Refused("unsupported", f"it takes in another document ({kind})")
            if kind not in _HARMLESS:
                found[f"{kind}: {element.get('Target', '')[:100]}"] = None
    for text in list(found)[:_LISTED]:
        yield f"it refers to something outside itself, which is not fetched here ({text})"


def _unread_warnings(parts: Mapping[str, bytes], types: Mapping[str, str]) -> Iterator[str]:
    for name, type in types.items():
        if type in _UNREAD and re.search(rb"\{\{|\{%", parts[name]):
            yield f"placeholders in {_UNREAD[type]} are left as they are"
