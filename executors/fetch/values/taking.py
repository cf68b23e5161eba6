"""What a fetch job takes out of the bodies it reads. Used by `executors.fetch.run`.

A body is held until its values are found, by a helper of the worker that may be ended. What comes
back was made by a process in which hostile bytes have been: it is read as strictly as those.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from actors.ports import Helpers, HelperStopped
from executors.fetch.values.rules import (
    MAX_VALUE_CHARS,
    MAX_VALUE_DEPTH,
    WORK,
    Found,
    Rule,
    Task,
    is_deeper,
)
from executors.scrubbing import Scrubber

MAX_PROBLEM_CHARS = 1_000


class HeldBody(Struct, frozen=True):
    """The beginning of a body; `cut`: there is more of it."""

    data: bytes
    content_type: str | None
    cut: bool


class _BadAnswer(Exception):
    """It is none that the work gives; the message is fit for the user."""


class Taker:
    """The rules of one job."""

    def __init__(self, rules: tuple[Rule, ...], helpers: Helpers, secrets: Iterable[str]) -> None:
        self._rules = rules
        self._helpers = helpers
        self._scrub = Scrubber(secrets)
        self._most_chars = MAX_VALUE_CHARS + self._scrub.longest_chars

    @property
    def max_bytes(self) -> int:
        """How much of a body is looked at."""
        return self._helpers.max_bytes

    async def take(self, body: HeldBody) -> dict[str, Any]:
        """The fields of the outcome: the values, and why there are not all of them."""
        task = Task(self._rules, body.data, self._most_chars, body.content_type, body.cut)
        try:
            found = _read(await self._helpers.run(WORK, msgspec.msgpack.encode(task)))
        except (HelperStopped, _BadAnswer) as error:
            return {"extracted": self._none(), "extract_error": str(error)}
        told = {"extracted": {rule.name: self._value(rule, found) for rule in self._rules}}
        if not found.problems:
            return told
        reasons = "; ".join(f"{name}: {why}" for name, why in found.problems.items())
        return {**told, "extract_error": self._scrub.text(reasons)[:MAX_PROBLEM_CHARS]}

    def _none(self) -> dict[str, Any]:
        return {rule.name: [] if rule.all else None for rule in self._rules}

    def _value(self, rule: Rule, found: Found) -> Any:
        value = found.values.get(rule.name)
        if rule.all:
            return [self._finished(each) for each in value] if isinstance(value, list) else []
        return self._finished(value)

    def _finished(self, value: Any) -> Any:
        """Scrubbed before it is shortened: of what was cut, the end may be half a secret."""
        if not isinstance(value, str):
            return self._scrub.all_of(value)
        text = self._scrub.text(value)
        if len(value) == self._most_chars:
            text = text[: len(text) - self._scrub.longest_chars]
        return text[:MAX_VALUE_CHARS]


def _read(answer: bytes) -> Found:
    """Raises _BadAnswer."""
    try:
        found = msgspec.msgpack.decode(answer, type=Found)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _BadAnswer(f"a broken answer ({error})") from error
    # A list of values, and what each may have within.
    if is_deeper(found.values, MAX_VALUE_DEPTH + 2):
        raise _BadAnswer("a broken answer (it is nested too deep)")
    return found
