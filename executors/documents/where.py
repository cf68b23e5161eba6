"""Row filters: a small language of conditions, read and decided here and never run as code. Pure.

    age >= 18 and city == 'Bonn'
    row.status in ['new', 'open'] && !(name contains "test")

Used by `executors.documents.spec`. Fields are columns, also as `row.age`, `data.age` or
`row['first name']`; what a row does not have is null. Text that looks like a number counts as one
beside a number, because that is what tables hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from executors.documents.comparing import equal, has, ordered, text_of, truth
from executors.documents.names import lookup

MAX_CHARS = 2_000
MAX_DEPTH = 32

Row = Mapping[str, Any]
Test = Callable[[Row], Any]


class BadFilter(ValueError):
    """The condition cannot be read. `position` counts characters from 1."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"{reason} (at character {position})")
        self.position = position


class Token(Struct, frozen=True):
    """A word of the language. `kind` is one of its groups in the pattern below."""

    kind: str
    text: str
    at: int


class Filter(Struct, frozen=True):
    """A condition, read once; `fields` are the columns that it speaks of."""

    test: Test
    fields: tuple[str, ...]

    def keeps(self, row: Row) -> bool:
        return truth(self.test(row))


_TOKENS = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>\d{1,18}(?:\.\d{1,18})?)
    |(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[<>!=()\[\],.-])
    |(?P<word>[^\W\d]\w*)""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SAME = {"&&": "and", "||": "or", "!": "not", "===": "==", "!==": "!=", "=": "=="}
_CONSTANTS = {"true": True, "false": False, "null": None, "none": None, "undefined": None}
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_EQUAL = {"==", "!="}
_WORDS = {"contains", "starts_with", "ends_with", "in"}
_RESERVED = {"and", "or", "not", *_WORDS, *_CONSTANTS}
# How the old conditions call the row.
_ROW_NAMES = {"row", "data", "item"}


def read_filter(text: str) -> Filter:
    """Raises BadFilter."""
    if len(text) > MAX_CHARS:
        raise BadFilter(f"is longer than {MAX_CHARS} characters", MAX_CHARS)
    reader = _Reader(_tokens(text))
    test = reader.either(0)
    reader.end()
    return Filter(test, tuple(reader.fields))


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKENS.match(text, at)
        if match is None:
            raise BadFilter(f"has a {text[at]!r} that means nothing here", at + 1)
        kind, word = match.lastgroup or "", match.group()
        if kind != "space":
            plain = word.lower() if word.lower() in _RESERVED else word
            found.append(Token(kind, _SAME.get(plain, plain), at + 1))
        at = match.end()
    found.append(Token("end", "", len(text) + 1))
    return found


class _Reader:
    """Reads one condition: each method takes what belongs to one level of precedence."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        # Written by `_take` and by `_field`.
        self._next = 0
        self.fields: dict[str, None] = {}

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._token
        self._next += token.kind != "end"
        return token

    def _taken(self, text: str) -> bool:
        """Whether that word comes next; then it is taken. A quoted one is none."""
        if self._token.text != text or self._token.kind not in ("sign", "word"):
            return False
        self._take()
        return True

    def _expect(self, text: str) -> None:
        if not self._taken(text):
            raise self._unexpected(f"{text!r}")

    def _unexpected(self, wanted: str) -> BadFilter:
        token = self._token
        what = "ends" if token.kind == "end" else f"has {token.text!r}"
        return BadFilter(f"{what} where {wanted} should stand", token.at)

    def end(self) -> None:
        if self._token.kind != "end":
            raise self._unexpected("'and', 'or' or the end")

    def either(self, depth: int) -> Test:
        if depth > MAX_DEPTH:
            raise BadFilter(f"has more than {MAX_DEPTH} levels", self._token.at)
        tests = [self._both(depth)]
        while self._taken("or"):
            tests.append(self._both(depth))
        return tests[0] if len(tests) == 1 else lambda row: any(truth(t(row)) for t in tests)

    def _both(self, depth: int) -> Test:
        tests = [self._not(depth)]
        while self._taken("and"):
            tests.append(self._not(depth))
        return tests[0] if len(tests) == 1 else lambda row: all(truth(t(row)) for t in tests)

    def _not(self, depth: int) -> Test:
        if depth > MAX_DEPTH:
            raise BadFilter(f"has more than {MAX_DEPTH} levels", self._token.at)
        if self._taken("not"):
            test = self._not(depth + 1)
            return lambda row: not truth(test(row))
        return self._comparison(depth)

    def _comparison(self, depth: int) -> Test:
        left, token = self._value(depth), self._token
        if token.kind == "sign" and token.text in _EQUAL:
            self._take()
            right, wanted = self._value(depth), token.text == "=="
            return lambda row: equal(left(row), right(row)) is wanted
        if token.kind == "sign" and token.text in _ORDER:
            self._take()
            right, order = self._value(depth), _ORDER[token.text]
            return lambda row: ordered(left(row), right(row), order)
        turned = token.text == "not"
        if turned:
            self._take()
        if self._token.kind == "word" and self._token.text in _WORDS:
            test = self._worded(left, depth)
            return (lambda row: not test(row)) if turned else test
        if turned:
            raise self._unexpected("'in' or 'contains'")
        return left

    def _worded(self, left: Test, depth: int) -> Test:
        word = self._take().text
        right = self._value(depth)
        match word:
            case "contains":
                return lambda row: has(left(row), right(row))
            case "in":
                return lambda row: has(right(row), left(row))
            case "starts_with":
                return lambda row: text_of(left(row)).startswith(text_of(right(row)))
            case _:
                return lambda row: text_of(left(row)).endswith(text_of(right(row)))

    def _value(self, depth: int) -> Test:
        token = self._token
        if self._taken("("):
            test = self.either(depth + 1)
            self._expect(")")
            return test
        if self._taken("["):
            return self._list(depth + 1)
        if self._taken("-"):
            number = -self._number()
            return lambda row: number
        if token.kind == "number":
            value: Any = self._number()
        elif token.kind == "text":
            value = _ESCAPED.sub(r"\1", self._take().text[1:-1])
        elif token.kind == "word" and token.text in _CONSTANTS:
            value = _CONSTANTS[self._take().text]
        elif token.kind == "word" and token.text not in _RESERVED:
            return self._field()
        else:
            raise self._unexpected("a field or a value")
        return lambda row: value

    def _number(self) -> int | float:
        if self._token.kind != "number":
            raise self._unexpected("a number")
        text = self._take().text
        return float(text) if "." in text else int(text)

    def _list(self, depth: int) -> Test:
        if depth > MAX_DEPTH:
            raise BadFilter(f"has more than {MAX_DEPTH} levels", self._token.at)
        values: list[Test] = []
        while not self._taken("]"):
            if values:
                self._expect(",")
            values.append(self._value(depth))
        return lambda row: [value(row) for value in values]

    def _field(self) -> Test:
        parts = [self._take().text]
        while True:
            if self._taken("."):
                if self._token.kind != "word":
                    raise self._unexpected("the name of a field")
                parts.append(self._take().text)
            elif self._taken("["):
                if self._token.kind != "text":
                    raise self._unexpected("a name in quotes")
                parts.append(_ESCAPED.sub(r"\1", self._take().text[1:-1]))
                self._expect("]")
            else:
                break
        if len(parts) > 1 and parts[0] in _ROW_NAMES:
            del parts[0]
        key = ".".join(parts)
        self.fields[key] = None
        return lambda row: lookup(row, key)
