"""The names of documents: safe anywhere, unique in their folder, and what a pattern may say."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.documents.names import (
    BadPattern,
    document_namer,
    missing_from,
    read_pattern,
    safe_name,
)
from state.artifacts import safe_parts

TODAY = date(2026, 11, 22)


def names(pattern, rows, templates=("letter",)):
    name_of = document_namer(read_pattern(pattern), templates, ".docx", TODAY)
    return [
        name_of(number, at, row) for number, row in enumerate(rows) for at in range(len(templates))
    ]


def test_fields_and_what_every_row_has():
    pattern = "{{ name }}-{city}_{{_index}} {_row} {_template} {_date}"
    assert names(pattern, [{"name": "Ann", "city": "Bonn"}]) == [
        "Ann-Bonn_1 1 letter 2026-11-22.docx"
    ]


def test_a_member_of_an_object():
    rows = [{"customer": {"name": "Bob"}}, {"customer.name": "Cleo"}]
    assert names("{{ customer.name }}", rows) == ["Bob.docx", "Cleo.docx"]


def test_doubles_are_numbered_in_order_whatever_their_case():
    rows = [{"name": name} for name in ("a", "A", "a", "a (2)", "b")]
    assert names("{name}", rows) == [
        *("a.docx", "A (2).docx", "a (3).docx", "a (2) (2).docx", "b.docx")
    ]


def test_each_of_several_templates_has_a_folder():
    assert names("{_index}", [{}, {}], ("A/B", "a_b", "con")) == [
        *("A_B/1.docx", "a_b (2)/1.docx", "con_/1.docx"),
        *("A_B/2.docx", "a_b (2)/2.docx", "con_/2.docx"),
    ]


def test_what_has_no_name_is_named_by_its_row():
    rows = [{"name": None}, {"name": "..."}, {"name": " / "}, {"name": [1]}]
    assert names("{name}", rows) == [
        *("document-1.docx", "document-2.docx", "_.docx", "document-4.docx")
    ]


SAFE = [
    ("../../etc/passwd", "_.._etc_passwd"),
    ('a\\b:c*d?e"f<g>h|i', "a_b_c_d_e_f_g_h_i"),
    ("a\x00b\r\n\tc\u202ed", "ab cd"),
    ("CON.txt", "CON.txt_"),
    ("lpt1", "lpt1_"),
    ("  .hidden. ", "hidden"),
    ("e\u0301", "\u00e9"),
    ("x" * 300, "x" * 120),
    ("中" * 300, "中" * 66),
    ("\ud800", "document"),
]


@pytest.mark.parametrize(("text", "expected"), SAFE, ids=ascii)
def test_names_are_made_safe(text, expected):
    assert safe_name(text) == expected


@given(st.text(max_size=400))
def test_any_text_makes_a_name_that_the_store_takes(text):
    (name,) = names("{name}", [{"name": text}])
    assert safe_parts(name) == [name]
    assert name == name.strip()
    assert not name.startswith(".")


@given(st.lists(st.text("aA(2) ", max_size=6), max_size=20))
def test_names_are_unique(texts):
    made = names("{name}", [{"name": text} for text in texts])
    assert len({name.casefold() for name in made}) == len(texts)


BAD = [
    ("", "must not be empty"),
    ("{{ name", "unmatched { at character 1"),
    ("a}", "unmatched } at character 2"),
    ("{{ }}", "no name in the braces at character 1"),
    ("x" * 501, "longer than 500"),
]


@pytest.mark.parametrize(("text", "words"), BAD, ids=[words for _, words in BAD])
def test_a_bad_pattern_says_where(text, words):
    with pytest.raises(BadPattern, match=words):
        read_pattern(text)


def test_unknown_fields_are_named():
    pattern = read_pattern("{a}{b.c}{d.e}{_index}")
    assert missing_from(pattern.fields, {"a", "b"}) == ["d.e"]
