"""What is found in templates: fields, where they are, what they look like, and loops."""

from __future__ import annotations

import pytest

from executors.documents.facts import Field, Loop, decode, encode
from executors.documents.inspect import inspect
from executors.refusals import Refused
from tests.support.papers import word


def fields_of(text):
    facts = inspect("txt", text.encode())
    return {field.key: (field.type, field.required) for field in facts.fields}


FIELDS = [
    ("{{ name }}", {"name": ("text", True)}),
    ("{{ customer.name }} {{ customer['city'] }}", {
        "customer.name": ("text", True), "customer.city": ("text", True)
    }),
    ("{{ born|date('short') }} {{ sum|currency('EUR') }} {{ n|int }}", {
        "born": ("date", True), "sum": ("number", True), "n": ("number", True)
    }),
    ("{{ a|default('x') }} {{ b or 'x' }}", {"a": ("text", False), "b": ("text", False)}),
    ("{% if vip %}{{ gift }}{% else %}{{ name }}{% endif %}{{ name }}", {
        "vip": ("text", False), "gift": ("text", False), "name": ("text", True)
    }),
    ("{{ a if b else c }} {{ x is defined }}", {
        "b": ("text", False), "a": ("text", False), "c": ("text", False), "x": ("text", False)
    }),
    ("{{ tags|join(', ') }} {{ name ~ '!' }} {{ a + 1 }}", {
        "tags": ("list", True), "name": ("text", True), "a": ("text", True)
    }),
    ("{% set x = name %}{{ x }}{% set y %}{{ z }}{% endset %}{{ y }}", {
        "name": ("text", True), "z": ("text", True)
    }),
    ("{% with a = b %}{{ a }}{% endwith %}{{ range(3)|list }}{{ _index }}{{ _date }}", {
        "b": ("text", True)
    }),
    ("{{ name|replace(old, '') }}{{ tags.split(sep) }}", {
        "tags": ("text", True), "sep": ("text", True), "name": ("text", True), "old": ("text", True)
    }),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FIELDS, ids=[text[:40] for text, _ in FIELDS])
def test_fields(text, expected):
    assert fields_of(text) == expected


def test_loops_have_fields_of_their_own():
    text = (
        "{% for i in items %}{{ i.what }}{{ loop.index }}{{ city }}"
        "{% for p in i.parts %}{{ p.n }}{% endfor %}{% endfor %}"
        "{% for k, v in data.items() %}{{ k }}{{ v }}{% endfor %}"
    )
    facts = inspect("txt", text.encode())
    assert {field.key for field in facts.fields} == {"items", "city", "data"}
    assert facts.loops == (Loop("items", ("what", "parts", "parts.n")),)


def test_where_a_field_is_and_how_it_is_written():
    def build(document):
        document.sections[0].header.paragraphs[0].text = "{name}"
        document.sections[0].footer.paragraphs[0].text = "{city}"
        document.core_properties.title = "{name}"

    facts = inspect("docx", word("{name} {First name} {#items}{what}{/items}", build=build))
    assert facts.fields == (
        Field("name", "{name}", where=("body", "header", "properties")),
        Field("First name", "{First name}"),
        Field("items", "{#items}", "list", required=False),
        Field("city", "{city}", where=("footer",)),
    )
    assert facts.loops == (Loop("items", ("what",)),)
    assert decode(encode(facts)) == facts


def test_a_picture_is_known_by_its_filter():
    (field,) = inspect("docx", word("{{ photo|image(width_mm=30) }}")).fields
    assert field == Field("photo", "{{ photo }}", "image")


def test_a_template_without_fields_is_told():
    assert inspect("txt", b"hello").warnings == (
        "it has no fields: every document of it will be the same",
    )


REFUSED = [
    (b"a\n{{ b", "line 2: "),
    (b"a\n\n{% if %}", "line 3: "),
    ("é".encode("latin-1"), "no text in UTF-8 (byte 1)"),
    ("x".encode("utf-16"), "no text in UTF-8"),
    (b"a\0b", "no text in UTF-8"),
    (b"{{ a|nope }}", "line 1: No filter named 'nope'"),
    (b"{{ a }}" * 10_001, "more than 10,000 placeholders"),
    (b"x" * (8 * 1024 * 1024 + 1), "at most 8 MiB"),
]


@pytest.mark.parametrize(("data", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_is_no_template_is_refused(data, words):
    with pytest.raises(Refused) as caught:
        inspect("html", data)
    assert words in str(caught.value)
