"""Takes the values that a job keeps secret out of what a site says. Pure.

Used by the runs of `visit` and `fetch`: a site may show what it was sent, and what it shows is
stored.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

from executors.coded import coded_forms

# A shorter secret stands in too many words to be taken out of them.
MIN_SECRET_CHARS = 3
HIDDEN = "•••"


class Scrubber:
    """Takes secret values out of texts, also as they stand in an address, in HTML and in JSON, in
    base64, or on a page, which makes one space of several. Never changed."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {secret for secret in secrets if len(secret) >= MIN_SECRET_CHARS}
        forms = {form for each in known for form in _forms(each)}
        self._forms = sorted(forms, key=len, reverse=True)

    @property
    def longest_chars(self) -> int:
        """Of a text that is cut before it is scrubbed, so much of the end may be half a secret."""
        return len(self._forms[0]) if self._forms else 0

    def text(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text

    def all_of(self, value: Any) -> Any:
        """The same value with every text in it scrubbed, but for the names of fields."""
        if not self._forms:
            return value
        match value:
            case str():
                return self.text(value)
            case dict():
                return {key: self.all_of(each) for key, each in value.items()}
            case list():
                return [self.all_of(each) for each in value]
            case _:
                return value


def _forms(secret: str) -> tuple[str, ...]:
    """Itself, and how it is written elsewhere."""
    in_html = html.escape(secret, quote=False)
    in_json = json.dumps(secret, ensure_ascii=False)[1:-1]
    in_attribute = in_html.replace('"', "&quot;")
    on_a_page = " ".join(secret.split())
    in_address = (quote(secret, safe=""), quote_plus(secret))
    coded = coded_forms(secret)
    forms = (secret, on_a_page, in_html, in_attribute, in_json, *in_address, *coded)
    return tuple(form for form in forms if len(form) >= MIN_SECRET_CHARS)
