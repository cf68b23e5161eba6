"""Uploads that nobody should have made, and what each is refused for. Read in this process."""

from __future__ import annotations

import pytest

from executors.refusals import Refused
from executors.tables.limits import TableLimits
from executors.tables.reading import read_tables
from tests.support.archives import (
    encrypted,
    link,
    overlapping,
    packed,
    raw_workbook,
    sheet_xml,
    text_cell,
    told_count,
    told_size,
    workbook,
)

MIB = 1024 * 1024
LIMITS = TableLimits(
    max_items=100, max_upload_cells=1_000, max_archive_entries=50, max_unpacked_bytes=MIB
)
ROWS = [["url"], ["https://example.com/"]]
URL = "https://example.com/"
HEAD = '<row r="1">' + text_cell("A1", "url") + "</row>"

LAUGHS = '<!DOCTYPE z [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE z [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE z [<!ENTITY % x SYSTEM "http://127.0.0.1:9/"> %x;]>'


def laughing(declaration, entity):
    row = f'<row r="1">{text_cell("A1", f"url&{entity};")}</row>'
    return raw_workbook(sheet_xml(row, prologue=declaration))


ZIPS = [
    ("climbing out", packed({"../evil.txt": URL}), "unreadable", "name like a place"),
    ("climbing out within", packed({"a/../../evil.txt": URL}), "unreadable", "name like a place"),
    ("absolute", packed({"/abs.txt": URL}), "unreadable", "name like a place"),
    ("a drive", packed({"C:\\x.txt": URL}), "unreadable", "name like a place"),
    ("backslashes", packed({"..\\x.txt": URL}), "unreadable", "name like a place"),
    ("a stream of a file", packed({"a.txt:b": URL}), "unreadable", "name like a place"),
    ("NUL", packed({"a.txt": URL}).replace(b"a.txt", b"a\0.tx"), "unreadable", "like a place"),
    ("a line end", packed({"a\nb.txt": URL}), "unreadable", "name like a place"),
    ("text turned round", packed({"a\u202etxt.exe.txt": URL}), "unreadable", "like a place"),
    ("a long name", packed({"a" * 300 + ".txt": URL}), "unreadable", "name like a place"),
    ("twice the same name", packed([("a.txt", URL), ("a.txt", "x")]), "unreadable", "one name"),
    ("a symbolic link", packed([(link("a.txt"), "/etc/passwd")]), "unreadable", "neither a file"),
    (
        "encrypted",
        encrypted(packed({"a.txt": URL})),
        "unreadable",
        "a.txt: it is encrypted; pack it again without a password",
    ),
    ("many entries", packed({f"{n}.txt": "" for n in range(51)}), "too_large", "50 entries"),
    (
        "many entries, told as one",
        told_count(packed({f"{n}.txt": "" for n in range(51)}), 1),
        "too_large",
        "50 entries",
    ),
    ("told as very many", told_count(packed({"a.txt": URL}), 0xFFFE), "too_large", "50 entries"),
    ("a bomb", packed({"a.txt": bytes(2 * MIB)}), "too_large", "1,048,576 bytes"),
    (
        "a bomb of many",
        packed({f"{n}.txt": bytes(MIB // 10) for n in range(20)}),
        "too_large",
        "1,048,576 bytes",
    ),
    ("overlapping entries", overlapping(40, MIB // 10), "unreadable", ""),
    ("a lie: smaller", told_size(packed({"a.txt": b"#" * 5_000}), 10), "unreadable", "a.txt"),
    ("an archive within", packed({"a.zip": packed({"a.txt": URL})}), "unsupported", "a.zip: not"),
    ("another kind", packed({"a.exe": "MZ"}), "unsupported", "a.exe: not"),
    ("nothing in it", packed({}), "unreadable", "empty"),
    ("folders only", packed({"a/": ""}), "unreadable", "empty"),
    ("not an archive", b"hello", "unreadable", "not a ZIP archive"),
    ("cut short", packed({"a.txt": URL})[:-10], "unreadable", "not a ZIP archive"),
    ("cut in the middle", packed({"a.txt": URL * 99})[40:], "unreadable", ""),
    ("not UTF-8", packed({"a.txt": b"\xff\xfe"}), "unreadable", "a.txt: not UTF-8 (byte 0)"),
    ("bad CSV", packed({"a.csv": 'url\n"x'}), "unreadable", "a.csv: line 2"),
]

BOOKS = [
    ("not an archive", b"hello", "unreadable", "not an .xlsx workbook; save it again"),
    (
        "an old or encrypted one",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
        "unsupported",
        "encrypted",
    ),
    ("encrypted entries", encrypted(workbook(ROWS)), "unreadable", "encrypted; save it again"),
    ("cut short", workbook(ROWS)[:-30], "unreadable", "cut short, or not an .xlsx workbook"),
    ("no workbook in it", packed({"a.txt": URL}), "unreadable", "not a workbook"),
    (
        "macros",
        raw_workbook(sheet_xml(HEAD), **{"xl/vbaProject.bin": "x"}),
        "unsupported",
        "macros",
    ),
    ("many parts", packed({f"xl/{n}.xml": "" for n in range(51)}), "too_large", "50 entries"),
    ("a bomb", raw_workbook(sheet_xml(" " * 2 * MIB)), "too_large", "1,048,576 bytes"),
    (
        "one string, used very often",
        raw_workbook(
            sheet_xml(
                "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 90))
            ),
            strings=f'<sst xmlns="{"http://schemas.openxmlformats.org/spreadsheetml/2006/main"}">'
            f"<si><t>{'x' * 20_000}</t></si></sst>",
        ),
        "too_large",
        "rows hold more than",
    ),
    (
        "far cells",
        raw_workbook(
            sheet_xml("".join(f'<row r="{n}">{text_cell(f"XFD{n}", "x")}</row>' for n in (1, 2)))
        ),
        "too_large",
        "1,000 cells",
    ),
    ("entities within entities", laughing(LAUGHS, "b"), "unreadable", "declares entities"),
    ("a file by an entity", laughing(OUTSIDE, "x"), "unreadable", "declares entities"),
    ("an address by an entity", laughing(PARAMETER, "amp"), "unreadable", "declares entities"),
    ("XML cut short", raw_workbook(sheet_xml(HEAD)[:-20]), "unreadable", "not a workbook"),
    ("a sheet that is not there", workbook(ROWS), "unreadable", "no sheet 'S9'"),
    ("hidden sheets only", raw_workbook(""), "unreadable", ""),
    (
        "a string that is not there",
        raw_workbook(sheet_xml('<row r="1"><c r="A1" t="s"><v>9</v></c></row>')),
        "unreadable",
        "not a workbook",
    ),
    (
        "a place that is none",
        raw_workbook(sheet_xml('<row r="x"><c r="!!" t="n"><v>1</v></c></row>')),
        "unreadable",
        "not a workbook",
    ),
]


def refusal_of(data, name, sheet=None):
    with pytest.raises(Refused) as caught:
        list(read_tables(data, name, sheet, LIMITS))
    return caught.value


@pytest.mark.parametrize(
    ("data", "why", "words"), [case[1:] for case in ZIPS], ids=[case[0] for case in ZIPS]
)
def test_an_archive_is_refused_for_what_is_wrong_with_it(data, why, words):
    refusal = refusal_of(data, "x.zip")
    assert refusal.why == why
    assert words in str(refusal)
    assert str(refusal).isprintable()


@pytest.mark.parametrize(("what", "data", "why", "words"), BOOKS, ids=[case[0] for case in BOOKS])
def test_a_workbook_is_refused_for_what_is_wrong_with_it(what, data, why, words):
    refusal = refusal_of(data, "x.xlsx", "S9" if "not there" in what and "sheet" in what else None)
    assert refusal.why == why
    assert words in str(refusal)


def test_the_same_limits_hold_for_a_workbook_within_an_archive():
    book = raw_workbook(sheet_xml(" " * (MIB - 2_000)))
    refusal = refusal_of(packed({"a.txt": b"#" * 2_500, "b.xlsx": book}), "x.zip")
    assert (refusal.why, str(refusal).partition(":")[0]) == ("too_large", "b.xlsx")
