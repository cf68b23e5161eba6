"""Templates that are text: HTML, Markdown and plain. Used by `executors.documents.engine`.

HTML escapes what is put into it; Markdown and plain text do not, and raw HTML in Markdown stays
text when it becomes HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from markdown_it import MarkdownIt

from executors.documents.formats import Format
from executors.documents.limits import MAX_PART_BYTES, MIB
from executors.documents.sandbox import Sandbox
from executors.documents.syntax import TemplateFault, parse
from executors.refusals import Refused

_BOMS = (b"\xff\xfe", b"\xfe\xff")
_PAGE = (
    '<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n</head>\n'
    "<body>\n{body}</body>\n</html>\n"
)


class TextTemplate:
    """Raises Refused and TemplateFault where there is no such template."""

    def __init__(
        self, data: bytes, format: Format, output: Format, *, blank: bool, locale: str
    ) -> None:
        self._sandbox = Sandbox(escape=format == "html", blank=blank, locale=locale)
        self._lang = locale.replace("_", "-")
        self._as_page = format == "md" and output != "md"
        try:
            parsed = parse(self._sandbox, read_text(data))
        except TemplateFault as fault:
            at = "" if fault.line is None else f"line {fault.line}: "
            raise TemplateFault(f"{at}{fault.reason}") from None
        self.tree = parsed.tree
        self._template = parsed.template

    def render(self, values: Mapping[str, Any]) -> bytes:
        text = self._sandbox.render(self._template, values)
        if self._as_page:
            text = markdown_page(text, self._lang)
        return text.encode()


def markdown_page(text: str, lang: str) -> str:
    """Markdown as a whole page of HTML."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    return _PAGE.format(lang=escape(lang), body=markdown.render(text))


def read_text(data: bytes) -> str:
    """Raises Refused for what is no text in UTF-8."""
    if len(data) > MAX_PART_BYTES:
        raise Refused("too_large", f"a text template has at most {MAX_PART_BYTES // MIB} MiB")
    if data.startswith(_BOMS) or b"\0" in data:
        raise Refused("unreadable", "it is no text in UTF-8; save it again as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"it is no text in UTF-8 (byte {error.start + 1}); save it again as UTF-8"
        raise Refused("unreadable", reason) from None
