"""Names of jobs that nobody chose: where a desk has such a name already, they are numbered. Pure.

Called by `web.handing`. Names are for people and need not differ: two requests at once may still
get the same one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBER = re.compile(r" #([1-9][0-9]{0,8})")


def numbered(name: str, taken: Iterable[str], max_chars: int) -> str:
    """It, or where it is taken `name #2`: one more than the highest of its name."""
    stem, _ = _parts(name)
    numbers = [n for stem_of, n in map(_parts, taken) if stem_of == _cut(stem, n, max_chars)]
    if not numbers:
        return name
    number = max(numbers) + 1
    return f"{_cut(stem, number, max_chars)} #{number}"


def _cut(stem: str, number: int, max_chars: int) -> str:
    """As much of it as has room before its number: a long one is known by that again."""
    return stem if number == 1 else stem[: max_chars - len(f" #{number}")]


def _parts(name: str) -> tuple[str, int]:
    """What is numbered, and its number: the first has none."""
    stem, mark, digits = name.rpartition(" #")
    found = _NUMBER.fullmatch(f"{mark}{digits}")
    return (stem, int(found[1])) if stem and found else (name, 1)
