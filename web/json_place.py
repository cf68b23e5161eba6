"""Where in a JSON text something stands: the field, as errors name it. Pure.

For texts that are refused (`web.strict_json`): whoever sent one is told which of their fields it is
about, and not only a line and a column.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# A field is told by so many characters of its end, and a key by so many of its beginning.
MAX_FIELD_CHARS = 200
_MAX_KEY_CHARS = 80

# The last string may be cut off. Were that no match, each quote in it would be tried in its turn.
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*+)"?|[\[\]{}:,]', re.DOTALL)


class Place(NamedTuple):
    """`field` as in `config.silent.timeout` or `urls[3]`; empty for the text itself."""

    line: int
    column: int
    field: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


def place_of(text: str, position: int) -> Place:
    """Of that character. The text may be broken there, and anywhere behind it."""
    before = text.count("\n", 0, position)
    column = position - text.rfind("\n", 0, position)
    return Place(before + 1, column, _field_at(text, position))


def _field_at(text: str, position: int) -> str:
    """One step for each bracket that is open there: the key, or the index in a list."""
    steps: list[str | int] = []
    said = ""
    for match in _TOKEN.finditer(text, 0, position):
        token = match.group()
        match token:
            case "{":
                steps.append("")
            case "[":
                steps.append(0)
            case "]" | "}":
                # What is not opened ends nothing: broken texts come here too.
                del steps[-1:]
            case ":":
                steps[-1:] = [said]
            case ",":
                steps[-1:] = [_after(step) for step in steps[-1:]]
            case _:
                said = match[1][:_MAX_KEY_CHARS]
    return _joined(steps)


def _after(step: str | int) -> str | int:
    """Behind a comma: the next in a list, or a key that is still to come."""
    return step + 1 if isinstance(step, int) else ""


def _joined(steps: list[str | int]) -> str:
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return field.strip(".")[-MAX_FIELD_CHARS:]
