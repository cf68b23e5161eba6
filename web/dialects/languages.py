"""What dialects say to people, in Chinese (the language of their pages) and in English. Pure."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

Language = Literal["zh", "en"]


class Text(Struct, frozen=True):
    """One sentence in both languages; `{names}` are filled in."""

    zh: str
    en: str

    def told(self, language: Language, **values: object) -> str:
        return (self.zh if language == "zh" else self.en).format(**values)


def language_of(accept_language: str | None) -> Language:
    """The one that a request asks for; Chinese where it asks for neither."""
    for tag, quality in parse_accept_header(accept_language, LanguageAccept):
        wanted = tag.partition("-")[0].lower()
        if quality > 0 and wanted in ("zh", "en"):
            return "en" if wanted == "en" else "zh"
    return "zh"
