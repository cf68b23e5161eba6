"""The names of a job's documents: a pattern with fields becomes safe, unique file names. Pure.

Used by `executors.documents.spec`, in the server, for all items of a job at once. A pattern is no
template: `{{ field }}` or `{field}` stands for a value of the row, and nothing is computed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

MAX_PATTERN_CHARS = 500
MAX_NAME_CHARS = 120
# No file system takes more than 255 bytes, and a suffix and a number must find room.
_MAX_NAME_BYTES = 200

# What every row has besides its own columns. Row and document are counted from 1 for people.
INDEX, ROW, TEMPLATE, DATE = "_index", "_row", "_template", "_date"
BUILT_IN = (INDEX, ROW, TEMPLATE, DATE)

_FIELD = re.compile(r"\{\{(?P<double>[^{}]*)\}\}|\{(?P<single>[^{}]*)\}")
_FORBIDDEN = re.compile(r'[\\/:*?"<>|]+')
_SPACES = re.compile(r"\s+")
# Devices of Windows, whatever their suffix.
_DEVICES = frozenset({"con", "prn", "aux", "nul", "conin$", "conout$"}) | {
    f"{device}{number}" for device in ("com", "lpt") for number in "0123456789¹²³"
}


class BadPattern(ValueError):
    """The pattern cannot be read; the message says why."""


class FieldPart(Struct, frozen=True):
    """A place in a pattern where the value of a field goes."""

    key: str


class NamePattern(Struct, frozen=True):
    """A pattern, read once."""

    parts: tuple[str | FieldPart, ...]

    @property
    def fields(self) -> Sequence[str]:
        """The columns that it asks for, in order."""
        keys = [part.key for part in self.parts if isinstance(part, FieldPart)]
        return [key for key in dict.fromkeys(keys) if key not in BUILT_IN]

    def fill(self, row: Mapping[str, Any], built_in: Mapping[str, str]) -> str:
        """The text for one row; not safe yet. What the row does not have is left out."""
        texts: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                texts.append(part)
            elif part.key in built_in:
                texts.append(built_in[part.key])
            else:
                texts.append(_shown(lookup(row, part.key)))
        return "".join(texts)


def read_pattern(text: str) -> NamePattern:
    """Raises BadPattern."""
    if not text.strip():
        raise BadPattern("must not be empty")
    if len(text) > MAX_PATTERN_CHARS:
        raise BadPattern(f"is longer than {MAX_PATTERN_CHARS} characters")
    parts: list[str | FieldPart] = []
    at = 0
    for found in _FIELD.finditer(text):
        _literal(text, at, found.start(), parts)
        key = (found["double"] or found["single"] or "").strip()
        if not key:
            raise BadPattern(f"has no name in the braces at character {found.start() + 1}")
        parts.append(FieldPart(key))
        at = found.end()
    _literal(text, at, len(text), parts)
    return NamePattern(tuple(parts))


def _literal(text: str, start: int, end: int, parts: list[str | FieldPart]) -> None:
    literal = text[start:end]
    for brace in "{}":
        if (found := literal.find(brace)) >= 0:
            raise BadPattern(f"has an unmatched {brace} at character {start + found + 1}")
    if literal:
        parts.append(literal)


def lookup(row: Mapping[str, Any], key: str) -> Any:
    """The value of a column, or of a member of an object in it (`customer.name`); None where the
    row has none."""
    if key in row or "." not in key:
        return row.get(key)
    value: Any = row
    for part in key.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _shown(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dict() | list():
            return ""
        case _:
            return str(value)


def safe_name(text: str, otherwise: str = "document") -> str:
    """A name that any file system takes as it is, without its suffix."""
    text = unicodedata.normalize("NFC", _SPACES.sub(" ", text))
    text = "".join(char for char in text if char.isprintable())
    text = _clipped(_FORBIDDEN.sub("_", text).strip(" ."), MAX_NAME_CHARS, _MAX_NAME_BYTES)
    # A dot in front hides a file, one behind is lost on Windows.
    text = text.strip(" .") or otherwise
    return f"{text}_" if text.partition(".")[0].rstrip().lower() in _DEVICES else text


def _clipped(text: str, max_chars: int, max_bytes: int) -> str:
    """The longest beginning within both limits, between whole characters."""
    return text[:max_chars].encode("utf-8", "ignore")[:max_bytes].decode("utf-8", "ignore")


class UniqueNames:
    """Names that are taken within one folder; two that differ in case alone are the same to many
    systems."""

    def __init__(self) -> None:
        # Both written by `take`: the names, and where to go on counting for each that was doubled.
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def take(self, name: str, suffix: str) -> str:
        """`name.suffix`, or `name (2).suffix` and so on, whichever is first to be free."""
        whole = f"{name}{suffix}"
        key = whole.casefold()
        number = self._next.get(key, 2)
        while whole.casefold() in self._taken:
            whole = f"{name} ({number}){suffix}"
            number += 1
        if number > 2:
            self._next[key] = number
        self._taken.add(whole.casefold())
        return whole


def document_namer(
    pattern: NamePattern, templates: Sequence[str], suffix: str, today: date
) -> Callable[[int, int, Mapping[str, Any]], str]:
    """(row from 0, template, row's values) -> the name of that document, to be asked in order.
    `templates` are their names; where there are several each has its folder."""
    places = template_folders(templates)
    taken = [UniqueNames() for _ in templates]

    def name_of(row: int, template: int, values: Mapping[str, Any]) -> str:
        built_in = {
            INDEX: str(row + 1),
            ROW: str(row + 1),
            TEMPLATE: templates[template],
            DATE: today.isoformat(),
        }
        name = safe_name(pattern.fill(values, built_in), f"document-{row + 1}")
        file = taken[template].take(name, suffix)
        return f"{places[template]}/{file}" if places[template] else file

    return name_of


def template_folders(templates: Sequence[str]) -> list[str]:
    """The folder of each template's documents, by the names of all of a job's templates; empty
    where there is but one."""
    if len(templates) == 1:
        return [""]
    folders = UniqueNames()
    return [folders.take(safe_name(name, "template"), "") for name in templates]


def missing_from(fields: Iterable[str], columns: Collection[str]) -> list[str]:
    """What is asked for and no row has."""
    return [key for key in fields if key not in columns and key.partition(".")[0] not in columns]
