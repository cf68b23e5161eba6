"""Word templates whose parts are not called what they are: names and types decide nothing."""

from __future__ import annotations

import pytest

from executors.documents.inspect import inspect
from executors.documents.word.document import WordTemplate
from executors.refusals import Refused
from tests.support.papers import part_of, values, with_parts, word

LETTER = word("Dear {{ name }}")
TYPES = "[Content_Types].xml"
RELATIONS = "word/_rels/document.xml.rels"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
LAUGHS = '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><w>&b;</w>'
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
UNCLOSED = (
    f'<w:hdr xmlns:w="{W}"><w:p><w:r><w:t>}}}}' + "{{</w:t><w:t>" * 9 + "</w:t></w:r></w:p></w:hdr>"
)


def typed(entry: str) -> bytes:
    """Its content types with one more."""
    return part_of(LETTER, TYPES).replace(b"</Types>", entry.encode() + b"</Types>")


def related(relation: str) -> bytes:
    """The relations of the body with one more."""
    rels = part_of(LETTER, RELATIONS)
    return rels.replace(
        b"</Relationships>", f'<Relationship Id="x1" {relation}/>'.encode() + b"</Relationships>"
    )


def relation(kind: str, target: str, more: str = "", base: str = OFFICE) -> bytes:
    return related(f'Type="{base}/{kind}" Target="{target}" {more}')


def with_header(name: str, data: str, entry: str) -> bytes:
    changes = {name: data.encode(), TYPES: typed(entry), RELATIONS: relation("header", name[5:])}
    return with_parts(LETTER, changes)


HEADER = "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"
OVERRIDE = f'<Override PartName="/WORD/Top.dat" ContentType="{HEADER.upper()}"/>'
DEFAULT = f'<Default Extension="dat" ContentType="{HEADER}"/>'
PLAIN = '<Default Extension="dat" ContentType="application/octet-stream"/>'
EXTERNAL = 'TargetMode="external"'

XML = [
    ("by its beginning", {"word/x.bin": LAUGHS.encode()}, "declares entities"),
    ("behind a mark", {"word/x.bin": b"\xef\xbb\xbf" + LAUGHS.encode()}, "declares entities"),
    ("in capitals", {"word/X.XML": b"\n" + LAUGHS.encode()}, "declares entities"),
    ("in 16 bits", {"word/x.bin": LAUGHS.encode("utf-16")}, "not written in UTF-8"),
    ("in 16 bits, unmarked", {"word/x.bin": LAUGHS.encode("utf-16-be")}, "not written in UTF-8"),
    ("in 32 bits", {"word/x.bin": LAUGHS.encode("utf-32-be")}, "not written in UTF-8"),
    ("of a mainframe", {"word/x": f"<?xml version='1.0'?>{LAUGHS}".encode("cp037")}, "word/x"),
    (
        "by its type alone",
        {
            "word/x.dat": b"\0" + LAUGHS.encode(),
            TYPES: typed('<Default Extension="DAT" ContentType="application/XML"/>'),
        },
        "not written in UTF-8",
    ),
    ("among litter", {"__MACOSX/x.xml": LAUGHS.encode()}, "declares entities"),
    ("named as another part", {"WORD/document.xml": b"<w/>"}, "two parts of one name"),
]


@pytest.mark.parametrize(("parts", "words"), [x[1:] for x in XML], ids=[x[0] for x in XML])
def test_xml_is_looked_through_whatever_it_is_called(parts, words):
    with pytest.raises(Refused, match=words):
        inspect("docx", with_parts(LETTER, parts))


@pytest.mark.parametrize("entry", [OVERRIDE, DEFAULT, PLAIN], ids=["own", "kind", "none"])
def test_a_header_is_one_by_what_it_is_to_the_body(entry):
    with pytest.raises(Refused, match=r"in the header: .* closed"):
        inspect("docx", with_header("word/Top.dat", UNCLOSED, entry))


TAKEN_IN = [
    ("linked", relation("oleObject", "file:///etc/passwd", EXTERNAL)),
    ("by an address alone", relation("oleObject", "http://127.0.0.1/x")),
    ("from a share", relation("package", r"\\server\share\x.xlsx")),
    ("in a mode of its own", relation("frame", "x.htm", 'TargetMode="Elsewhere"')),
    ("by the strict name", relation("subDocument", "x.docx", EXTERNAL, STRICT)),
    ("in small letters", relation("oleobject", "x.bin", EXTERNAL)),
    ("from inside", relation("aFChunk", "chunk.docx")),
]


@pytest.mark.parametrize("relations", [t[1] for t in TAKEN_IN], ids=[t[0] for t in TAKEN_IN])
def test_another_document_is_refused_however_it_is_taken_in(relations):
    with pytest.raises(Refused, match="takes in another document"):
        inspect("docx", with_parts(LETTER, {RELATIONS: relations}))


def test_relations_are_read_however_their_part_is_called():
    parts = {RELATIONS: None, RELATIONS.upper(): relation("oleObject", "x", EXTERNAL)}
    with pytest.raises(Refused, match="takes in another document"):
        inspect("docx", with_parts(LETTER, parts))


def test_a_picture_from_elsewhere_is_told():
    linked = with_parts(LETTER, {RELATIONS: relation("image", "x.png", EXTERNAL)})
    # python-docx takes whatever is not `External` for a part.
    with pytest.raises(Refused, match="not a Word document"):
        inspect("docx", linked)
    linked = with_parts(LETTER, {RELATIONS: relation("Image", "x.png", 'TargetMode="External"')})
    (warning,) = inspect("docx", linked).warnings
    assert "which is not fetched here (Image: x.png)" in warning


def test_macros_are_found_by_what_they_are_to_the_document():
    kind = "http://schemas.microsoft.com/office/2006/relationships"
    parts = {"word/theme.bin": b"x", RELATIONS: relation("vbaProject", "theme.bin", "", kind)}
    with pytest.raises(Refused, match="it holds macros"):
        inspect("docx", with_parts(LETTER, parts))


def test_what_belongs_to_a_document_stays():
    """A workbook behind a chart, and a picture whose bytes are no text."""
    parts = {
        "word/embeddings/a.xlsx": b"PK\x03\x04",
        "word/media/a.png": b"\x89PNG\r\n\x1a\n<!DOCTYPE",
        RELATIONS: relation("package", "embeddings/a.xlsx"),
    }
    parts[TYPES] = typed('<Default Extension="xlsx" ContentType="application/x"/>')
    template = with_parts(LETTER, parts)
    assert inspect("docx", template).warnings == ()
    made = WordTemplate(template).render(values({"name": "Ann"}))
    assert part_of(made, "word/embeddings/a.xlsx") == b"PK\x03\x04"
