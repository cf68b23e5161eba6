"""What a user may say of presets, characters and models, and the JSON that they are. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from web.documents.about import text_errors
from web.errors import WebError
from web.http import invalid
from web.validate import Errors

MAX_NAME_CHARS = 100
MAX_DESCRIPTION_CHARS = 2_000
MAX_CATEGORY_CHARS = 100
# Of the JSON of a preset or a character.
MAX_JSON_BYTES = 64 * 1024


class Said(Struct, frozen=True, kw_only=True):
    """What is said of something besides its contents; what is left out stays as it was, or is
    empty. A character has no category, and none is the default."""

    name: str | UnsetType = UNSET
    category: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    is_default: bool | UnsetType = UNSET


NOTHING_SAID = Said()


def errors_in(said: Said, where: str = "") -> Errors:
    """All that is wrong with it, by names that begin with `where`."""
    errors = text_errors(f"{where}name", said.name, MAX_NAME_CHARS)
    errors += text_errors(
        f"{where}description", said.description, MAX_DESCRIPTION_CHARS, prose=True
    )
    return errors + text_errors(f"{where}category", said.category, MAX_CATEGORY_CHARS, empty=True)


def check_said(said: Said) -> None:
    """Raises WebError with all that is wrong."""
    if errors := errors_in(said):
        raise invalid(errors)


def encoded(contents: Mapping[str, Any]) -> bytes:
    """The file that it is kept as. Raises WebError for what is too large."""
    data = msgspec.json.encode(contents)
    if len(data) > MAX_JSON_BYTES:
        raise WebError("body_too_large", f"it may have {MAX_JSON_BYTES:,} bytes, as JSON")
    return data
