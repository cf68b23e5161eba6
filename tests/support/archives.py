"""ZIP archives and workbooks as users make them, and as nobody should."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import openpyxl

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def packed(entries: Mapping[str, bytes | str] | Iterable[tuple[Any, bytes | str]]) -> bytes:
    """A ZIP archive of them, in that order; a name may stand twice."""
    pairs = entries.items() if isinstance(entries, Mapping) else entries
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in pairs:
                archive.writestr(name, data)
    return buffer.getvalue()


def workbook(*sheets: Sequence[Sequence[Any]], hidden: int = 0) -> bytes:
    """Sheets called S1, S2, ...; the first `hidden` of them are."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"S{number}")
        for row in rows:
            sheet.append(list(row))
        if number <= hidden:
            sheet.sheet_state = "hidden"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def raw_workbook(sheet: str, **parts: str) -> bytes:
    """A workbook of one sheet with that XML; `strings` is its shared strings, `styles` its styles;
    any other part stands under its own name."""
    named = {"strings": "xl/sharedStrings.xml", "styles": "xl/styles.xml"}
    related = "".join(
        f'<Relationship Id="r{kind}" Target="{kind}.xml" Type="{OFFICE}/{kind}"/>'
        for kind, name in (("sharedStrings", "strings"), ("styles", "styles"))
        if name in parts
    )
    strings = (
        '<Override PartName="/xl/sharedStrings.xml" '
        f'ContentType="{_SPREADSHEET}.sharedStrings+xml"/>'
        if "strings" in parts
        else ""
    )
    entries = {
        "[Content_Types].xml": (
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
            'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
            f'ContentType="{_SPREADSHEET}.sheet.main+xml"/>{strings}</Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
            f'Target="xl/workbook.xml" Type="{OFFICE}/officeDocument"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="S1" sheetId="1" r:id="r1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
            f'Target="worksheets/sheet1.xml" Type="{OFFICE}/worksheet"/>{related}</Relationships>'
        ),
        "xl/worksheets/sheet1.xml": sheet,
    }
    return packed(entries | {named.get(name, name): text for name, text in parts.items()})


def sheet_xml(rows: str, *, before: str = "", prologue: str = "") -> str:
    return f'{prologue}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>'


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def link(name: str) -> zipfile.ZipInfo:
    """A symbolic link, as packing programs store it."""
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    return entry


def encrypted(archive: bytes) -> bytes:
    """The flag of encryption on every entry."""
    return _with_flag(archive, 0x1)


def _with_flag(archive: bytes, flag: int) -> bytes:
    changed = bytearray(archive)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := changed.find(mark, start)) >= 0:
            changed[start + at] |= flag
            start += 4
    return bytes(changed)


def told_size(archive: bytes, size_bytes: int) -> bytes:
    """Every entry says that it unpacks to that much, whatever it does."""
    changed = bytearray(archive)
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = 0
        while (start := changed.find(mark, start)) >= 0:
            struct.pack_into("<I", changed, start + at, size_bytes)
            start += 4
    return bytes(changed)


def told_count(archive: bytes, count: int) -> bytes:
    """The archive says that it has so many entries."""
    changed = bytearray(archive)
    struct.pack_into("<HH", changed, changed.rfind(b"PK\x05\x06") + 8, count, count)
    return bytes(changed)


def overlapping(entries: int, size_bytes: int) -> bytes:
    """Entries that are all the same bytes of the archive, told many times."""
    archive = packed({"a.txt": bytes(size_bytes)})
    start = archive.index(b"PK\x01\x02")
    end = archive.index(b"PK\x05\x06")
    one = archive[start:end]
    directory = b"".join(one.replace(b"a.txt", b"%05d" % n) for n in range(entries))
    tail = bytearray(archive[end:])
    struct.pack_into("<HHI", tail, 8, entries, entries, len(directory))
    return archive[:start] + directory + bytes(tail)
