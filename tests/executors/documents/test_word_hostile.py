"""Word templates of hostile origin: code in every part, bombs, and what is no Word document."""

from __future__ import annotations

import io
import random
import sys
import zipfile

import pytest
from jinja2.exceptions import SecurityError, TemplateRuntimeError

from executors.documents.inspect import inspect
from executors.documents.limits import OverLimit
from executors.documents.word.document import WordTemplate
from executors.refusals import Refused
from tests.support.papers import part_of, values, with_body, with_parts, word

MIB = 1024 * 1024
LETTER = word("Dear {{ name }}")
TYPES = "[Content_Types].xml"


@pytest.fixture(autouse=True)
def a_worker_s_stack():
    """As deep as in a worker: other tests of a process may have raised it."""
    usual, _ = sys.getrecursionlimit(), sys.setrecursionlimit(1_000)
    yield
    sys.setrecursionlimit(usual)


CODE = [
    "{{ cycler.__init__.__globals__ }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ ''|attr('format') }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ lipsum.__globals__ }}",
    "{{ lipsum() }}",
    "{{ namespace(a=1) }}",
    "{{ joiner() }}",
    "{{ self.__init__ }}",
    "{{ x['__class__'] }}",
    "{{ (1).__class__ }}",
    "{{ range.__self__ }}",
    "{{ config() }}",
    "{% include 'x' %}",
    "{% import 'x' as y %}",
    "{% from 'x' import y %}",
    "{% extends 'x' %}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% call f() %}{% endcall %}",
    "{% block a %}{% endblock %}",
    "{% autoescape false %}{{ name }}{% endautoescape %}",
    "{% for x in y recursive %}{{ loop(x) }}{% endfor %}",
    "{{ name|safe }}",
    "{{p new_subdoc('x') }}",
    "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "{{ " + "-" * 5_000 + "1 }}",
    "{{ " + "a." * 5_000 + "a }}",
    "{{ " + "9" * 5_000 + " }}",
    "{{ [" + "0," * 25_000 + "] }}",
    "{% if a %}" * 500 + "{% endif %}" * 500,
    "{% for a in b %}" * 30 + "{% endfor %}" * 30,
]


def in_header(text):
    return word(build=lambda d: setattr(d.sections[0].header.paragraphs[0], "text", text))


def in_footer(text):
    return word(build=lambda d: setattr(d.sections[0].footer.paragraphs[0], "text", text))


@pytest.mark.parametrize("code", CODE, ids=lambda code: code[:40])
def test_code_is_refused_when_it_is_looked_into(code):
    with pytest.raises(Refused, match="in the body") as caught:
        inspect("docx", word(code))
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("build", [in_header, in_footer], ids=["header", "footer"])
def test_code_around_the_body_is_refused(build):
    with pytest.raises(Refused, match=r"in the (header|footer).*'__class__' is not safe"):
        inspect("docx", build("{{ ''.__class__ }}"))


@pytest.mark.parametrize("name", ["title", "author", "comments", "subject", "language"])
def test_code_in_properties_is_refused(name):
    data = word(build=lambda d: setattr(d.core_properties, name, "{{ ''.__class__ }}"))
    with pytest.raises(Refused, match=f"property '{name}'.*'__class__' is not safe"):
        inspect("docx", data)


def test_code_in_a_row_is_text():
    """Also where docxtpl renders what it has rendered (`{_{`), or would (footnotes)."""
    code = "{{ ''.__class__ }}{% for x in y %}{_{ name }_}"
    made = WordTemplate(LETTER).render(values({"name": code}))
    assert b"__class__" in part_of(made, "word/document.xml")


GREEDY = [
    ("{{ 10**100000000 }}", "a number in it has more than 512 bits"),
    ("{{ 9**9**9**9 }}", "a number in it"),
    ("{{ 'a' * 10**9 }}", "a text in it grows beyond"),
    ("{{ [0] * 10**9 }}", "a text in it grows beyond"),
    ("{% set a = 'a' * 999999 %}{{ a ~ a }}", "a text in it grows beyond"),
    ("{% set a = 'a' * 999999 %}{{ a + a }}", "a text in it grows beyond"),
    ("{% set a = 'a' * 9999 %}{{ a|replace('a', a) }}", "a text in it grows beyond"),
    ("{{ range(99999)|join('a' * 999) }}", "a text in it grows beyond"),
    ("{{ range(10**9)|list }}", "a range in it has more than 100,000"),
    (
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "its loops take more than 1,000,000 turns",
    ),
    (
        "{% set a = 'a' * 99999 %}{% for b in range(999) %}{{ a }}{% endfor %}",
        "its text grows beyond 16,777,216 characters",
    ),
]


@pytest.mark.parametrize(("code", "words"), GREEDY, ids=[code[:40] for code, _ in GREEDY])
def test_what_would_grow_is_stopped_at_its_row(code, words):
    template = WordTemplate(word(code))
    with pytest.raises(OverLimit, match=words):
        template.render(values({}))


LATE = [
    ("{{ name|map('attr', '__class__')|list }}", TemplateRuntimeError),
    ("{{ name[key] }}", SecurityError),
    ("{{ x.items }}", SecurityError),
    ("{{ '%9999999s' % name }}", SecurityError),
]


@pytest.mark.parametrize(("code", "error"), LATE, ids=[code for code, _ in LATE])
def test_what_only_a_row_shows_fails_that_row(code, error):
    template = WordTemplate(word(code))
    with pytest.raises(error):
        template.render(values({"name": "Ann", "key": "__class__", "x": {"y": 1}}))


def retyped(data, old, new):
    return with_parts(data, {TYPES: part_of(data, TYPES).replace(old, new)})


def with_relation(kind, target="https://example.com/x"):
    rels = part_of(LETTER, "word/_rels/document.xml.rels").decode()
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relation = (
        f'<Relationship Id="rId99" Type="{base}/{kind}" Target="{target}" TargetMode="External"/>'
    )
    end = "</Relationships>"
    return with_parts(
        LETTER, {"word/_rels/document.xml.rels": rels.replace(end, relation + end).encode()}
    )


def archive(entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries:
            made.writestr(name, data)
    return buffer.getvalue()


def doubled(data):
    """The archive with one entry named as another."""
    return data.replace(b"docProps/core.xml", b"word/settings.xml")


VBA = b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
NOISE = random.Random(1).randbytes(9 * MIB)
ENTITIES = '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
START = "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>"
DEEP = "<w:sdt><w:sdtContent>" * 200 + "</w:sdtContent></w:sdt>" * 200

REFUSED = [
    ("empty", b"", "not a Word document"),
    ("text", b"hello", "not a Word document"),
    ("cut short", LETTER[: len(LETTER) // 2], "not a Word document"),
    ("an old or encrypted one", b"\xd0\xcf\x11\xe0" + bytes(600), "encrypted, or a .doc"),
    ("another archive", archive([("a.txt", "b")]), "no Word document"),
    ("a workbook", retyped(LETTER, b"wordprocessingml.document.main", b"x"), "has no text of one"),
    ("macros", with_parts(LETTER, {"word/vbaProject.bin": b"x"}), "it holds macros"),
    ("a type with macros", retyped(LETTER, b"openxmlformats-package.core", b"macroEnabled"), "mac"),
    (
        "macros by another name",
        retyped(LETTER, b"<Default ", VBA + b"<Default "),
        "it holds macros",
    ),
    ("sections in each other", word("{#a}" * 3_000 + "{/a}" * 3_000), "more than 20 sections"),
    ("billion laughs", with_body(LETTER, START, START + ENTITIES), "declares entities"),
    ("an entity from outside", with_body(LETTER, START, START + OUTSIDE), "declares entities"),
    ("broken XML", with_body(LETTER, "</w:body>", ""), "word/document.xml"),
    ("deep XML", with_body(LETTER, "<w:sectPr", DEEP + "<w:sectPr"), "Excessive depth|depth"),
    ("another code", with_body(LETTER, "'UTF-8'", "'UTF-7'"), "not written in UTF-8"),
    ("a part of another code", with_parts(LETTER, {"word/x.xml": b"\xff\xfe<"}), "UTF-8"),
    ("a large part", with_parts(LETTER, {"word/x.xml": NOISE}), "8 MiB"),
    ("a part that unpacks to much", with_parts(LETTER, {"a.bin": bytes(9 * MIB)}), "unpacks to"),
    ("many parts", archive([(f"{n}", "") for n in range(2_001)]), "more than 2,000 parts"),
    ("two parts of one name", doubled(LETTER), "two entries of one name"),
    ("a name like a place", archive([("../x", ""), (TYPES, "")]), "name like a place"),
    ("another document in it", with_relation("subDocument"), "takes in another document"),
]


@pytest.mark.parametrize(("data", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_no_template_is_refused(data, words):
    with pytest.raises(Refused, match=words):
        inspect("docx", data)


@pytest.mark.parametrize("kind", ["attachedTemplate", "image"])
def test_what_is_elsewhere_is_told(kind):
    (warning,) = inspect("docx", with_relation(kind)).warnings
    assert f"({kind}: https://example.com/x)" in warning


def test_links_are_nothing_to_tell():
    assert inspect("docx", with_relation("hyperlink")).warnings == ()


def test_a_document_of_nothing_but_openings_takes_no_longer():
    """docxtpl would look for the end of each to the end of the document."""
    body = part_of(LETTER, "word/document.xml").decode()
    filled = body.replace("Dear {{ name }}", "</w:t><w:t>{{</w:t><w:t>" * 5_000)
    with pytest.raises(Refused, match=r"is not closed in its paragraph"):
        inspect("docx", with_parts(LETTER, {"word/document.xml": filled.encode()}))


def test_a_property_with_our_own_mark_is_no_way_in():
    data = word(build=lambda d: setattr(d.core_properties, "keywords", "\ue000"))
    with pytest.raises(Refused, match="not a Word document"):
        inspect("docx", with_parts(data, {}))


def test_a_header_that_is_named_twice_is_one():
    data = in_header("To {{ name }}")
    rels = part_of(data, "word/_rels/document.xml.rels").decode()
    relation = next(part for part in rels.split("<") if "/header" in part)
    twice = rels.replace("</Relationships>", f"<{relation.replace('rId', 'rId9')}</Relationships>")
    named = with_parts(data, {"word/_rels/document.xml.rels": twice.encode()})
    made = WordTemplate(named).render(values({"name": "Ann"}))
    assert b"To Ann" in part_of(made, "word/header1.xml")
