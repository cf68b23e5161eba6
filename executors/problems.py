"""What is wrong with a job that is being planned, all of it, and the rules of its simplest fields.

Used by the specs of every kind. A rule answers None, or the reason it refuses with.
"""

from __future__ import annotations

import math
from typing import Any

from actors.errors import InvalidSpec

MAX_ERRORS_LISTED = 1_000

Reason = str | None


class Problems:
    """Collects what is wrong with a job. Written by the one plan that made it."""

    def __init__(self) -> None:
        self._count = 0
        self._listed: list[dict[str, Any]] = []

    def add(self, index: int | None, field: str | None, reason: str) -> None:
        self._count += 1
        if len(self._listed) < MAX_ERRORS_LISTED:
            self._listed.append({"index": index, "field": field, "reason": reason})

    def raise_if_any(self) -> None:
        if not self._count:
            return
        first = self._listed[0]
        where = "the job" if first["index"] is None else f"item {first['index']}"
        field = f", {first['field']}," if first["field"] else ""
        message = f"{where}{field} {first['reason']}"
        if self._count > 1:
            message += f" (and {self._count - 1} more)"
        raise InvalidSpec(message, errors=self._listed, error_count=self._count)


def integer_reason(value: Any, low: int, high: int) -> Reason:
    if type(value) is int and low <= value <= high:
        return None
    return f"must be a whole number from {low} to {high}"


def number_reason(value: Any, low: float, high: float, unit: str) -> Reason:
    is_number = type(value) in (int, float) and math.isfinite(value)
    if is_number and low <= value <= high:
        return None
    return f"must be a number of {unit} from {low:g} to {high:g}"


def boolean_reason(value: Any) -> Reason:
    return None if isinstance(value, bool) else "must be true or false"
