"""Rules of fields that also say what they take: what a plan refuses by is what a form is made of.

Used by the specs of every kind; a kind of another package may use them too. A rule that is a plain
function is no part of the form: its field is the server's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from actors.ports.forms import Schema
from executors.problems import (
    Reason,
    Rule,
    boolean_reason,
    choice_reason,
    integer_reason,
    number_reason,
    text_reason,
)


@runtime_checkable
class Described(Protocol):
    """A rule that says what it takes."""

    def __call__(self, value: Any) -> Reason: ...

    def schema(self) -> Schema:
        """The values that it takes, as JSON Schema."""


class Whole(Struct, frozen=True):
    """Whole numbers, both ends included; `unit` is what they count."""

    low: int
    high: int
    unit: str = ""

    def __call__(self, value: Any) -> Reason:
        return integer_reason(value, self.low, self.high)

    def schema(self) -> Schema:
        found: Schema = {"type": "integer", "minimum": self.low, "maximum": self.high}
        return {**found, "x-unit": self.unit} if self.unit else found


class Number(Struct, frozen=True):
    """Numbers, both ends included."""

    low: float
    high: float
    unit: str = "seconds"

    def __call__(self, value: Any) -> Reason:
        return number_reason(value, self.low, self.high, self.unit)

    def schema(self) -> Schema:
        found: Schema = {"type": "number", "minimum": self.low, "maximum": self.high}
        return {**found, "x-unit": self.unit}


class Share(Struct, frozen=True):
    """Numbers that count nothing: weights, scales and parts of a whole."""

    low: float
    high: float

    def __call__(self, value: Any) -> Reason:
        if number_reason(value, self.low, self.high, "") is None:
            return None
        return f"must be a number from {self.low:g} to {self.high:g}"

    def schema(self) -> Schema:
        return {"type": "number", "minimum": self.low, "maximum": self.high}


class Flag(Struct, frozen=True):
    """True or false."""

    def __call__(self, value: Any) -> Reason:
        return boolean_reason(value)

    def schema(self) -> Schema:
        return {"type": "boolean"}


class Choice(Struct, frozen=True):
    """One of these texts."""

    among: Sequence[str]

    def __call__(self, value: Any) -> Reason:
        return choice_reason(value, self.among)

    def schema(self) -> Schema:
        return {"type": "string", "enum": [*self.among]}


class Text(Struct, frozen=True):
    """Text of so many characters; `format` is how it is typed, `hints` what may be typed."""

    most_chars: int
    empty: bool = False
    format: str = ""
    hints: Sequence[str] = ()

    def __call__(self, value: Any) -> Reason:
        return text_reason(value, self.most_chars, empty=self.empty)

    def schema(self) -> Schema:
        found: Schema = {"type": "string", "maxLength": self.most_chars}
        if not self.empty:
            found["minLength"] = 1
        if self.format:
            found["format"] = self.format
        if self.hints:
            found["examples"] = [*self.hints]
        return found


class Shaped(Struct, frozen=True):
    """A rule of a kind's own, and what it takes as far as a schema can say it."""

    reason: Rule
    says: Schema

    def __call__(self, value: Any) -> Reason:
        return self.reason(value)

    def schema(self) -> Schema:
        return self.says


def lines(reason: Rule, most: int, **rest: Any) -> Shaped:
    """A list of texts, typed one a line."""
    listed = {"type": "array", "items": {"type": "string"}, "maxItems": most, "format": "lines"}
    return Shaped(reason, {**listed, **rest})


def object_of(reason: Rule, rules: Mapping[str, Rule], needed: Sequence[str] = ()) -> Shaped:
    """An object whose fields have rules of their own."""
    return Shaped(reason, _object(rules, {}, needed))


def list_of(
    reason: Rule, rules: Mapping[str, Rule], most: int, needed: Sequence[str] = ()
) -> Shaped:
    """A list of such objects."""
    inner = _object(rules, {}, needed)
    return Shaped(reason, {"type": "array", "items": inner, "maxItems": most})


def headers(reason: Rule) -> Shaped:
    """Names and values, typed `Name: value`. Some are secret; the page cannot know which."""
    return Shaped(
        reason,
        {"type": "object", "additionalProperties": {"type": "string"}, "format": "headers"},
    )


def secret(rule: Text) -> Shaped:
    """A text that is never shown."""
    return Shaped(rule, {**rule.schema(), "writeOnly": True})


def text_or(text: Schema, rules: Mapping[str, Rule], needed: Sequence[str]) -> Schema:
    """An item that is a text, or an object that has it beside other fields."""
    return {"anyOf": [text, _object(rules, {}, needed)]}


def address(most_bytes: int) -> Schema:
    """A URL, as text."""
    return {"type": "string", "format": "uri", "minLength": 1, "maxLength": most_bytes}


def spec_schema(
    rules: Mapping[str, Rule],
    defaults: Mapping[str, Any],
    *,
    needed: Sequence[str] = (),
    first: Sequence[str] = (),
) -> Schema:
    """The form of a spec: `needed` before `first` before all others, which are seldom touched."""
    order = [*needed, *(name for name in first if name not in needed)]
    order += [name for name in rules if name not in order]
    found = _object({name: rules[name] for name in order}, defaults, needed)
    for name, field in found["properties"].items():
        if name not in needed and name not in first:
            field["x-more"] = True
    return found


def _object(
    rules: Mapping[str, Rule], defaults: Mapping[str, Any], needed: Sequence[str]
) -> Schema:
    """Fields of rules that say nothing are left out."""
    fields: dict[str, Schema] = {}
    for name, rule in rules.items():
        if isinstance(rule, Described):
            fields[name] = dict(rule.schema())
            if defaults.get(name) is not None:
                fields[name]["default"] = defaults[name]
    found: Schema = {"type": "object", "properties": fields, "additionalProperties": False}
    return {**found, "required": [*needed]} if needed else found
