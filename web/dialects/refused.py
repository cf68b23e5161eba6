"""What dialects refuse in words of their own."""

from __future__ import annotations

from typing import Any

from web.dialects.languages import Language, Text
from web.errors import WebError


class Refused(WebError):
    """`code` is what the rest of the house calls it; `name`, the dialect's code for it, and `text`
    are what the client is told."""

    def __init__(
        self,
        code: str,
        name: str,
        text: Text,
        details: dict[str, Any] | None = None,
        **values: object,
    ) -> None:
        super().__init__(code, text.told("en", **values), **(details or {}))
        self.name = name
        self._text = text
        self._values = values

    def told(self, language: Language) -> str:
        return self._text.told(language, **self._values)
