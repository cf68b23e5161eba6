"""What is made of a Word template is what plain docxtpl makes, part by part."""

from __future__ import annotations

import io

import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage

from executors.documents.sandbox import Sandbox
from executors.documents.word.document import WordTemplate
from executors.documents.word.pictures import read_data_url
from executors.documents.word.rich import rich
from tests.support.papers import canonical_parts, part_of, values, with_body, with_parts, word
from tests.support.pictures import DOT

ROW = {
    "name": "Ann",
    "city": "Zürich 中文",
    "note": "first\nsecond\tthird",
    "odd": "a < b & c > d \"e\" 'f'",
    "marks": "{_{ x }_}",
    "items": [{"what": "ink", "price": 3}, {"what": "paper <A4>", "price": 4.5}],
    "empty": [],
    "vip": True,
    "look": {"text": "red & bold", "bold": True, "color": "FF0000", "size": 28},
}


def by_docxtpl(data, row):
    """Plain docxtpl, with our sandbox in the place of its environment."""
    template = DocxTemplate(io.BytesIO(data))
    sandbox = Sandbox(escape=True, filters={"rich": rich})
    template.render(values(row), sandbox, autoescape=True)
    buffer = io.BytesIO()
    template.save(buffer)
    return buffer.getvalue()


def table(document, rows, *, columns=2):
    made = document.add_table(rows=0, cols=columns)
    for row in rows:
        cells = made.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            cell.text = text


def rows_loop(document):
    table(
        document,
        [
            ("what", "price"),
            ("{%tr for i in items %}", ""),
            ("{{ i.what }}", "{{ i.price }}"),
            ("{%tr endfor %}", ""),
        ],
    )


def only_loop(document):
    rows = [("{%tr for i in items %}", ""), ("{{ i.what }}", "x"), ("{%tr endfor %}", "")]
    table(document, rows)


def empty_loop(document):
    rows = [("{%tr for i in empty %}", ""), ("{{ i.what }}", "x"), ("{%tr endfor %}", "")]
    table(document, rows)


def columns_loop(document):
    table(
        document,
        [("{%tc for i in items %}", "{{ i.what }}", "{%tc endfor %}"), ("a", "b", "c")],
        columns=3,
    )


def merged(document):
    table(document, [("{% hm %}{{ name }}", "x"), ("{% colspan 2 %}wide", "y")])


def colored(document):
    table(document, [("{% cellbg 'FF0000' %}{{ name }}", "x"), ("a", "b")])


def vertical(document):
    table(
        document,
        [
            ("{%tr for i in items %}", ""),
            ("{% vm %}{{ name }}", "{{ i.what }}"),
            ("{%tr endfor %}", ""),
        ],
    )


def nested_tables(document):
    rows = [("a", "b"), ("{{ name }}", "c")]
    table(document, rows)
    table_in_cell = document.tables[0].cell(1, 1).add_table(rows=1, cols=3)
    for cell in table_in_cell.rows[0].cells:
        cell.text = "{{ city }}"


def around(document):
    section = document.sections[0]
    section.header.paragraphs[0].text = "To {{ name }} {% if vip %}(VIP){% endif %}"
    section.footer.paragraphs[0].text = "{% for i in items %}{{ i.what }} {% endfor %}"


def properties(document):
    document.core_properties.title = "Letter to {{ name }}"
    document.core_properties.subject = "{% if vip %}VIP{% endif %}"
    document.core_properties.comments = "constant"


def split_runs(document):
    paragraph = document.add_paragraph()
    for text in ("Dear {", "{ na", "me }", "} from {{ ci"):
        paragraph.add_run(text)
    paragraph.add_run("ty }}").bold = True


def runs_loop(document):
    paragraph = document.add_paragraph("{% for i in items %}one ")
    paragraph.add_run("{{ i.what }}").bold = True
    paragraph.add_run(" end {% endfor %}")


def picture_of_its_own(document):
    document.add_picture(io.BytesIO(read_data_url(DOT)), width=Mm(20))
    document.add_paragraph("{{ name }}")
    document.add_picture(io.BytesIO(read_data_url(DOT)), width=Mm(10))


def wide_row(document):
    """One whose first row has a cell more than the table has columns."""
    table(document, [("a", "b"), ("{{ name }}", "c")])
    row = document.tables[0].rows[0]._tr
    cell = OxmlElement("w:tc")
    cell.append(OxmlElement("w:p"))
    row.append(cell)
    assert len(row.findall(qn("w:tc"))) == 3


# Built where they are needed: every process collects all tests.
SOUND = {
    "values": lambda: word("Dear {{ name }}", "{{ city }} {{ odd }}", "{{ marks }}"),
    "breaks": lambda: word("{{ note }} and {{ name }}", "x\ty {{ name }}"),
    "conditions": lambda: word("{% if vip %}A{% elif name %}B{% else %}C{% endif %}"),
    "paragraphs": lambda: word("{%p if vip %}", "{{ name }}", "{%p else %}", "no", "{%p endif %}"),
    "loop in a line": lambda: word(
        "{% for i in items %}{{ loop.index }} {{ i.what }}, {% endfor %}"
    ),
    "loop of paragraphs": lambda: word(
        "{%p for i in items %}", "{{ i.what }}", "{%p endfor %}", "end"
    ),
    "set": lambda: word("{% set x = name ~ '!' %}{{ x }}"),
    "merging": lambda: word("a", "{%- if vip %} b {%- endif -%}", "c"),
    "comments": lambda: word("{# nothing #}{{ name }}"),
    "rows": lambda: word(build=rows_loop),
    "colored cells": lambda: word(build=colored),
    "header and footer": lambda: word("{{ name }}", build=around),
    "properties": lambda: word("{{ name }}", build=properties),
    "constant": lambda: word("nothing to render", "a\tb"),
    "split runs": lambda: word(build=split_runs),
    "loop over runs": lambda: word(build=runs_loop),
    "rich text": lambda: word("a {{r look|rich }} b"),
    "pictures of its own": lambda: word(build=picture_of_its_own),
}
MENDED = {
    "only rows of a loop": lambda: word(build=only_loop),
    "no row at all": lambda: word(build=empty_loop),
    "columns": lambda: word(build=columns_loop),
    "merged cells": lambda: word(build=merged),
    "vertically merged cells": lambda: word(build=vertical),
    "tables in cells": lambda: word(build=nested_tables),
    "a wide row": lambda: word(build=wide_row),
    "block": lambda: word("{% set x %}{{ name }}!{% endset %}{{ x }}"),
}


@pytest.mark.parametrize("data", [*SOUND.values(), *MENDED.values()], ids=[*SOUND, *MENDED])
def test_every_part_is_what_docxtpl_makes(data):
    built = data()
    expected = canonical_parts(by_docxtpl(built, ROW))
    assert canonical_parts(WordTemplate(built).render(values(ROW))) == expected


@pytest.mark.parametrize("data", SOUND.values(), ids=SOUND)
def test_what_is_sound_is_not_parsed_again(data):
    assert not any(getattr(part, "mend", None) for part in WordTemplate(data()).parts)


@pytest.mark.parametrize("data", MENDED.values(), ids=MENDED)
def test_what_may_need_mending_is_mended(data):
    assert any(getattr(part, "mend", None) for part in WordTemplate(data()).parts)


def test_a_template_renders_again_and_again():
    template = WordTemplate(SOUND["rows"]())
    first = template.render(values(ROW))
    template.render(values({**ROW, "items": []}))
    assert template.render(values(ROW)) == first


def test_nothing_grows_with_its_rows():
    template = WordTemplate(SOUND["pictures of its own"]())
    template.render_by_docxtpl(values(ROW))
    held = (len(template._patched), len(template._parsed))
    for number in range(5):
        row = values({**ROW, "name": f"Ann {number}"})
        template.render(row)
        template.render_by_docxtpl(row)
    assert (len(template._patched), len(template._parsed)) == held


def test_pictures_of_a_row_are_put_in_as_docxtpl_does():
    data = word("before {{ photo }} after", "{{ name }}")
    row = {**ROW, "photo": DOT}
    template = DocxTemplate(io.BytesIO(data))
    picture = InlineImage(template, io.BytesIO(read_data_url(DOT)), width=Mm(10))
    template.render({**row, "photo": picture}, autoescape=True)
    buffer = io.BytesIO()
    template.save(buffer)
    sized = word("before {{ photo|image(width_mm=10) }} after", "{{ name }}")
    made = WordTemplate(sized).render(values(row))
    assert canonical_parts(made) == canonical_parts(buffer.getvalue())
    assert part_of(made, "word/media/image1.png") == read_data_url(DOT)
    plain = WordTemplate(data).render(values(row), pictures=True)
    assert part_of(plain, "word/media/image1.png") == read_data_url(DOT)


FOOTNOTES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
    '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:footnote w:id="1"><w:p><w:r><w:t>See {{ name }}, {{ odd }}</w:t></w:r></w:p></w:footnote>'
    "</w:footnotes>"
)


def with_footnotes(data, *, sections=1):
    types = part_of(data, "[Content_Types].xml").decode()
    rels = part_of(data, "word/_rels/document.xml.rels").decode()
    word_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    override = f'<Override PartName="/word/footnotes.xml" ContentType="{word_type}"/></Types>'
    relation = f'<Relationship Id="rId99" Type="{kind}" Target="footnotes.xml"/></Relationships>'
    return with_parts(
        data,
        {
            "[Content_Types].xml": types.replace("</Types>", override).encode(),
            "word/_rels/document.xml.rels": rels.replace("</Relationships>", relation).encode(),
            "word/footnotes.xml": FOOTNOTES.encode(),
        },
    )


def test_footnotes_are_rendered():
    data = with_footnotes(word("{{ name }}"))
    expected = canonical_parts(by_docxtpl(data, ROW))
    made = WordTemplate(data).render(values(ROW))
    assert canonical_parts(made) == expected
    assert b"See Ann" in part_of(made, "word/footnotes.xml")


def test_footnotes_of_several_sections_are_rendered_once():
    """docxtpl renders them once a section: what a row holds would be a template then."""
    data = with_footnotes(word("{{ name }}", build=lambda document: document.add_section()))
    row = {**ROW, "name": "{{ city }}"}
    for made in (
        WordTemplate(data).render(values(row)),
        WordTemplate(data).render_by_docxtpl(values(row)),
    ):
        assert b"See {{ city }}" in part_of(made, "word/footnotes.xml")


def test_properties_are_escaped_once():
    """With autoescape, docxtpl escapes them and python-docx does so again."""
    row = {**ROW, "name": "Tom & <Jerry>"}
    template = WordTemplate(word("x", build=properties))
    for made in (template.render(values(row)), template.render_by_docxtpl(values(row))):
        assert b"<dc:title>Letter to Tom &amp; &lt;Jerry&gt;<" in part_of(made, "docProps/core.xml")


def test_a_long_property_is_cut():
    row = {**ROW, "name": "x" * 300}
    template = WordTemplate(word("x", build=properties))
    made = template.render(values(row))
    assert canonical_parts(made) == canonical_parts(template.render_by_docxtpl(values(row)))
    assert b">Letter to " + b"x" * 245 + b"<" in part_of(made, "docProps/core.xml")


def test_what_no_xml_can_hold_is_left_out():
    made = WordTemplate(word("a{{ name }}b")).render(values({"name": "\x00\x1b[1m\ud800x\uffff"}))
    assert canonical_parts(made)
    assert b"[1mx" in part_of(made, "word/document.xml")


def test_a_body_in_other_words_is_refused():
    data = word("{{ name }}")
    other = with_body(data, "<w:body>", "<w:body >")
    assert WordTemplate(other).render(values(ROW))
