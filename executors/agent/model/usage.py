"""What an endpoint says that a call has used, read with distrust. Pure.

Used by `executors.agent.model.client`: what is not sane is counted by ourselves instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard

from msgspec import Struct

# How far from our own count, which is rough, an endpoint's may be: another tokenizer, what it puts
# before the messages, pictures.
PROMPT_TIMES, PROMPT_MORE = 4, 10_000
# Of what it was allowed to answer.
ALLOWED_TIMES, ALLOWED_MORE = 1.1, 100
# Of what has come: some endpoints keep to no limit.
CAME_TIMES, CAME_MORE = 4, 1_000


class Bounds(Struct, frozen=True):
    """What the told usage of one call is held against: a rough count of what was sent, whether
    anything has come and how to count that roughly, and what was allowed."""

    prompt_tokens: int
    has_come: bool
    came_tokens: Callable[[], int]
    max_tokens: int

    @property
    def prompt_max(self) -> int:
        return PROMPT_TIMES * self.prompt_tokens + PROMPT_MORE

    @property
    def allowed_max(self) -> int:
        return int(self.max_tokens * ALLOWED_TIMES) + ALLOWED_MORE

    @property
    def completion_max(self) -> int:
        return max(self.allowed_max, CAME_TIMES * self.came_tokens() + CAME_MORE)

    def has_room_for(self, completion: int) -> bool:
        """Hardly any endpoint tells of more than was allowed: only then what came is counted."""
        return completion <= self.allowed_max or completion <= self.completion_max


class Usage(Struct, frozen=True, gc=False):
    """Tokens of one call; `cached` are those of the prompt that cost less."""

    prompt: int
    completion: int
    cached: int = 0


class BadUsage(ValueError):
    """What was told is no usage; the message says why."""


def read_usage(told: Any, bounds: Bounds) -> Usage:
    """Raises BadUsage."""
    if told is None:
        raise BadUsage("the endpoint told no usage")
    if not isinstance(told, dict):
        raise BadUsage("the endpoint's usage is no object")
    prompt = _count(told, "prompt_tokens")
    if not 1 <= prompt <= bounds.prompt_max:
        raise _cannot_be("prompt_tokens", 1, bounds.prompt_max)
    completion, least = _count(told, "completion_tokens"), 1 if bounds.has_come else 0
    if completion < least or not bounds.has_room_for(completion):
        raise _cannot_be("completion_tokens", least, bounds.completion_max)
    completion += _thoughts_beside(told, prompt, completion, bounds)
    return Usage(prompt, completion, _cached(told, prompt))


def _count(told: dict[str, Any], field: str) -> int:
    value = told.get(field)
    if not _is_count(value):
        raise BadUsage(f"the endpoint's {field} is no whole number")
    return value


def _cannot_be(field: str, least: int, most: int) -> BadUsage:
    return BadUsage(f"the endpoint's {field} cannot be: not within {least:,} to {most:,}")


def _thoughts_beside(told: dict[str, Any], prompt: int, completion: int, bounds: Bounds) -> int:
    """Some endpoints leave what a model thought out of its completion, and have it in the total:
    where both places agree, it is paid for as well. A total that fits nothing is ignored."""
    details, total = told.get("completion_tokens_details"), told.get("total_tokens")
    thoughts = details.get("reasoning_tokens") if isinstance(details, dict) else None
    if not _is_count(thoughts) or not _is_count(total) or thoughts <= 0:
        return 0
    is_told_twice = total == prompt + completion + thoughts
    return thoughts if is_told_twice and bounds.has_room_for(completion + thoughts) else 0


def _cached(told: dict[str, Any], prompt: int) -> int:
    details = told.get("prompt_tokens_details")
    nested = details.get("cached_tokens") if isinstance(details, dict) else None
    for value in (nested, told.get("prompt_cache_hit_tokens")):
        if _is_count(value) and 0 < value <= prompt:
            return value
    return 0


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
