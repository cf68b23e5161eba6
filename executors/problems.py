"""What is wrong with a job that is being planned, all of it, and the rules of its simplest fields.

Used by the specs of every kind. A rule answers None, or the reason it refuses with.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from actors.errors import InvalidSpec
from actors.ports import PlanLimits
from state.model import InputItem

MAX_ERRORS_LISTED = 1_000

Reason = str | None
Rule = Callable[[Any], Reason]
# The name of a field, and the reason.
Problem = tuple[str, str]


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


class BadItem(Exception):
    """An item that cannot be done; `problems` are its (field, reason)s, all of them."""

    def __init__(self, *problems: tuple[str | None, str]) -> None:
        super().__init__(problems)
        self.problems = problems


def read_items(
    items: Sequence[Any],
    read: Callable[[Any], InputItem],
    limits: PlanLimits,
    problems: Problems,
) -> list[InputItem]:
    """The items that are sound, as they are stored. `read` is the kind's own: it raises BadItem."""
    if not items:
        problems.add(None, "items", "must hold at least one item")
    if len(items) > limits.max_items:
        problems.add(None, "items", f"must not hold more than {limits.max_items} items")
        return []
    good: list[InputItem] = []
    for index, raw in enumerate(items):
        try:
            good.append(read(raw))
        except BadItem as error:
            for field, reason in error.problems:
                problems.add(index, field, reason)
    return good


def integer_reason(value: Any, low: int, high: int) -> Reason:
    if type(value) is int and low <= value <= high:
        return None
    return f"must be a whole number from {low} to {high}"


def number_reason(value: Any, low: float, high: float, unit: str) -> Reason:
    is_number = type(value) in (int, float) and math.isfinite(value)
    if is_number and low <= value <= high:
        return None
    return f"must be a number of {unit} from {low:.10g} to {high:.10g}"


def boolean_reason(value: Any) -> Reason:
    return None if isinstance(value, bool) else "must be true or false"


def text_reason(value: Any, max_chars: int, *, empty: bool = False) -> Reason:
    """For text that is stored and sent on: short, and with a form in UTF-8."""
    if not isinstance(value, str):
        return "must be text"
    if not empty and not value.strip():
        return "must not be empty"
    if len(value) > max_chars:
        return f"is longer than {max_chars} characters"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "contains half a surrogate pair, which has no UTF-8 form"
    return None


def choice_reason(value: Any, choices: Sequence[str]) -> Reason:
    if isinstance(value, str) and value in choices:
        return None
    return f"must be one of {', '.join(choices)}"


def field_problems(
    raw: Mapping[str, Any], rules: Mapping[str, Rule], what: str, where: str = ""
) -> list[Problem]:
    """What is wrong with the fields of an object, a null one counting as absent. `where` stands
    before their names, `what` is said of those that have no rule."""
    found: list[Problem] = []
    for field, value in raw.items():
        if field not in rules:
            found.append((f"{where}{field[:100]}", f"is not a field of {what}"))
        elif value is not None and (reason := rules[field](value)) is not None:
            found.append((f"{where}{field}", reason))
    return found
