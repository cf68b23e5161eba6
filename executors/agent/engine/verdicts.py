"""What the judge is asked to answer, and how its answer is read: as tolerantly as models write.
Pure.

Used by `executors.agent.engine.deciding`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

# An answer that holds these words, and no verdict as it was asked for, says that the task is done:
# so the judges of older systems were told to say it.
DONE_WORDS = "任务已完成"

VERDICT_SCHEMA: dict[str, Any] = {
    "name": "verdict",
    "schema": {
        "type": "object",
        "properties": {
            "done": {"type": "boolean", "description": "whether nothing of the task is missing"},
            "score": {"type": "integer", "description": "from 0 (nothing) to 100 (all of it)"},
            "missing": {"type": "array", "items": {"type": "string"}},
            "next": {"type": "string", "description": "what is to be done next, as an order"},
        },
        "required": ["done", "score", "missing", "next"],
        "additionalProperties": False,
    },
}

MAX_MISSING = 50
MAX_MISSING_CHARS = 500
MAX_TEXT_CHARS = 8_000
SCORE_MAX = 100
# An answer may be hostile: so much of it is looked at, and from so many places.
_READ_CHARS = 64 * 1024
_MAX_TRIES = 40

_NUMBER = re.compile(r"\s*(\d{1,3}(?:\.\d{1,6})?)\s*(?:%|/\s*100)?\s*")
_decoder = json.JSONDecoder()
_YES, _NO = frozenset({"true", "yes", "是"}), frozenset({"false", "no", "否"})


class Reading(Struct, frozen=True):
    """`text` is the evaluation for the coder, and for people."""

    done: bool
    score: int | None
    missing: tuple[str, ...]
    text: str


def read_verdict(answer: str) -> Reading:
    """By the JSON in it that has a `done`, in a fence or with prose around; otherwise it is prose:
    done where it has the words for it, and else an evaluation as it stands."""
    for found in _objects(answer[:_READ_CHARS]):
        done = _truth(found.get("done"))
        if done is not None:
            return _structured(done, found)
    text = answer.strip()[:MAX_TEXT_CHARS]
    return Reading(DONE_WORDS in answer, None, (), text)


def _structured(done: bool, found: dict[str, Any]) -> Reading:
    missing = _missing(found.get("missing"))
    order = found.get("next")
    lines = [f"- {each}" for each in missing]
    if isinstance(order, str) and order.strip():
        lines.append(order.strip())
    return Reading(done, _score(found.get("score")), missing, "\n".join(lines)[:MAX_TEXT_CHARS])


def _objects(answer: str) -> Iterator[dict[str, Any]]:
    """Those that stand in the text, the outermost first."""
    at, tries = answer.find("{"), 0
    while at >= 0 and tries < _MAX_TRIES:
        tries += 1
        try:
            value, end = _decoder.raw_decode(answer, at)
        except (ValueError, RecursionError):
            at = answer.find("{", at + 1)
            continue
        if isinstance(value, dict):
            yield value
        at = answer.find("{", end)


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    return True if word in _YES else False if word in _NO else None


def _score(value: Any) -> int | None:
    """Cut to 0..100; None for what is no number."""
    if isinstance(value, str) and (match := _NUMBER.fullmatch(value)):
        value = float(match[1])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    return int(max(0, min(SCORE_MAX, value)))


def _missing(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return ()
    texts = (each.strip()[:MAX_MISSING_CHARS] for each in value if isinstance(each, str))
    return tuple(text for text in texts if text)[:MAX_MISSING]
