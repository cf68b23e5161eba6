"""What a step of a journey may say, and whether a path says it. Pure; see `docs/journeys.md`.

Used by `executors.visit.items`. A step comes out as it went in, without its null fields.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import Struct

from executors.navigation import navigable
from executors.problems import (
    Problem,
    Reason,
    Rule,
    boolean_reason,
    choice_reason,
    field_problems,
    integer_reason,
    number_reason,
    text_reason,
)

MAX_SELECTOR_CHARS = 1_000
MAX_TEXT_CHARS = 1_000
MAX_VALUE_CHARS = 10_000
MAX_KEY_CHARS = 50
MAX_AS_CHARS = 60
MAX_WAIT_MS = 600_000
MAX_SCROLL_PIXELS = 1_000_000
MIN_TIMEOUT_S = 0.1
MAX_TIMEOUT_S = 600.0

EXTRACTS = ("text", "table", "html", "links")


class Shape(Struct, frozen=True):
    """The fields of a kind of step besides those that every step has. Of `either` one is needed."""

    needs: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    may: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.needs, *self.either, *self.may)


SHAPES: Mapping[str, Shape] = {
    "goto": Shape(needs=("url",)),
    "click": Shape(either=("selector", "text")),
    "fill": Shape(needs=("selector", "value"), may=("secret",)),
    "press": Shape(needs=("key",), may=("selector",)),
    "wait_for": Shape(either=("selector", "text", "url")),
    "wait_ms": Shape(needs=("ms",)),
    "scroll": Shape(needs=("to",)),
    "screenshot": Shape(may=("as", "full_page")),
    "extract": Shape(needs=("as", "selector"), may=("attribute", "what", "all")),
    "expect_text": Shape(needs=("text",), may=("selector",)),
}
_EVERYWHERE = ("do", "timeout_s", "screenshot")


def read_path(
    raw: Any, *, max_steps: int, max_url_bytes: int, kept_values: bool = False
) -> tuple[tuple[dict[str, Any], ...] | None, list[Problem]]:
    """The steps, None for no path, and all that is wrong with them. With `kept_values`, what is
    filled in secretly may be left out."""
    if raw is None:
        return None, []
    if not isinstance(raw, list | tuple):
        return None, [("path", "must be a list of steps")]
    if len(raw) > max_steps:
        return None, [("path", f"must not have more than {max_steps} steps")]
    problems: list[Problem] = []
    for place, step in enumerate(raw):
        may_lack = {"value"} if kept_values and is_secret(step) else set()
        problems += _step_problems(step, f"path[{place}]", max_url_bytes, may_lack)
    if problems:
        return None, problems
    path = tuple(_without_nulls(step) for step in raw)
    return path or None, _shared_names(path)


def is_secret(step: Any) -> bool:
    """Whether it fills in what is told nowhere."""
    return isinstance(step, dict) and step.get("do") == "fill" and step.get("secret") is True


def _without_nulls(step: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in step.items() if value is not None}


def _step_problems(
    step: Any, where: str, max_url_bytes: int, may_lack: Collection[str]
) -> list[Problem]:
    if not isinstance(step, dict):
        return [(where, "must be an object with a do")]
    do = step.get("do")
    shape = SHAPES.get(do) if isinstance(do, str) else None
    if shape is None:
        return [(f"{where}.do", f"must be one of {', '.join(SHAPES)}")]
    rules = {field: _rule(str(do), field, max_url_bytes) for field in (*shape.fields, *_EVERYWHERE)}
    found = field_problems(step, rules, f"a {do} step", f"{where}.")
    given = {field for field, value in step.items() if value is not None}
    missing = [field for field in shape.needs if field not in given and field not in may_lack]
    found += [(f"{where}.{field}", "is missing") for field in missing]
    if shape.either and given.isdisjoint(shape.either):
        found.append((where, f"needs one of {', '.join(shape.either)}"))
    if do == "wait_for" and "url" in given and given & {"selector", "text"}:
        found.append((f"{where}.url", "must be the only thing that the step waits for"))
    if "attribute" in given and step.get("what", "text") != "text":
        found.append((f"{where}.attribute", f"is not read by what: {step['what']}"))
    return found


def _rule(do: str, field: str, max_url_bytes: int) -> Rule:
    if field == "url":
        return lambda url: _address_reason(do, url, max_url_bytes)
    if field == "do":
        return lambda value: None
    return _RULES[field]


def _address_reason(do: str, url: Any, max_url_bytes: int) -> Reason:
    """`wait_for` has a pattern, in which `*` may stand for any part; `goto` an address."""
    if (reason := text_reason(url, max_url_bytes)) is not None or do == "wait_for":
        return reason
    return url_reason(url, max_url_bytes)


def url_reason(url: Any, max_url_bytes: int) -> Reason:
    """Why the browser is not sent there."""
    if not isinstance(url, str):
        return "must be text"
    if (reason := navigable(url.strip())) is not None:
        return reason
    long = len(url.encode()) > max_url_bytes
    return f"is longer than {max_url_bytes} bytes" if long else None


def _scroll_reason(to: Any) -> Reason:
    if isinstance(to, str):
        return text_reason(to, MAX_SELECTOR_CHARS)
    if integer_reason(to, -MAX_SCROLL_PIXELS, MAX_SCROLL_PIXELS) is None:
        return None
    return "must be end, top, a selector or a whole number of pixels"


_RULES: Mapping[str, Rule] = {
    "selector": lambda value: text_reason(value, MAX_SELECTOR_CHARS),
    "text": lambda value: text_reason(value, MAX_TEXT_CHARS),
    "value": lambda value: text_reason(value, MAX_VALUE_CHARS, empty=True),
    "secret": boolean_reason,
    "key": lambda value: text_reason(value, MAX_KEY_CHARS),
    "ms": lambda value: integer_reason(value, 0, MAX_WAIT_MS),
    "to": _scroll_reason,
    "as": lambda value: _name_reason(value),
    "full_page": boolean_reason,
    "attribute": lambda value: text_reason(value, MAX_AS_CHARS),
    "what": lambda value: choice_reason(value, EXTRACTS),
    "all": boolean_reason,
    "timeout_s": lambda value: number_reason(value, MIN_TIMEOUT_S, MAX_TIMEOUT_S, "seconds"),
    "screenshot": boolean_reason,
}


def _name_reason(value: Any) -> Reason:
    if (reason := text_reason(value, MAX_AS_CHARS)) is not None:
        return reason
    return None if value.isprintable() else "must have no control characters"


def _shared_names(path: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Two values under one name: the second would take the place of the first."""
    seen: dict[str, int] = {}
    found: list[Problem] = []
    for place, step in enumerate(path):
        if step["do"] == "extract" and seen.setdefault(step["as"], place) != place:
            found.append((f"path[{place}].as", f"is the name of step {seen[step['as']] + 1} too"))
    return found
