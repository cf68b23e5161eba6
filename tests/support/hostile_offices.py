"""Documents that would do something when LibreOffice opens them: run code, take in other files."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

_NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0"'
    ' xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' xmlns:dom="http://www.w3.org/2001/xml-events"'
    ' xmlns:ooo="http://openoffice.org/2004/office" office:version="1.3"'
)
_TYPE = "application/vnd.oasis.opendocument.text"
_MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_TYPE}"/>'
    "{}</manifest:manifest>"
)
_ENTRY = '<manifest:file-entry manifest:full-path="{}" manifest:media-type="text/xml"/>'
_WHEN_LOADED = (
    '<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script"'
    ' script:event-name="dom:load" xlink:type="simple" xlink:href='
    '"vnd.sun.star.script:Standard.Module1.Main?language=Basic&amp;location=document"/>'
    "</office:event-listeners></office:scripts>"
)
_LIBRARY = 'xmlns:library="http://openoffice.org/2000/library"'
_MODULE = (
    '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"'
    ' script:language="StarBasic">{}</script:module>'
)


def with_macro(text: str, code: str) -> bytes:
    """A document that has this Basic run when it is opened."""
    parts = {
        "content.xml": _content(f"<text:p>{text}</text:p>", _WHEN_LOADED),
        "Basic/script-lc.xml": f"<library:libraries {_LIBRARY} xmlns:xlink="
        '"http://www.w3.org/1999/xlink"><library:library library:name="Standard"'
        ' library:link="false"/></library:libraries>',
        "Basic/Standard/script-lb.xml": f'<library:library {_LIBRARY} library:name="Standard"'
        ' library:readonly="false" library:passwordprotected="false">'
        '<library:element library:name="Module1"/></library:library>',
        "Basic/Standard/Module1.xml": _MODULE.format(f"Sub Main\n{code}\nEnd Sub\n"),
    }
    return _packed(parts)


def with_section(text: str, address: str) -> bytes:
    """A document with a section that is another file's."""
    source = f'<text:section-source xlink:type="simple" xlink:href="{address}"/>'
    section = f'<text:section text:name="s">{source}<text:p>{text}</text:p></text:section>'
    return _packed({"content.xml": _content(section)})


def with_field(text: str, instruction: str) -> bytes:
    """A docx with a field whose reader is to find its text elsewhere; `text` is what it was."""
    document = Document()
    run = document.add_paragraph().add_run()
    for kind in ("begin", "separate", "end"):
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
        mark.set(qn("w:dirty"), "true")
        run._r.append(mark)
        if kind == "begin":
            told = OxmlElement("w:instrText")
            told.text = f" {instruction} "
            run._r.append(told)
        if kind == "separate":
            run.add_text(text)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _content(text: str, before: str = "") -> str:
    return (
        f"<office:document-content {_NAMES}>{before}<office:body><office:text>{text}"
        "</office:text></office:body></office:document-content>"
    )


def _packed(parts: dict[str, str]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("mimetype", _TYPE)
        for name, part in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>\n{part}')
        archive.writestr(
            "META-INF/manifest.xml", _MANIFEST.format("".join(map(_ENTRY.format, parts)))
        )
    return out.getvalue()
