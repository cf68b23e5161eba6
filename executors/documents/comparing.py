"""How the values of rows compare in filters. Pure; used by `executors.documents.where`.

Tables hold text: what looks like a number counts as one beside a number, and the words of yes and
no as what they say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?")


def truth(value: Any) -> bool:
    """What counts as yes: tables have no booleans, so the words of one count as what they say."""
    if isinstance(value, str):
        return value.strip().lower() not in ("", "false", "0", "no")
    return bool(value)


def equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return _boolean(left) is _boolean(right)
    if isinstance(left, int | float) or isinstance(right, int | float):
        a, b = _as_number(left), _as_number(right)
        return a is not None and a == b
    return bool(left == right)


def _boolean(value: Any) -> bool | None:
    """True or false, where the value is one or its word."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).strip().lower())


def ordered(left: Any, right: Any, order: Callable[[Any, Any], bool]) -> bool:
    """Numbers by size where both are some, else text by its characters; null is in no order."""
    a, b = _as_number(left), _as_number(right)
    if a is not None and b is not None:
        return order(a, b)
    if isinstance(left, str) and isinstance(right, str):
        return order(left, right)
    return False


def has(whole: Any, part: Any) -> bool:
    if isinstance(whole, list):
        return any(equal(each, part) for each in whole)
    return part is not None and whole is not None and text_of(part) in text_of(whole)


def text_of(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _as_number(value: Any) -> float | int | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float(value)
    return None
