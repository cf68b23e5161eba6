"""A body as the rules see it: its text, its elements, its JSON, each made once and on demand.

Used by `executors.fetch.values.work`, in a process that may be ended at any time.
"""

from __future__ import annotations

import codecs
from functools import cached_property
from typing import Any

import orjson
from selectolax.lexbor import LexborHTMLParser
from w3lib.encoding import html_to_unicode


class NotJson(Exception):
    """The body cannot be asked by paths; the message is fit for the user."""


class Page:
    """`content_type` is the header; `cut` says that the body goes on and was not read."""

    def __init__(self, body: bytes, content_type: str | None, *, cut: bool) -> None:
        self._body = body
        self._content_type = content_type
        self._cut = cut

    @cached_property
    def text(self) -> str:
        """By its byte order mark, its header, its own declaration, in this order; else UTF-8, and
        what is not becomes Windows-1252, as browsers have it. Nothing is refused."""
        _, text = html_to_unicode(self._content_type, self._body, auto_detect_fun=_guessed)
        return text

    @cached_property
    def utf8(self) -> bytes:
        return self.text.encode("utf-8", "replace")

    @cached_property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.text)

    @cached_property
    def json(self) -> Any:
        """Raises NotJson."""
        if self._cut:
            raise NotJson("the body is too large to be read as JSON")
        try:
            return orjson.loads(self.text.removeprefix("\ufeff"))
        except orjson.JSONDecodeError as error:
            raise NotJson(f"the body is not JSON ({error.msg})") from error


def _guessed(body: bytes) -> str:
    try:
        # What was cut off in the middle of a character is UTF-8 all the same.
        codecs.getincrementaldecoder("utf-8")().decode(body, final=False)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
