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

from executors.archives import Packed, open_archive, read_entry
from executors.documents.limits import (
    MAX_ENTRIES,
    MAX_PART_BYTES,
    MAX_RATIO,
    MAX_UNPACKED_BYTES,
    MIB,
)
from executors.documents.word import relations
from executors.refusals import Refused
from executors.shown import shown

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
# How a text of XML begins, in UTF-8 and in the other codes that a reader of XML knows: what begins
# so is looked at as such whatever its name and type are, since what reads it may believe neither.
_PLAIN_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?!\0)")
_OTHER_START = re.compile(rb"\xff\xfe|\xfe\xff|\0+<|<\0|\x4c\x6f\xa7\x94")
_XML_SUFFIXES = (".xml", relations.SUFFIX)


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
    parts = _unpacked(data)
    if CONTENT_TYPES not in parts:
        raise Refused("unreadable", "it is a ZIP archive, but no Word document")
    _check_names(parts)
    _check_xml(CONTENT_TYPES, parts[CONTENT_TYPES])
    types = _types_of(parts)
    for name, part in parts.items():
        if _is_xml(name, types.get(name, ""), part):
            _check_xml(name, part)
    related = relations.relations_of(_relation_trees(parts))
    _check_macros(parts)
    relations.check(related)
    by_type = {name: _PARTS[type] for name, type in types.items() if type in _PARTS}
    places = {**relations.rendered_by(related), **by_type}
    rendered = {name: where for name, where in places.items() if name in parts}
    if "body" not in rendered.values():
        raise Refused("unreadable", "it is no Word document (.docx): it has no text of one")
    warnings = [*relations.warnings_of(related), *_unread_warnings(parts, types)]
    return Package(parts, rendered, tuple(warnings))


def _unpacked(data: bytes) -> dict[str, bytes]:
    """Every entry: whatever is in the archive can be a part."""
    budget = _PackageBudget()
    with open_archive(data, budget, DOCUMENT) as archive:
        _check_ratios(archive)
        return {
            entry.filename: read_entry(archive, entry, budget)
            for entry in archive.filelist
            if not entry.is_dir()
        }


def _relation_trees(parts: Mapping[str, bytes]) -> dict[str, etree._Element]:
    return {
        name: parse_part(name, part)
        for name, part in parts.items()
        if name.lower().endswith(relations.SUFFIX)
    }


def _check_names(parts: Mapping[str, bytes]) -> None:
    """Readers may take names for one that differ only in upper and lower case."""
    if len({name.lower() for name in parts}) < len(parts):
        raise Refused("unreadable", "the document has two parts of one name")


def _is_xml(name: str, type: str, part: bytes) -> bool:
    return (
        name.lower().endswith(_XML_SUFFIXES)
        or type.endswith(("+xml", "/xml"))
        or _PLAIN_START.match(part) is not None
        or _OTHER_START.match(part) is not None
    )


def _check_ratios(archive: ZipFile) -> None:
    for entry in archive.filelist:
        if entry.file_size > MIB and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
            raise Refused(
                "too_large", f"{shown(entry.filename)}: it unpacks to too much for its size"
            )


def _check_xml(name: str, part: bytes) -> None:
    if len(part) > MAX_PART_BYTES:
        limit = MAX_PART_BYTES // MIB
        raise Refused(
            "too_large", f"{shown(name)}: it has more than {limit} MiB of text and layout"
        )
    declared = _DECLARED.match(part[:200])
    plain = declared is None or declared[1].lower() in (b"utf-8", b"us-ascii", b"ascii")
    plain = plain and (not part or _PLAIN_START.match(part) is not None)
    if not plain or b"\0" in part:
        raise Refused("unreadable", f"{shown(name)}: it is not written in UTF-8; save it again")
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise Refused("unreadable", f"{shown(name)}: its XML declares entities")


def parse_part(name: str, part: bytes) -> etree._Element:
    """The tree of a part. Raises Refused."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(part, parser)
    except etree.XMLSyntaxError as error:
        raise Refused("unreadable", f"{shown(name)}: {str(error)[:200]}") from None


def _types_of(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The type of each part that has one, in lower case: its own, or that of its kind of name."""
    tree = parse_part(CONTENT_TYPES, parts[CONTENT_TYPES])
    own = _told(tree, "{*}Override", "PartName")
    kinds = _told(tree, "{*}Default", "Extension")
    types = {}
    for name in parts:
        lower = name.lower()
        type = own.get(f"/{lower}", own.get(lower)) or kinds.get(lower.rpartition(".")[2])
        if type is not None:
            types[name] = type
    return types


def _told(tree: etree._Element, tag: str, key: str) -> dict[str, str]:
    return {
        each.get(key, "").lower(): each.get("ContentType", "").strip().lower()
        for each in tree.iter(tag)
    }


def _check_macros(parts: Mapping[str, bytes]) -> None:
    named = any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in parts)
    tree = parse_part(CONTENT_TYPES, parts[CONTENT_TYPES])
    told = (each.get("ContentType", "").lower() for each in tree.iter("{*}Override", "{*}Default"))
    if named or any("macroenabled" in type or "vba" in type for type in told):
        raise Refused("unsupported", "it holds macros; save it as a .docx without them")


def _unread_warnings(parts: Mapping[str, bytes], types: Mapping[str, str]) -> Iterator[str]:
    for name, type in types.items():
        if type in _UNREAD and re.search(rb"\{\{|\{%", parts[name]):
            yield f"placeholders in {_UNREAD[type]} are left as they are"
