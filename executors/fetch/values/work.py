"""Takes values out of one body: bytes in, bytes out, in a helper of the net worker.

Everything here is hostile: the body is a stranger's and the rules are a user's. Results are bounded
here; time and memory are bounded by whoever runs it (`actors.ports.Helpers`). Nothing is lost in
silence: a rule that cannot be followed to its end says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

import jsonpath_rfc9535 as json_path
import msgspec
import orjson
import re2
from jsonpath_rfc9535 import JSONPathQuery

from executors.fetch.values.rules import (
    MAX_VALUE_DEPTH,
    Found,
    Rule,
    Task,
    is_deeper,
    pattern_options,
)
from executors.page import NotJson, Page

MAX_VALUES = 1_000
MAX_FOUND_BYTES = 64 * 1024
_RULES_KEPT = 1_000


class _Problem(Exception):
    """A rule cannot be followed; the message is fit for the user."""


def extract(data: bytes) -> bytes:
    """A Task in msgpack -> a Found in msgpack."""
    return msgspec.msgpack.encode(find(msgspec.msgpack.decode(data, type=Task)))


def find(task: Task) -> Found:
    page = Page(task.body, task.content_type, cut=task.cut)
    taker = _Taker(page, task.most_chars)
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    left_bytes = MAX_FOUND_BYTES
    for rule in task.rules:
        try:
            value = taker.take(rule)
            size_bytes = len(orjson.dumps(value))
            if size_bytes > left_bytes:
                raise _Problem(f"there are more than {MAX_FOUND_BYTES} bytes of values")
        except (_Problem, NotJson) as problem:
            values[rule.name] = [] if rule.all else None
            problems[rule.name] = str(problem)
        else:
            values[rule.name] = value
            left_bytes -= size_bytes
    return Found(values, problems)


class _Taker:
    """Follows rules through one page."""

    def __init__(self, page: Page, most_chars: int) -> None:
        self._page = page
        self._most_chars = most_chars

    def take(self, rule: Rule) -> Any:
        """The value of a rule. Raises _Problem or NotJson."""
        found = self._found(rule)
        if not rule.all:
            return next(found, None)
        values = list(islice(found, MAX_VALUES + 1))
        if len(values) > MAX_VALUES:
            raise _Problem(f"there are more than {MAX_VALUES} values")
        return values

    def _found(self, rule: Rule) -> Iterator[Any]:
        if rule.css is not None:
            return self._by_css(rule.css, rule.attribute)
        if rule.regex is not None:
            return self._by_regex(rule.regex)
        if rule.json_path is not None:
            return self._by_json_path(rule.json_path)
        raise _Problem("the rule says no way to find a value")

    def _by_css(self, selector: str, attribute: str | None) -> Iterator[str]:
        """The text of the elements, white space made one; or an attribute of those that have it."""
        for node in self._page.tree.css(selector):
            if attribute is None:
                yield self._short(" ".join(node.text().split()))
            elif attribute in (attributes := node.attributes):
                # One without a value, as `checked`, is there and empty.
                yield self._short(attributes[attribute] or "")

    def _by_regex(self, pattern: str) -> Iterator[str | None]:
        """The first group of each match, the whole of it where there is none."""
        compiled = _pattern(pattern)
        group = min(1, compiled.groups)
        for match in compiled.finditer(self._page.utf8):
            text = match.group(group)
            yield None if text is None else self._short(text.decode("utf-8", "replace"))

    def _by_json_path(self, path: str) -> Iterator[Any]:
        data = self._page.json
        try:
            for node in _path(path).finditer(data):
                yield self._plain(node.value)
        except (json_path.JSONPathError, RecursionError) as error:
            raise _Problem(f"the path cannot be followed ({error})") from error

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._short(value)
        if is_deeper(value, MAX_VALUE_DEPTH):
            raise _Problem(f"a value is nested deeper than {MAX_VALUE_DEPTH}")
        return value

    def _short(self, text: str) -> str:
        return text[: self._most_chars]


@lru_cache(_RULES_KEPT)
def _pattern(pattern: str) -> Any:
    return re2.compile(pattern.encode(), pattern_options())


@lru_cache(_RULES_KEPT)
def _path(path: str) -> JSONPathQuery:
    return json_path.compile(path)
