"""Placeholders with single braces, as the old documents have them."""

from __future__ import annotations

import pytest

from executors.documents.syntax import TemplateFault
from executors.documents.word.document import WordTemplate
from tests.support.papers import part_of, texts_of, values, word
from tests.support.pictures import DOT

ROW = {
    "name": "Ann",
    "First name": "Ann Mary",
    "price-net": 3,
    "if": "reserved",
    "姓名": "张伟",
    "city": "Bonn",
    "customer": {"name": "Bob", "city": "Köln"},
    "items": [
        {"what": "ink", "price": 3, "parts": [{"n": 1}, {"n": 2}]},
        {"what": "paper", "price": 4, "city": "Ulm", "parts": []},
    ],
    "tags": ["a", "b"],
    "yes": True,
    "no": False,
    "none": [],
}


def made(*texts, build=None, row=ROW, **options):
    return texts_of(WordTemplate(word(*texts, build=build), **options).render(values(row)))


LINES = [
    ("Dear {name},", "Dear Ann,"),
    ("{ name } {name}", "Ann Ann"),
    ("{First name} {price-net}", "Ann Mary 3"),
    ("{customer.name} of {customer.city}", "Bob of Köln"),
    ("{if}", "reserved"),
    ("{_index}", "12"),
    ("{姓名} {{ 姓名 }}", "张伟 张伟"),
    ("{#items}{what} {city}; {/items}", "ink Bonn; paper Ulm; "),
    ("{#items}{what}{#parts}{n}{what}{/parts} {/}", "ink1ink2ink paper "),
    ("{#tags}[{.}]{/tags}", "[a][b]"),
    ("{#yes}{name}{/yes}{#no}no{/no}{^no}not{/no}{^none}none{/none}{^items}x{/}", "Annnotnone"),
    ("{#customer}{name} {First name}{/customer}", "Bob Ann Mary"),
    ("{#unknown}x{/unknown}{^unknown}y{/unknown}", "y"),
    ("{name} {{ city|upper }} {% if yes %}{name}{% endif %}", "Ann BONN Ann"),
    ("a {b c} {{ name }}", "a {b c} Ann"),
    ("{} { } {1} {a,b} {a:b} x}", "{} { } {1} {a,b} {a:b} x}"),
    ("{# a comment #}{name}", "Ann"),
    ("{{ {'a': name}['a'] }}", "Ann"),
]


@pytest.mark.parametrize(("text", "expected"), LINES, ids=[text for text, _ in LINES])
def test_lines(text, expected):
    template = WordTemplate(word(text))
    assert texts_of(template.render(values(ROW, _index=12))) == [expected]


def test_runs_are_looked_through():
    def build(document):
        paragraph = document.add_paragraph("a {")
        for text in ("na", "me} b {#it", "ems}", "{wh", "at}, {/", "items} c"):
            paragraph.add_run(text)

    assert made(build=build) == ["a Ann b ink, paper,  c"]


def test_what_stands_alone_repeats_paragraphs():
    assert made("{#items}", "{what}", "costs {price}", "{/items}", "end") == [
        *("ink", "costs 3", "paper", "costs 4", "end")
    ]


def test_what_does_not_repeats_from_where_it_stands():
    assert made("a {#items}{what}", "b {/items}c") == ["a ink", "b paper", "b c"]


def test_a_section_over_cells_repeats_their_row():
    def build(document):
        table = document.add_table(rows=3, cols=2)
        for row, texts in zip(
            table.rows,
            [("what", "price"), ("{#items}{what}", "{price}{/items}"), ("", "sum")],
            strict=True,
        ):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text

    texts = made(build=build)
    assert texts == ["what", "price", "ink", "3", "paper", "4", "", "sum"]
    template = WordTemplate(word(build=build))
    assert not any(getattr(part, "mend", None) for part in template.parts)


def test_headers_properties_and_pictures():
    def build(document):
        document.sections[0].header.paragraphs[0].text = "To {name}"
        document.core_properties.title = "For {First name}"

    document = WordTemplate(word("{%photo} {name}", build=build)).render(
        values({**ROW, "photo": DOT})
    )
    assert b"To Ann" in part_of(document, "word/header1.xml")
    assert b">For Ann Mary<" in part_of(document, "docProps/core.xml")
    assert part_of(document, "word/media/image1.png")


FAULTS = [
    ("{#items}{what}", "in the body: {#items} is never closed"),
    ("{what}{/items}", "in the body: {/items} closes nothing"),
    ("{#a}{#b}{/a}{/b}", "{/a} closes nothing; {#b} is still open"),
    ("{@raw}", "{@raw} would put in raw XML"),
    ("a {{ name", "'{{ name' is not closed in its paragraph"),
    ("a {% if x", "'{% if x' is not closed in its paragraph"),
    ("{{" * 5_000, "is not closed in its paragraph"),
    ("{#" * 5_000 + "{name}" * 10_001, "more than 10,000 placeholders"),
]


@pytest.mark.parametrize(("text", "words"), FAULTS, ids=[words for _, words in FAULTS])
def test_faults_say_what_is_wrong(text, words):
    with pytest.raises(TemplateFault) as caught:
        WordTemplate(word(text))
    assert words in str(caught.value)
