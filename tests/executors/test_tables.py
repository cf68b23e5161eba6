"""What an uploaded table comes to: kinds, sheets, cells, order. Read in this process."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from executors.tables.limits import TableLimits
from executors.tables.reading import read_tables
from executors.tables.rows import Head, Row, decode, encode
from tests.support.archives import (
    packed,
    raw_workbook,
    sheet_xml,
    text_cell,
    told_size,
    workbook,
)

URL = "https://example.com/"


def lines_of(data, name, sheet=None, **limits):
    return list(read_tables(data, name, sheet, TableLimits(**limits)))


def cells_of(data, sheet=None, **limits):
    return [row.cells for row in lines_of(data, "x.xlsx", sheet, **limits)[1:]]


def test_files_of_an_archive_follow_one_another_by_name():
    archive = packed(
        {
            "b/links.xlsx": workbook([["url"], [URL]]),
            "c.TXT": f"# comment\n\n{URL}\n",
            "a.csv": f"\ufeffurl,body\r\n{URL},\r\n",
            "__MACOSX/a.csv": "litter",
            "b/.DS_Store": "litter",
            "b/": "",
        }
    )
    assert lines_of(archive, "x.zip") == [
        Head("a.csv"),
        Row(1, ("url", "body")),
        Row(2, (URL, "")),
        Head("b/links.xlsx", "S1"),
        Row(1, ("url",)),
        Row(2, (URL,)),
        Head("c.TXT", header=False),
        Row(3, (URL,)),
    ]


CELLS = [
    ("text", URL, URL),
    ("a whole number", 5.0, "5"),
    ("a large number", 10**15, "1000000000000000"),
    ("a number", 0.5, "0.5"),
    ("yes", True, "TRUE"),
    ("a date", date(2026, 11, 22), "2026-11-22"),
    ("a time of a day", datetime(2026, 11, 22, 1, 2, 3), "2026-11-22T01:02:03"),
    ("a time", time(1, 2, 3), "01:02:03"),
    ("a span", timedelta(hours=30), "1 day, 6:00:00"),
    ("a formula that was never computed", "=1+1", ""),
    ("an error", "#REF!", "#REF!"),
    ("what is no formula", "-1+1", "-1+1"),
]


@pytest.mark.parametrize(
    ("value", "text"), [case[1:] for case in CELLS], ids=[case[0] for case in CELLS]
)
def test_a_cell_is_what_its_user_would_type(value, text):
    assert cells_of(workbook([[value, "end"]])) == [(text, "end")]


def test_a_formula_is_the_value_that_was_saved_with_it():
    cell = '<c r="A1"><f>HYPERLINK("http://evil.example/")</f><v>7</v></c>'
    assert cells_of(raw_workbook(sheet_xml(f'<row r="1">{cell}</row>'))) == [("7",)]


def test_empty_rows_and_cells_are_left_out_and_rows_keep_their_numbers():
    book = workbook([["url", None], [], [None, "body"], [None], [URL, None, None]])
    assert [(row.number, row.cells) for row in lines_of(book, "x.xlsx")[1:]] == [
        (1, ("url",)),
        (3, ("", "body")),
        (5, (URL,)),
    ]


def test_the_first_sheet_that_is_not_hidden_or_the_one_that_is_named():
    book = workbook([["one"]], [["two"]], [["three"]], hidden=1)
    assert cells_of(book) == [("two",)]
    assert cells_of(book, "S3") == [("three",)]
    assert cells_of(book, "S1") == [("one",)]


def test_what_a_sheet_says_of_its_size_is_not_believed():
    row = f'<row r="1">{text_cell("A1", "url")}</row>'
    lie = '<dimension ref="A1:XFD1048576"/>'
    book = raw_workbook(sheet_xml(row, before=lie))
    assert cells_of(book, max_upload_cells=1) == [("url",)]


@pytest.mark.parametrize("number", [1_048_577, 10**15])
def test_a_row_beyond_all_sheets_is_not_counted_to(number):
    rows = (
        f'<row r="1">{text_cell("A1", "url")}</row><row r="{number}">{text_cell("A9", "x")}</row>'
    )
    assert cells_of(raw_workbook(sheet_xml(rows))) == [("url",)]


def test_an_entry_that_says_to_be_larger_than_it_is_does_no_harm():
    archive = told_size(packed({"a.txt": URL}), 0x7FFF_FFF0)
    assert lines_of(archive, "x.zip", max_unpacked_bytes=1_000)[1:] == [Row(1, (URL,))]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.xlsx", workbook([["url"], *[[URL]] * 30])),
        ("x.zip", packed({"a.csv": "url\n" + f"{URL}\n" * 30})),
        ("x.zip", packed({f"{n:02}.txt": f"{URL}\n" for n in range(30)})),
    ],
)
def test_no_more_rows_are_read_than_show_that_there_are_too_many(name, data):
    rows = [line for line in lines_of(data, name, max_items=10) if isinstance(line, Row)]
    assert len(rows) == 11


EDGES = [
    ("max_upload_cells", 6, workbook([["url", "body"], [URL, "x"], [URL, "y"]])),
    ("max_archive_entries", 9, workbook([["url"]])),
]


@pytest.mark.parametrize(("limit", "value", "book"), EDGES, ids=[case[0] for case in EDGES])
def test_a_limit_is_not_broken_at_its_edge(limit, value, book):
    assert cells_of(book, **{limit: value})
    with pytest.raises(Exception, match=limit.replace("_", "-")):
        cells_of(book, **{limit: value - 1})


def test_unpacked_bytes_are_allowed_to_the_last():
    archive = packed({"a.txt": "#" * 600, "b.txt": URL.ljust(400)})
    assert lines_of(archive, "x.zip", max_unpacked_bytes=1_000)
    with pytest.raises(Exception, match="max-unpacked-bytes"):
        lines_of(archive, "x.zip", max_unpacked_bytes=999)


def test_lines_go_out_of_the_jail_and_come_back_as_they_were():
    lines = [Head("a.csv"), Row(1, ("url", '\ud7ff\n"')), Head("b.xlsx", "S"), Row(9, ())]
    buffer = bytearray()
    encode(lines, buffer)
    assert list(decode(bytes(buffer))) == lines
