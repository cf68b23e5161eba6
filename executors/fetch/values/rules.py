"""The rules by which values are taken out of a body, and what makes one wrong.

Light: the server checks rules by the engines that will use them, which are imported with the first
job that has any. What they find is for `executors.fetch.values.work`, in a process of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from executors.described import Flag, Shaped, Text
from executors.problems import Problem, Reason, field_problems, text_reason

MAX_RULES = 50
MAX_RULE_CHARS = 1_000
MAX_ATTRIBUTE_CHARS = 100
# What is kept of a text that is found.
MAX_VALUE_CHARS = 10_000
# An object or array is taken whole or not at all.
MAX_VALUE_DEPTH = 16
# What does the work, in a process of its own: Task -> Found, in msgpack.
WORK = "executors.fetch.values.work:extract"
# Selectors within selectors: engines go as deep as they are told to.
MAX_NESTING = 16
# What a pattern may become in memory; it also bounds how long it takes to read one.
PATTERN_BYTES = 1024 * 1024

_NAME = re.compile(r"\w[\w-]{0,63}")
_ATTRIBUTE = re.compile(r"[^\s\x00-\x1f\"'>/=]+")
_WAYS = ("css", "regex", "json_path")


class Rule(Struct, frozen=True, rename={"name": "as"}, omit_defaults=True):
    """One value: its name, and the one way by which it is found. With `all` it is a list."""

    name: str
    css: str | None = None
    regex: str | None = None
    json_path: str | None = None
    attribute: str | None = None
    all: bool = False


class Task(Struct, frozen=True):
    """One body, for the work. `cut`: it goes on, and was not read to its end. Texts are cut where
    they have `most_chars`."""

    rules: tuple[Rule, ...]
    body: bytes
    most_chars: int
    content_type: str | None = None
    cut: bool = False


class Found(Struct, frozen=True):
    """The values by their names, None (or an empty list) where there is none; and, by name, why a
    rule did not go to its end."""

    values: dict[str, Any]
    problems: dict[str, str]


def rules_problems(value: Any) -> list[Problem]:
    """What is wrong with a job's `extract`, each with its field."""
    if not isinstance(value, list):
        return [("extract", "must be a list of rules")]
    if len(value) > MAX_RULES:
        return [("extract", f"must not hold more than {MAX_RULES} rules")]
    problems: list[Problem] = []
    names: set[str] = set()
    for place, raw in enumerate(value):
        problems += _rule_problems(raw, f"extract[{place}]", names)
    return problems


def read_rules(value: list[Any]) -> list[dict[str, Any]]:
    """The rules as they are stored; they have no problems."""
    given = [{field: each for field, each in raw.items() if each is not None} for raw in value]
    stored: list[dict[str, Any]] = msgspec.to_builtins(msgspec.convert(given, list[Rule]))
    return stored


def is_deeper(value: Any, most: int) -> bool:
    """Whether it has objects or arrays within each other, more than `most`."""
    match value:
        case dict():
            inner = list(value.values())
        case list():
            inner = value
        case _:
            return False
    return most == 0 or any(is_deeper(each, most - 1) for each in inner)


def _rule_problems(raw: Any, where: str, names: set[str]) -> list[Problem]:
    if not isinstance(raw, dict):
        return [(where, "must be an object with `as` and one of css, regex and json_path")]
    problems = field_problems(raw, EXTRACT, "a rule", f"{where}.")
    ways = [way for way in _WAYS if raw.get(way) is not None]
    if len(ways) != 1:
        problems.append((where, "needs one of css, regex and json_path, and not two"))
    if raw.get("attribute") is not None and raw.get("css") is None:
        problems.append((f"{where}.attribute", "goes with css"))
    name = raw.get("as")
    if name is None:
        problems.append((f"{where}.as", "is missing: the name of the value"))
    elif isinstance(name, str):
        if name in names:
            problems.append((f"{where}.as", "is the name of an earlier rule"))
        names.add(name)
    return problems


def _name_reason(value: Any) -> Reason:
    if isinstance(value, str) and _NAME.fullmatch(value) is not None:
        return None
    return "must be 1 to 64 letters, digits, `_` and `-`, and not begin with `-`"


def _attribute_reason(value: Any) -> Reason:
    if (reason := text_reason(value, MAX_ATTRIBUTE_CHARS)) is not None:
        return reason
    return None if _ATTRIBUTE.fullmatch(value) else "is not the name of an attribute"


def _css_reason(value: Any) -> Reason:
    if (reason := text_reason(value, MAX_RULE_CHARS)) is not None:
        return reason
    if _nesting(value) > MAX_NESTING:
        return f"has more than {MAX_NESTING} brackets within each other"
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    try:
        LexborHTMLParser("").css(value)
    except SelectolaxError:
        return "is not a CSS selector that is understood here"
    return None


def _regex_reason(value: Any) -> Reason:
    if (reason := text_reason(value, MAX_RULE_CHARS)) is not None:
        return reason
    import re2

    try:
        re2.compile(value.encode(), pattern_options())
    except re2.error as error:
        said = error.args[0].decode("utf-8", "replace")
        return f"is not a pattern that RE2 takes ({said})"
    return None


def pattern_options() -> Any:
    """How patterns are read here and where they are used."""
    import re2

    options = re2.Options()
    options.max_mem = PATTERN_BYTES
    options.log_errors = False
    return options


def _json_path_reason(value: Any) -> Reason:
    if (reason := text_reason(value, MAX_RULE_CHARS)) is not None:
        return reason
    if _nesting(value) > MAX_NESTING:
        return f"has more than {MAX_NESTING} brackets within each other"
    import jsonpath_rfc9535 as json_path

    try:
        json_path.compile(value)
    except (json_path.JSONPathError, ValueError) as error:
        return f"is not a JSON path of RFC 9535 ({error})"
    return None


def _nesting(text: str) -> int:
    """Brackets within brackets, wherever they stand: one in quotes counts too."""
    deepest = depth = 0
    for char in text:
        depth += (char in "([") - (char in ")]")
        deepest = max(deepest, depth)
    return deepest


_LINE = Text(MAX_RULE_CHARS).schema()
# What a rule may say.
EXTRACT: Mapping[str, Callable[[Any], Reason]] = {
    "as": Shaped(_name_reason, Text(64).schema()),
    "css": Shaped(_css_reason, _LINE),
    "regex": Shaped(_regex_reason, _LINE),
    "json_path": Shaped(_json_path_reason, _LINE),
    "attribute": Shaped(_attribute_reason, Text(MAX_ATTRIBUTE_CHARS).schema()),
    "all": Flag(),
}
