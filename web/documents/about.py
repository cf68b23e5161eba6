"""What a user may say of what the library keeps: ids, names, tags, mappings; checked and applied.
Pure."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from executors.shown import shown
from state.library import Template, is_library_id
from web.http import invalid
from web.validate import Errors, field_error

MAX_NAME_CHARS = 200
MAX_DESCRIPTION_CHARS = 2_000
MAX_CATEGORY_CHARS = 100
MAX_TAG_CHARS = 100
MAX_TAGS = 20
MAX_MAPPINGS = 200
_ID_BYTES = 8
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})


class About(Struct, frozen=True, kw_only=True):
    """What is said of a template besides its bytes; what is left out stays as it was, or is
    empty."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    category: str | UnsetType = UNSET
    tags: Sequence[str] | UnsetType = UNSET
    mappings: Mapping[str, str] | UnsetType = UNSET

    def applied(self, template: Template) -> Template:
        """The template of which that is said."""
        said = {name: value for name, value in asdict(self).items() if value is not UNSET}
        if "tags" in said:
            said["tags"] = tuple(dict.fromkeys(said["tags"]))
        if "mappings" in said:
            said["mappings"] = dict(said["mappings"])
        return replace(template, **said)


NOTHING_SAID = About()


def check_about(about: About) -> None:
    """Raises WebError with all that is wrong."""
    errors = text_errors("name", about.name, MAX_NAME_CHARS)
    errors += text_errors("description", about.description, MAX_DESCRIPTION_CHARS, prose=True)
    errors += text_errors("category", about.category, MAX_CATEGORY_CHARS, empty=True)
    if about.tags is not UNSET:
        errors += _many("tags", about.tags, MAX_TAGS, MAX_TAG_CHARS)
    if about.mappings is not UNSET:
        words = [*about.mappings, *about.mappings.values()]
        errors += _many("mappings", words, 2 * MAX_MAPPINGS, MAX_NAME_CHARS)
    if errors:
        raise invalid(errors)


def check_name(name: str) -> None:
    """Raises WebError."""
    if errors := text_errors("name", name, MAX_NAME_CHARS):
        raise invalid(errors)


def chosen_id(id: str) -> str:
    """The id that a caller has chosen, or one of ours where that is empty. Raises WebError."""
    if not id:
        return secrets.token_hex(_ID_BYTES)
    if not is_library_id(id):
        reason = "must be 1 to 64 of the characters A-Z a-z 0-9 . _ -"
        raise invalid([field_error("id", reason)])
    return id


def name_of_file(name: str, otherwise: str) -> str:
    """What something is called that came in a file of that name."""
    return (shown(name.rpartition(".")[0]).strip() or otherwise)[:MAX_NAME_CHARS]


def _many(field: str, words: Sequence[str], most: int, most_chars: int) -> Errors:
    if len(words) > most:
        return [field_error(field, f"more than {most} of them")]
    return [error for word in words for error in text_errors(field, word, most_chars)]


def text_errors(
    field: str,
    text: str | UnsetType,
    most_chars: int,
    *,
    empty: bool = False,
    prose: bool = False,
) -> Errors:
    """What is wrong with it: a line, or with `prose` many; it may be `empty`, and not be there."""
    if text is UNSET:
        return []
    if not text.strip() and not (empty or prose):
        return [field_error(field, "must not be empty")]
    if len(text) > most_chars:
        return [field_error(field, f"longer than {most_chars:,} characters")]
    if any(_is_control(char) and not (prose and char in "\n\r\t") for char in text):
        return [field_error(field, "control characters are not allowed")]
    return []


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in _CONTROLS
