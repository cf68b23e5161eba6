"""The forms of the library: a file, and what is said of it. Read for the native API."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
from msgspec import UNSET
from quart import request

from web.documents.about import About
from web.errors import WebError
from web.forms import Part, read_form
from web.http import body, client_network, invalid
from web.strict_json import loads
from web.threads import LARGE_BODY_BYTES, Threads
from web.validate import field_error

FORM_TYPE = "multipart/form-data"


class Form:
    """A form that was read. Raises WebError for parts that are not as they must be."""

    def __init__(self, parts: dict[str, Part]) -> None:
        self._parts = parts

    @property
    def file(self) -> Part:
        """The part `file`, which has a name."""
        part = self._parts.get("file")
        if part is None or not part.filename:
            raise invalid([field_error("file", "the form needs a file of that name")])
        return part

    def text(self, name: str) -> str:
        """Empty where it is not there."""
        part = self._parts.get(name)
        return "" if part is None else part.text.strip()

    def about(self) -> About:
        """What the form says of a template."""
        return About(
            name=self.text("name") or UNSET,
            description=self._given("description"),
            category=self._given("category"),
            tags=self._json("tags", list[str]),
            mappings=self._json("mappings", dict[str, str]),
        )

    def _given(self, name: str) -> Any:
        return self.text(name) if name in self._parts else UNSET

    def _json(self, name: str, kind: Any) -> Any:
        text = self.text(name)
        if not text:
            return UNSET
        try:
            return msgspec.convert(loads(text.encode(), max_depth=4), kind, strict=True)
        except msgspec.ValidationError as error:
            raise invalid([field_error(name, f"as JSON: {error}")]) from None


def is_form() -> bool:
    """Whether the request's body is one."""
    return request.mimetype == FORM_TYPE


async def library_form(threads: Threads) -> Form:
    """The form of the request. Raises WebError."""
    if not is_form():
        raise WebError("unsupported_media_type", f"the body must be {FORM_TYPE}")
    whole = await body()
    read = partial(read_form, whole, request.mimetype_params.get("boundary"))
    large = len(whole) > LARGE_BODY_BYTES
    return Form(await threads.run(read, large=large, whose=client_network()))
