"""What the scripted endpoint answers, as values: written beside the test that states it, or in a
prompt.

A prompt may hold a line `#script: {...}`: the JSON of a `Script`. From Python, `Scripts` finds one
by a text that the request's messages hold. Tasks of the same script are told apart by a line
`#task: NAME` in their prompts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

DIRECTIVE = "#script:"
_TASK = re.compile(r"#task: ?([\w.-]+)")
SCRIPT_BYTES_MAX = 1_000_000


class BadScript(ValueError):
    """A `#script:` line is none; the message says what is wrong with it."""


class Trouble(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a try gets instead of its answer. The first of these that is set: a connection that is
    closed without a word (`drop`), silence for so many seconds (`hang_s`), an error (`status`, with
    `retry_after` as its header and `body` instead of the usual one), 200 with `garbage` as the
    body, or the good answer up to `cut` bytes of its body and then the end of the connection."""

    drop: bool = False
    hang_s: float | None = None
    status: int | None = None
    retry_after: str | None = None
    body: str | None = None
    garbage: str | None = None
    cut: int | None = None


class Use(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tool call. `arguments` that are a text go out as they are, JSON or not. A name with an `@`
    ("@write", "@read") is the request's own tool of that sort, whatever it and its arguments are
    called: `arguments` are then `path`, and `content` where it writes."""

    name: str
    arguments: dict[str, Any] | str = {}
    id: str | None = None


class Say(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer. `usage` is "sane", "none", or whatever shall stand there instead; a text is cut
    into pieces of `piece_chars` where it is streamed. `before` are the tries that fail first."""

    text: str = ""
    tools: tuple[Use, ...] = ()
    finish: str | None = None
    usage: Any = "sane"
    piece_chars: int = 200
    delay_s: float = 0.0
    before: tuple[Trouble, ...] = ()


class Round(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The coder's answers of a round, the last again for every call more; so the judge's."""

    coder: tuple[Say, ...] = (Say(text="I have done it."),)
    judge: tuple[Say, ...] = (Say(text='{"done": true, "score": 90, "missing": []}'),)


class Script(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a task: its rounds, the last again for every round more. `always` befalls
    every call."""

    rounds: tuple[Round, ...] = (Round(),)
    always: Trouble | None = None

    def round(self, number: int) -> Round:
        """Counted from 1."""
        return self.rounds[min(number, len(self.rounds)) - 1]


def verdict(done: bool, score: int, *missing: str, before: Sequence[Trouble] = ()) -> Say:
    """A judge's answer as the engine asks for it."""
    text = json.dumps({"done": done, "score": score, "missing": missing}, ensure_ascii=False)
    return Say(text=text, before=tuple(before))


def writes(path: str, content: str, **more: Any) -> Say:
    """An answer that writes a file by whichever tool the request has for that."""
    return Say(tools=(Use(name="@write", arguments={"path": path, "content": content}),), **more)


def settled(rounds: int, path: str = "notes.txt") -> Script:
    """A task that writes a file anew in each round, and is done in the last of them."""
    return Script(
        rounds=tuple(
            Round(
                coder=(writes(path, f"round {number}\n"), Say(text=f"Round {number} is done.")),
                judge=(verdict(number == rounds, min(100, 40 + 10 * number), "more"),),
            )
            for number in range(1, rounds + 1)
        )
    )


Role = Literal["coder", "judge"]


class Scripts(Struct, frozen=True, kw_only=True):
    """Which script is whose: the first key of `by_text` that a request's messages hold, a
    `#script:` line in them, or else none."""

    by_text: Mapping[str, Script] = {}

    def of(self, texts: Sequence[str]) -> tuple[str, Script] | None:
        """The task's name for us, and its script. Raises BadScript."""
        found = self._found(texts)
        if found is None:
            return None
        names = (_TASK.search(text) for text in texts)
        named = next((name[1] for name in names if name is not None), "")
        return (named or found[0], found[1])

    def _found(self, texts: Sequence[str]) -> tuple[str, Script] | None:
        for needle, script in self.by_text.items():
            if any(needle in text for text in texts):
                return needle, script
        for text in texts:
            _, found, rest = text.partition(DIRECTIVE)
            if found:
                return _directive(_plain(rest.lstrip()))
        return None


def _plain(text: str) -> str:
    """What follows the directive, also where a prompt was written into a JSON string."""
    return _unquoted(text) if text.startswith('{\\"') else text


def _unquoted(text: str) -> str:
    """The JSON that was written into a JSON string, up to where that string ended."""
    quoted, escaped = [], False
    for letter in text:
        if letter == '"' and not escaped:
            break
        quoted.append(letter)
        escaped = letter == "\\" and not escaped
    try:
        return str(json.loads('"' + "".join(quoted) + '"'))
    except ValueError as error:
        raise BadScript(f"{DIRECTIVE} is followed by what is no JSON ({error})") from error


def _directive(text: str) -> tuple[str, Script]:
    try:
        value, end = json.JSONDecoder().raw_decode(text[:SCRIPT_BYTES_MAX])
        return text[:end], msgspec.convert(value, Script)
    except (ValueError, RecursionError) as error:
        raise BadScript(f"{DIRECTIVE} is followed by no script ({error})") from error
